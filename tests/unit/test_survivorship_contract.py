"""Every criterion, roles, ranks of lists, and contracts that cannot be used, on literal records."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from identity.errors import BadInputError
from identity.survivorship import NOBODY, golden, provenance
from identity.survivorship_reasons import contest
from identity.survivorship_rules import CRITERIA, Rules, parse
from tests.golden import NEW, OLD, OTHER, ROLES, RecordFrame, ruled, walk


def won(record_frame: RecordFrame, rules: Rules, field: str, *rows: dict[str, Any]) -> tuple[Any, Any]:
    """The golden value of a field, and why the second candidate lost."""
    records = record_frame("contact", *rows)
    (row,) = golden(records, walk(records), "contact", rules).to_dicts()
    told = contest(records, field, rules, NOBODY)
    assert told[0].value == (row[field][0] if isinstance(row[field], list) else row[field])
    return row[field], told[1].lost_by


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
    told = contest(records, "title", rules, NOBODY)
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
    told = contest(record_frame("contact", *rows), "city", ruled(), NOBODY)
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


def test_an_address_in_the_role_that_is_preferred(record_frame: RecordFrame) -> None:
    billing = '{"billing_city":" York ","billing_country":"united kingdom","note":"x","shipping_city":"Hull"}'
    rows = ({**OLD, "city": "Leeds", "attributes": billing}, {**NEW, "street": "2 New Road", "city": "Bath"})
    records, none = record_frame("contact", *rows), NOBODY
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


def test_values_of_a_list_keep_their_own_ranks_and_reasons(record_frame: RecordFrame) -> None:
    rules = ruled(fields={"email": ["trust", "frequency", "recency"]}, trust={"shop": 1})
    rows = (
        {**OLD, "email": ["both@example.com", "old@example.com"]},
        {**NEW, "email": ["shop@example.com"]},
        {**OTHER, "email": ["both@example.com", "a@example.com", "b@example.com"]},
    )
    records, none = record_frame("contact", *rows), NOBODY
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
        ({"trust": {"crm": "high"}}, "`trust.crm` is no whole number"),
        ({"trust": {"crm": True}}, "`trust.crm` is no whole number"),
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


def test_the_page_names_every_criterion_and_its_example_can_be_used() -> None:
    page = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text("utf-8")
    section = page.partition("## `survivorship`")[2].partition("\n## ")[0]
    example = yaml.safe_load(section.partition("```yaml\n")[2].partition("```")[0])
    assert parse(example)["contact"].unit_of("city").roles == ("billing", "main", "shipping")
    named = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert {word for cell in named for word in re.findall(r"`(\w+)`", cell)} == set(CRITERIA)
