"""What people set wins, and whatever the contract and the order, a golden value is the first candidate."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from identity.survivorship import golden, provenance
from identity.survivorship_reasons import contest
from identity.survivorship_rules import shipped
from tests.examples import examples
from tests.golden import NEW, OLD, ROLES, RecordFrame, overrides, ruled, walk


def test_a_person_wins_over_every_criterion_for_the_field_alone(record_frame: RecordFrame) -> None:
    rows = (
        {**OLD, "first_name": "Ann", "last_name": "Lee", "email": ["a@example.com"]},
        {**NEW, "first_name": "Anna", "last_name": "Lee", "email": ["b@example.com"]},
    )
    records = record_frame("contact", *rows)
    people = overrides(
        (5, "crm:contact:1", "first_name", "Annie"),
        (6, "shop:contact:2", "first_name", "Nan"),
        (7, "crm:contact:1", "email", "a@example.com"),
        (8, "gone:contact:9", "last_name", "Nobody"),
        (9, "crm:contact:1", "owner", "kim"),
    )
    (row,) = golden(records, walk(records), "contact", None, people).to_dicts()
    assert (row["first_name"], row["last_name"], row["display_name"]) == ("Nan", "Lee", "Nan Lee")
    assert (row["email"], row["owner"]) == (["a@example.com", "b@example.com"], "kim")
    told = contest(records, "first_name", shipped("contact"), people)
    assert [(c.value, c.decision, c.lost_by) for c in told] == [
        ("Nan", 6, None), ("Annie", 5, "override"), ("Anna", None, "override"), ("Ann", None, "override"),
    ]  # fmt: skip
    cells = provenance(records, walk(records), "contact", None, people)
    assert cells.select("field", "value", "rank", "rule", "decision").rows() == [
        ("first_name", "Nan", 1, "override", 6),
        ("last_name", "Lee", 1, "completeness, frequency, recency", None),
        ("email", "a@example.com", 1, "override", 7),
        ("email", "b@example.com", 2, "frequency, recency", None),
        ("owner", "kim", 1, "override", 9),
    ]


def test_an_override_follows_its_record_through_merge_and_split(record_frame: RecordFrame) -> None:
    rows = ({**OLD, "owner": "a"}, {**NEW, "owner": "b"})
    records, people = record_frame("contact", *rows), overrides((5, "crm:contact:1", "owner", "kim"))
    apart = records.select("key", id=pl.when(pl.col("source") == "crm").then(pl.lit("c_1")).otherwise(pl.lit("c_2")))
    assert golden(records, apart, "contact", None, people)["owner"].to_list() == ["kim", "b"]
    assert golden(records, walk(records), "contact", None, people)["owner"].to_list() == ["kim"]
    rest = records.filter(source="shop")
    assert golden(rest, walk(rest), "contact", None, people)["owner"].to_list() == ["b"]


words = st.none() | st.sampled_from(["x", "y", "z"])
criteria = st.lists(st.sampled_from(["validity", "trust", "frequency", "recency"]), min_size=1, unique=True)
contests = st.fixed_dictionaries(
    {
        "roles": st.permutations(["billing", "main", "shipping"]).map(list),
        "address": st.lists(
            st.sampled_from(["role", "completeness", "trust", "frequency", "recency"]), min_size=1, unique=True
        ),
        "owner": criteria,
        "email": criteria,
        "trust": st.dictionaries(st.sampled_from(["crm", "shop"]), st.integers(-2, 2)),
    }
)
crowd = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.integers(1, 3),
            "source": st.sampled_from(["crm", "shop", "web"]),
            **dict.fromkeys(("city", "street", "owner"), words),
            "email": st.none() | st.lists(st.sampled_from(["a@example.com", "b@example.com"]), unique=True, min_size=1),
            "attributes": st.none() | st.sampled_from(['{"billing_city":"x","note":"1"}', '{"shipping_street":"y"}']),
        }
    ),
    min_size=1,
    max_size=7,
)
sayings = st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["owner", "email"])), max_size=3)


@examples(25)
@given(crowd, contests, sayings, st.integers(0, 1000))
def test_a_golden_value_is_the_first_candidate_whatever_the_order_and_the_contract(
    record_frame: RecordFrame, rows: list[dict[str, Any]], said: dict[str, Any], set_: list[tuple[int, str]], seed: int
) -> None:
    address = {**ROLES["address"], "criteria": said["address"], "roles": said["roles"]}
    rules = ruled(units={"address": address}, fields={n: said[n] for n in ("owner", "email")}, trust=said["trust"])
    named = [{**row, "key": f"{row.pop('source')}:contact:{i}"} for i, row in enumerate(map(dict, rows))]
    records = record_frame("contact", *named)
    given_ = [
        (seq, named[n]["key"] if n < len(named) else "gone:contact:1", field, f"set{seq}@example.com")
        for seq, (n, field) in enumerate(set_, start=1)
    ]
    web = pl.col("source") == "web"
    crosswalk = records.select("key", id=pl.when(web).then(pl.lit("c_2")).otherwise(pl.lit("c_1")))
    made = golden(records, crosswalk, "contact", rules, overrides(*given_))
    mixed = [frame.sample(fraction=1, shuffle=True, seed=seed) for frame in (records, crosswalk)]
    assert golden(*mixed, "contact", rules, overrides(*given_)).equals(made)
    told = provenance(records, crosswalk, "contact", rules, overrides(*given_))
    assert provenance(*mixed, "contact", rules, overrides(*given_)).equals(told)
    for row in made.iter_rows(named=True):
        mine = records.join(crosswalk.filter(id=row["canonical_id"]), on="key", how="semi")
        for field in ("city", "street", "owner", "email"):
            found = contest(mine, field, rules, overrides(*given_))
            cells = told.filter(canonical_id=row["canonical_id"], field=field)
            if field == "email":
                assert (row[field] or []) == [one.value for one in found] == cells["value"].to_list()
                assert cells["key"].to_list() == [one.key for one in found]
            else:
                assert row[field] == (found[0].value if found else None)
                assert cells.select("value", "key", "role").rows() == [
                    (one.value, one.key, one.role) for one in found[:1] if one.value is not None
                ]
            assert all(one.lost_by for one in found[1:])
