"""Golden rows on literal records."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from identity.fields import FIELDS, Entity
from identity.survivorship import golden, provenance
from identity.survivorship_rules import shipped
from tests.examples import examples
from tests.golden import ID, RecordFrame, walk


def one(record_frame: RecordFrame, *rows: dict[str, Any], entity: Entity = "contact") -> dict[str, Any]:
    records = record_frame(entity, *(row | {"key": f"crm:{entity}:{i}"} for i, row in enumerate(rows)))
    made = golden(records, walk(records), entity)
    assert made.height == 1
    return made.row(0, named=True)


def test_a_plain_field_is_the_most_recent_that_is_said(record_frame: RecordFrame) -> None:
    row = one(record_frame, {"day": 2, "owner": "old"}, {"day": 3, "owner": "new"}, {"day": 4})
    assert row["owner"] == "new"
    assert row["records"] == 3
    assert row["title"] is None


def test_equally_recent_values_are_taken_from_the_record_with_the_smallest_key(record_frame: RecordFrame) -> None:
    row = one(record_frame, {"owner": "z", "title": "CTO"}, {"owner": "a", "title": "CEO"})
    assert (row["owner"], row["title"]) == ("z", "CTO")


def test_a_name_comes_from_one_record_as_most_write_it(record_frame: RecordFrame) -> None:
    row = one(
        record_frame,
        {"day": 1, "first_name": "Ann", "last_name": "Lee"},
        {"day": 2, "first_name": "Ann", "last_name": "Lee", "middle_name": None},
        {"day": 3, "first_name": "Anne", "middle_name": "Q", "last_name": "Leigh"},
        {"day": 4, "full_name": "A. L."},
    )
    names = [row[name] for name in ("first_name", "middle_name", "last_name", "full_name", "display_name")]
    assert names == ["Ann", None, "Lee", None, "Ann Lee"]


def test_an_address_is_never_mixed(record_frame: RecordFrame) -> None:
    row = one(
        record_frame,
        {"day": 1, "street": "1 Old Road", "city": "Leeds", "postcode": "LS1", "country": "gb"},
        {"day": 2, "street": "2 New Road", "city": "York"},
        {"day": 3, "city": "Hull"},
    )
    assert [row[name] for name in ("street", "city", "postcode", "country")] == ["2 New Road", "York", None, None]


def test_values_of_a_list_are_ranked_by_records_then_recency_then_value(record_frame: RecordFrame) -> None:
    row = one(
        record_frame,
        {"day": 1, "email": ["b@example.com", "twice@example.com"]},
        {"day": 2, "email": ["twice@example.com", "z@example.com", "a@example.com"]},
        {"day": 3},
    )
    assert row["email"] == ["twice@example.com", "a@example.com", "z@example.com", "b@example.com"]
    assert row["phone"] is None


def test_times_and_counted_values(record_frame: RecordFrame) -> None:
    stamps = ["2026-01-05T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z"]
    row = one(
        record_frame,
        {"day": 1, "date_of_birth": "1980-01-01", "updated_at": stamps[0], "source_created_at": stamps[0]},
        {"day": 2, "date_of_birth": "1980-01-01", "updated_at": stamps[1], "source_created_at": stamps[1]},
        {"day": 3, "date_of_birth": "1980-10-01"},
    )
    assert (row["date_of_birth"], row["updated_at"], row["source_created_at"]) == ("1980-01-01", *stamps)


def test_what_a_client_is_called(record_frame: RecordFrame) -> None:
    called = [
        one(record_frame, {"full_name": "Ann Lee", "first_name": "A"}),
        one(record_frame, {"first_name": "Ann", "email": ["a@example.com"]}),
        one(record_frame, {"email": ["a@example.com"]}),
        one(record_frame, {"phone": ["+15550100"]}),
        one(record_frame, {}),
        one(record_frame, {"domain": ["acme.example"]}, entity="account"),
        one(record_frame, {"domain": ["acme.example"], "name": "Acme"}, entity="account"),
    ]
    names = ["Ann Lee", "Ann", "a@example.com", "+15550100", None, "acme.example", "Acme"]
    assert [row["display_name"] for row in called] == names


def test_every_field_but_references_is_there_once(record_frame: RecordFrame) -> None:
    entities: tuple[Entity, ...] = ("contact", "account")
    for entity in entities:
        ruled = [field for unit in shipped(entity).units for field in unit.fields]
        expected = [f.name for f in FIELDS[entity] if f.ref is None]
        assert sorted(ruled) == sorted(f.name for f in FIELDS[entity] if f.ref is None and not f.multi)
        empty = record_frame(entity)
        made = golden(empty, pl.DataFrame(schema={"key": pl.String, "id": pl.String}), entity)
        assert made.columns == ["canonical_id", "display_name", *expected, "records"]


def test_provenance_names_the_record_and_the_rule_of_each_cell(record_frame: RecordFrame) -> None:
    records = record_frame(
        "contact",
        {"key": "crm:contact:1", "day": 1, "first_name": "Ann", "last_name": "Lee", "email": ["a@example.com"]},
        {"key": "shop:contact:2", "day": 2, "owner": "kim", "email": ["a@example.com", "b@example.com"]},
    )
    name, rest, several = "completeness, frequency, recency", "recency", "frequency, recency"
    assert provenance(records, walk(records), "contact").rows() == [
        (ID, "first_name", "Ann", 1, "crm:contact:1", "main", name, None),
        (ID, "last_name", "Lee", 1, "crm:contact:1", "main", name, None),
        (ID, "email", "a@example.com", 1, "shop:contact:2", "main", several, None),
        (ID, "email", "b@example.com", 2, "shop:contact:2", "main", several, None),
        (ID, "owner", "kim", 1, "shop:contact:2", "main", rest, None),
    ]


words = st.none() | st.sampled_from(["x", "y", "z"])
people = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.integers(1, 3),
            **dict.fromkeys(("first_name", "last_name", "full_name", "city", "street", "owner", "gender"), words),
            "email": st.none() | st.lists(st.sampled_from(["a@example.com", "b@example.com"]), unique=True, min_size=1),
        }
    ),
    min_size=1,
    max_size=8,
)


@examples(25)
@given(people, st.integers(0, 1000))
def test_order_of_rows_is_irrelevant_and_provenance_tells_every_cell(
    record_frame: RecordFrame, rows: list[dict[str, Any]], seed: int
) -> None:
    records = record_frame("contact", *(row | {"key": f"crm:contact:{i}"} for i, row in enumerate(rows)))
    crosswalk = records.select(
        "key", id=pl.when(pl.col("key") < "crm:contact:4").then(pl.lit("c_1")).otherwise(pl.lit("c_2"))
    )
    made = golden(records, crosswalk, "contact")
    mixed = [frame.sample(fraction=1, shuffle=True, seed=seed) for frame in (records, crosswalk)]
    assert golden(*mixed, "contact").equals(made)
    told = provenance(records, crosswalk, "contact")
    assert provenance(*mixed, "contact").equals(told)
    cells = {(row[0], row[1]): row[2] for row in told.filter(pl.col("field") != "email").rows()}
    for row in made.iter_rows(named=True):
        for field in ("first_name", "last_name", "full_name", "city", "street", "owner", "gender"):
            assert cells.get((row["canonical_id"], field)) == row[field]
        mine = told.filter(canonical_id=row["canonical_id"], field="email")["value"].to_list()
        assert mine == (row["email"] or [])
    assert made["records"].sum() == len(rows)
