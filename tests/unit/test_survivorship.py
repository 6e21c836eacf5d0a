"""Golden rows on literal records."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from identity import contracts
from identity.errors import BadInputError
from identity.fields import FIELDS, Entity
from identity.frames import OVERRIDES
from identity.survivorship import golden, provenance
from identity.survivorship_reasons import contest
from identity.survivorship_rules import CRITERIA, Rules, parse, shipped

RecordFrame = Callable[..., pl.DataFrame]
ID = "c_000000000001"


def walk(records: pl.DataFrame, name: str = ID) -> pl.DataFrame:
    return records.select("key", pl.lit(name).alias("id"))


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


@settings(max_examples=60, deadline=None)
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


def ruled(**changes: Any) -> Rules:
    """The shipped rules of contacts with parts replaced: `units`, `fields`, `others`, `trust`."""
    said = yaml.safe_load(contracts.shipped("survivorship"))
    said["trust"] = changes.pop("trust", {})
    for part, value in changes.items():
        said["contact"][part] = {**said["contact"][part], **value} if isinstance(value, dict) else value
    return parse(said)["contact"]


def won(record_frame: RecordFrame, rules: Rules, field: str, *rows: dict[str, Any]) -> tuple[Any, Any]:
    """The golden value of a field, and why the second candidate lost."""
    records = record_frame("contact", *rows)
    (row,) = golden(records, walk(records), "contact", rules).to_dicts()
    told = contest(records, field, rules, pl.DataFrame(schema=OVERRIDES))
    assert told[0].value == (row[field][0] if isinstance(row[field], list) else row[field])
    return row[field], told[1].lost_by


OLD, NEW, OTHER = (
    {"key": f"{source}:contact:{day}", "day": day} for source, day in (("crm", 1), ("shop", 2), ("crm", 3))
)


@pytest.mark.parametrize(
    ("criteria", "trust", "values", "expected", "reason"),
    [
        (["recency"], {}, ("a", "b", "c"), "c", "recency"),
        (["trust", "recency"], {"shop": 2, "crm": 1}, ("a", "b", "c"), "b", "trust"),
        (["trust", "recency"], {"shop": -1}, ("a", "b", "c"), "c", "recency"),
        (["frequency", "recency"], {}, ("a", "a", "c"), "a", "recency"),
        (["frequency", "recency"], {}, ("a", "b", "c"), "c", "recency"),
        (["trust", "frequency"], {"shop": 1}, ("a", "b", "a"), "b", "trust"),
        (["frequency"], {}, ("b", "a", None), "b", "key"),  # crm:contact:1 stands before shop:contact:2
        (["validity", "recency"], {}, ("a", "b", "-!-"), "b", "recency"),
        (["completeness", "recency"], {}, ("a", None, None), "a", None),
    ],
)
def test_each_criterion_decides_where_those_before_it_do_not(
    record_frame: RecordFrame,
    criteria: list[str],
    trust: dict[str, int],
    values: tuple[str | None, ...],
    expected: str,
    reason: str | None,
) -> None:
    rules = ruled(fields={"title": criteria}, trust=trust)
    rows = [{**row, "title": value} for row, value in zip((OLD, NEW, OTHER), values, strict=True)]
    records = record_frame("contact", *rows)
    told = contest(records, "title", rules, pl.DataFrame(schema=OVERRIDES))
    assert golden(records, walk(records), "contact", rules)["title"].to_list() == [expected]
    assert told[0].value == expected
    assert (told[1].lost_by if len(told) > 1 else None) == reason


def test_earliest_and_latest_of_times(record_frame: RecordFrame) -> None:
    days = [f"2026-01-0{day}T00:00:00.000000Z" for day in (5, 1, 3)]
    rows = [{**row, "source_created_at": at} for row, at in zip((OLD, NEW, OTHER), days, strict=True)]
    assert won(record_frame, ruled(), "source_created_at", *rows) == (days[1], "earliest")
    latest = ruled(fields={"source_created_at": ["latest"]})
    assert won(record_frame, latest, "source_created_at", *rows) == (days[0], "latest")
    births = [{**row, "date_of_birth": born} for row, born in ((OLD, "1980-01-02"), (NEW, "1979-12-31"))]
    assert won(record_frame, ruled(fields={"date_of_birth": ["earliest"]}), "date_of_birth", *births) == (
        "1979-12-31", "earliest",
    )  # fmt: skip


def test_completeness_is_by_tiers(record_frame: RecordFrame) -> None:
    rows = ({**OLD, "street": "1 Old Road", "city": "Leeds"}, {**NEW, "city": "York"})
    assert won(record_frame, ruled(), "city", *rows) == ("Leeds", "completeness")
    recent = ruled(units={"address": {"fields": ["street", "city", "region", "postcode", "country"],
                                      "criteria": ["recency"]}})  # fmt: skip
    assert won(record_frame, recent, "city", *rows) == ("York", "recency")
    told = contest(record_frame("contact", *rows), "city", ruled(), pl.DataFrame(schema=OVERRIDES))
    assert [one.scores["completeness"] for one in told] == [["street", "city"], ["city"]]


@pytest.mark.parametrize(
    ("field", "bad", "good"),
    [
        ("phone", "5550100", "+15550100100"),
        ("country", "Narnia", "GB"),
        ("website", "none yet", "https://a.example/x"),
        ("first_name", "4711", "Ann"),
        ("company_domain", "acme_example", "acme.example"),
    ],
)
def test_validity_puts_what_a_field_cannot_be_behind(
    record_frame: RecordFrame, field: str, bad: str, good: str
) -> None:
    units = {
        "name": {"fields": ["first_name", "last_name"], "criteria": ["validity", "recency"]},
        "address": {"fields": ["street", "city", "country"], "criteria": ["validity", "recency"]},
        "employer": {"fields": ["company_name", "company_domain"], "criteria": ["validity", "recency"]},
    }
    fields = {"website": ["validity", "recency"], "phone": ["validity", "recency"]}
    rules = ruled(units=units, fields={**fields})
    value = (lambda text: [text]) if field == "phone" else (lambda text: text)
    found, reason = won(record_frame, rules, field, {**OLD, field: value(good)}, {**NEW, field: value(bad)})
    assert (found, reason) == ([good, bad] if field == "phone" else good, "validity")


ROLES = {"address": {
    "fields": ["street", "city", "region", "postcode", "country"],
    "tiers": [["street", "city"], ["city"], ["street"]], "criteria": ["role", "completeness", "recency"],
    "roles": ["billing", "main", "shipping"],
}}  # fmt: skip


def test_an_address_in_the_role_that_is_preferred(record_frame: RecordFrame) -> None:
    billing = '{"billing_city":" York ","billing_country":"united kingdom","note":"x","shipping_city":"Hull"}'
    rows = ({**OLD, "city": "Leeds", "attributes": billing}, {**NEW, "street": "2 New Road", "city": "Bath"})
    records, none = record_frame("contact", *rows), pl.DataFrame(schema=OVERRIDES)
    rules = ruled(units=ROLES)
    (row,) = golden(records, walk(records), "contact", rules).to_dicts()
    assert (row["street"], row["city"], row["country"]) == (None, "York", "GB")
    told = contest(records, "city", rules, none)
    assert [(c.value, c.role, c.lost_by) for c in told] == [
        ("York", "billing", None), ("Bath", "main", "role"), ("Leeds", "main", "role"), ("Hull", "shipping", "role"),
    ]  # fmt: skip
    cells = provenance(records, walk(records), "contact", rules).filter(pl.col("field").is_in(["city", "country"]))
    assert cells.select("value", "key", "role").rows() == [
        ("York", "crm:contact:1", "billing"),
        ("GB", "crm:contact:1", "billing"),
    ]
    (plain,) = golden(records, walk(records), "contact").to_dicts()
    assert (plain["street"], plain["city"]) == ("2 New Road", "Bath")


def test_one_record_is_a_candidate_in_each_of_its_roles_and_speaks_once(record_frame: RecordFrame) -> None:
    said = {"address": {**ROLES["address"], "criteria": ["frequency", "role"]}}
    twice = '{"billing_city":"York","shipping_city":"York"}'
    rows = ({**OLD, "attributes": twice}, {**NEW, "city": "Hull"}, {**OTHER, "city": "Hull"})
    assert won(record_frame, ruled(units=said), "city", *rows) == ("Hull", "key")


def overrides(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame([(row[0], "contact", *row[1:]) for row in rows], schema=OVERRIDES, orient="row")


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


def test_values_of_a_list_keep_their_own_ranks_and_reasons(record_frame: RecordFrame) -> None:
    rules = ruled(fields={"email": ["trust", "frequency", "recency"]}, trust={"shop": 1})
    rows = (
        {**OLD, "email": ["both@example.com", "old@example.com"]},
        {**NEW, "email": ["shop@example.com"]},
        {**OTHER, "email": ["both@example.com", "a@example.com", "b@example.com"]},
    )
    records, none = record_frame("contact", *rows), pl.DataFrame(schema=OVERRIDES)
    values = ["shop@example.com", "both@example.com", "a@example.com", "b@example.com", "old@example.com"]
    assert golden(records, walk(records), "contact", rules)["email"].to_list() == [values]
    told = contest(records, "email", rules, none, asked=2)
    assert [(c.rank, c.value) for c in told] == list(enumerate(values, start=1))
    assert [c.won_by for c in told] == ["trust", None, None, None, None]
    assert [c.lost_by for c in told] == [None, None, "frequency", "frequency", "frequency"]
    assert told[1].held_by == ["crm:contact:1", "crm:contact:3"]
    assert told[1].key == "crm:contact:3"
    assert [c.lost_by for c in contest(records, "email", rules, none, asked=3)] == [
        None, None, None, "value", "recency",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fields": {"shoe_size": ["recency"]}}, "`shoe_size` is no golden field of contact"),
        ({"fields": {"account_source_id": ["recency"]}}, "`account_source_id` is no golden field of contact"),
        ({"fields": {"title": ["beauty"]}}, "`beauty` is no criterion of `contact.title`"),
        ({"fields": {"title": ["earliest"]}}, "`contact.title` is no time"),
        ({"fields": {"title": "recency"}}, "`contact.title` criteria have to be a list of words"),
        ({"fields": {"title": []}}, "`contact.title` criteria have to be a list of words"),
        ({"fields": {"title": ["recency", "recency"]}}, "`contact.title` criteria name something twice"),
        ({"fields": {"email": ["completeness"]}}, "`completeness` is no criterion of `contact.email`"),
        ({"fields": {"city": ["recency"]}}, "`contact.city` stands in it twice"),
        ({"units": {"both": {"fields": ["email"], "criteria": ["recency"]}}}, "`contact.email` holds several values"),
        ({"units": {"u": {"fields": ["title"], "criteria": ["recency"], "roles": ["a"]}}}, "and main among them"),
        ({"units": {"u": {"fields": ["title", "owner"], "criteria": ["completeness"]}}}, "names no tiers"),
        ({"units": {"u": {"fields": ["title"], "tiers": [["owner"]], "criteria": ["recency"]}}}, "none of its fields"),
        ({"units": {"u": {"fields": ["title"], "weights": 3}}}, "`weights` is no part of `contact.units.u`"),
        ({"others": None}, "`contact.others` criteria have to be a list of words"),
        ({"trust": {"crm": "high"}}, "`trust` has to give a whole number"),
        ({"trust": {"crm": True}}, "`trust` has to give a whole number"),
        ({"trust": ["crm"]}, "`trust` has to be a table of names"),
    ],
)
def test_a_contract_that_cannot_be_used_says_why(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInputError) as caught:
        ruled(**change)
    assert caught.value.code == "bad_contract"
    assert words in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("said", [None, [], "x", {"contact": {}}, {"contact": {}, "account": {}, "deal": {}}])
def test_a_contract_speaks_of_contacts_and_accounts(said: Any) -> None:
    with pytest.raises(BadInputError) as caught:
        parse(said)
    assert caught.value.code == "bad_contract"


def test_a_contract_that_says_little_falls_back_to_recency() -> None:
    rules = parse({"contact": {}, "account": {}})["contact"]
    assert {unit.criteria for unit in rules.units} == {("recency",)}
    assert {unit.name: unit.criteria for unit in rules.lists} == dict.fromkeys(
        ("email", "phone"), ("frequency", "recency")
    )


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


@settings(max_examples=50, deadline=None)
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


def test_the_page_on_survivorship_names_every_criterion_and_its_example_can_be_used() -> None:
    page = (Path(__file__).parents[2] / "docs" / "survivorship.md").read_text("utf-8")
    example = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    assert parse(example)["contact"].unit_of("city").roles == ("billing", "main", "shipping")
    named = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert {word for cell in named for word in re.findall(r"`(\w+)`", cell)} == set(CRITERIA)
