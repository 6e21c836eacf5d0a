"""What enters the log as a contract can be evaluated: odd numbers and lists are refused, the rest says something."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from identity import client_rules, contracts, signals, survivorship_rules
from identity.completeness import expectations
from identity.contracts.checking import checked
from identity.errors import BadInputError
from identity.frames import CONTRACTS
from identity.health import health
from identity.qualification import Facts, qualification
from identity.survivorship import golden

RecordFrame = Callable[..., pl.DataFrame]
KEY, ID = "crm:contact:1", "c"
DEAL = {"canonical_id": ID, "key": "crm:opportunity:1", "status": "open", "currency": "EUR", "amount": "5.5"}
TOUCH = {"canonical_id": ID, "key": "crm:activity:1", "kind": "call", "at": "9998-12-31T00:00:00.000000Z"}


def refused(name: str, said: Any) -> None:
    with pytest.raises(BadInputError) as caught:
        checked(name, said if isinstance(said, str) else yaml.safe_dump(said))
    assert (caught.value.code, "\n" in caught.value.message) == ("bad_contract", False)


def signal(points: Any = 1, kind: Any = "intent", **when: Any) -> dict[str, Any]:
    return {"contact": {"s": {"kind": kind, "points": points, "when": when}}}


@pytest.mark.parametrize("points", [10**30, 1001, -1001, 2.7, 2.0, "2", True, None])
def test_points_are_whole_and_few(points: Any) -> None:
    refused("qualification", signal(points, filled=["email"]))


@pytest.mark.parametrize(
    "when",
    [
        {"latest": {"days": 900_000_000}}, {"latest": {"days": 10**10}}, {"latest": {"days": 3651}},
        {"latest": {"days": 0}}, {"latest": {"days": 1.5}}, {"latest": {"days": "30"}}, {"latest": {"days": True}},
        {"latest": {"days": 1, "times": -1}}, {"latest": {"days": 1, "times": 0}},
        {"latest": {"days": 1, "times": 1_000_001}}, {"latest": {"days": 1, "times": None}},
        {"latest": {"days": 1, "kinds": []}}, {"latest": {"days": 1, "kinds": "call"}},
        {"latest": {"days": 1, "kinds": [1]}}, {"latest": ["days"]},
        {"count": {"open": 0}}, {"count": {"open": -1}}, {"count": {"open": 1_000_001}}, {"count": {"open": "3"}},
        {"count": {"open": 1, "won": 1}}, {"count": {}}, {"count": "open"},
        {"amount": {"open": {"EUR": "1e40"}}}, {"amount": {"open": {"EUR": "NaN"}}},
        {"amount": {"open": {"EUR": "-Infinity"}}}, {"amount": {"open": {"EUR": "1e-10"}}},
        {"amount": {"open": {"EUR": 10**29}}}, {"amount": {"open": {"EUR": True}}}, {"amount": {"open": {"EUR": [1]}}},
        {"amount": {"open": {"EUR": "1e999999999"}}}, {"amount": {"open": {"euro": 1}}}, {"amount": {"open": {}}},
        {"amount": {"open": 5}}, {"amount": {}},
        {"filled": []}, {"filled": "email"}, {"filled": ["email", "email"]}, {"filled": [["email"]]},
        {"filled": {"email": 1}}, {"filled": None},
        {"values": {"title": []}}, {"values": {"title": "ceo"}}, {"values": {"title": [None]}}, {"values": {}},
        {"pattern": {"title": 5}}, {"pattern": {"title": None}}, {"pattern": {"title": "a{9999999}"}},
        {"pattern": "title"}, {},
    ],
)  # fmt: skip
def test_conditions_that_nobody_can_evaluate_are_refused(when: dict[str, Any]) -> None:
    refused("qualification", signal(**when))


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 101, "\ud800", "{"])
def test_a_signal_has_a_name_that_can_be_said(name: str) -> None:
    refused("qualification", json.dumps({"contact": {name: signal(filled=["email"])["contact"]["s"]}}))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("client360", {"matters": {"contact": [["email"]], "account": []}}),
        ("client360", {"matters": {"contact": ["email", "email"], "account": []}}),
        ("client360", {"matters": {"contact": [1], "account": []}}),
        ("client360", {"matters": []}), ("client360", {"currency": ["EUR"]}),
        ("completeness", {"cadence_days": 3651}), ("completeness", {"cadence_days": "1"}),
        ("completeness", {"rejected_share": "0.5"}), ("completeness", {"rejected_share": True}),
        ("completeness", {"sources": {"crm": None}}), ("completeness", {"sources": {"crm": {"contact": []}}}),
        ("survivorship", {"trust": 0}), ("survivorship", {"trust": {"crm": 10**30}}),
        ("survivorship", {"trust": {"crm": 1.5}}),
        ("survivorship", {"contact": {"units": False}}), ("survivorship", {"contact": {"fields": []}}),
        ("survivorship", {"contact": {"others": [["recency"]]}}),
        ("survivorship", {"contact": {"units": {"u": None}}}),
        ("survivorship", {"contact": {"units": {"u": {"fields": ["city"], "criteria": ["recency"], "tiers": [[]]}}}}),
        ("survivorship", {"contact": {"units": {"u": {
            "fields": ["city", "country"], "criteria": ["completeness"], "tiers": None}}}}),
    ],
)  # fmt: skip
def test_other_contracts_are_as_strict(name: str, change: dict[str, Any]) -> None:
    refused(name, {**json.loads(contracts.shipped(name)), **change})


@pytest.mark.parametrize(
    "text", ["a: 2026-13-45", "a: " + "9" * 5000, "[" * 5000, 'contact: {"\\ud800": 1}', "a: .nan", "&a [*a]", "? [1]"]
)
def test_a_text_that_no_reader_understands_is_refused(text: str) -> None:
    for name in contracts.NAMES:
        refused(name, text)


def frame(name: str, text: str) -> pl.DataFrame:
    return pl.DataFrame([(name, contracts.version(text), text)], schema=CONTRACTS, orient="row")


def evaluated(record_frame: RecordFrame, name: str, text: str) -> None:
    """What publication does with a contract, on one record, deal and touch."""
    rules, walk = frame(name, text), pl.DataFrame({"key": [KEY], "id": [ID]})
    records = record_frame("contact", {"key": KEY, "email": ["a@example.com"], "title": "CEO", "country": "DE"})
    mine = records.with_columns(canonical_id=pl.lit(ID))
    clients = golden(records, walk, "contact", survivorship_rules.of(rules)["contact"])
    said = client_rules.client360(contracts.in_force(rules, contracts.CLIENT360))
    found = health(clients, mine, mine.select("canonical_id").clear(), said["matters"]["contact"], "contact")
    assert found.height == 1
    facts = Facts(clients, mine, pl.DataFrame([DEAL]), pl.DataFrame([TOUCH]), mine.select("canonical_id", "key"))
    held = signals.parse(contracts.in_force(rules, contracts.QUALIFICATION))["contact"]
    for one in qualification(facts, held)["qualification"].to_list()[0]["signals"]:
        assert len(one["until"] or TOUCH["at"]) == len(TOUCH["at"])
    assert expectations(pl.DataFrame({"source": ["crm"]}), rules).height == 4


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("qualification", signal(1000, amount={"open": {"EUR": "99999999999999999999999999999.999999999"}})),
        ("qualification", signal(-1000, amount={"open": {"EUR": 5.5, "USD": "1e28"}})),
        ("qualification", signal(latest={"days": 3650, "times": 1})),
        ("qualification", signal(latest={"days": 1, "times": 1_000_000, "kinds": ["Call"]})),
        ("qualification", signal(count={"records": 1_000_000})),
        ("qualification", signal(values={"title": ["ceo", "CEO"]})),
        ("qualification", {"contact": None}),
        ("completeness", {"cadence_days": 3650, "rejected_share": 1, "sources": {"crm": {"contact": {}}}}),
        ("completeness", {"cadence_days": None, "rejected_share": 0, "sources": {
            "crm": {"contact": {"rejected_share": 0.5}}}}),
    ],
)  # fmt: skip
def test_the_outermost_numbers_can_be_evaluated(record_frame: RecordFrame, name: str, said: Any) -> None:
    evaluated(record_frame, name, checked(name, yaml.safe_dump(said)))


def test_a_window_ends_within_the_years_that_a_database_reads(record_frame: RecordFrame) -> None:
    rules = signals.parse(signal(latest={"days": 3650}))["contact"]
    none = pl.DataFrame(schema={"canonical_id": pl.String, "key": pl.String})
    facts = Facts(pl.DataFrame({"canonical_id": [ID]}), none, pl.DataFrame([DEAL]), pl.DataFrame([TOUCH]), none)
    (one,) = qualification(facts, rules)["qualification"].to_list()[0]["signals"]
    assert one["until"] == "9999-12-31T23:59:59.999999Z"


odd = st.sampled_from(
    [0, -1, 1, 2, 2.5, 10**12, 10**30, "", "x", "NaN", "1e40", True, None, [], {}, [[]], {"x": 1}, ["email", "email"],
     ["email"], ["recency"], {"EUR": 1}, "title", ["validity", "frequency"]]
)  # fmt: skip


def places(said: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a contract."""
    inner = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    return [path, *(place for name, one in inner for place in places(one, (*path, name)))]


def changed(said: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    inner = dict(said) if isinstance(said, dict) else list(said)
    inner[path[0]] = changed(said[path[0]], path[1:], value)
    return inner


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_contract_is_refused_or_can_be_evaluated(record_frame: RecordFrame, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(contracts.NAMES))
    shipped = json.loads(contracts.shipped(name))
    said = changed(shipped, data.draw(st.sampled_from(places(shipped))), data.draw(odd))
    try:
        text = checked(name, yaml.safe_dump(said))
    except BadInputError as error:
        assert error.code == "bad_contract"
    else:
        evaluated(record_frame, name, text)


def test_the_page_has_a_section_on_each_contract_with_its_words_and_an_example_that_can_be_used() -> None:
    page = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text("utf-8")
    heads = re.findall(r"^## `(\w+)`", page, re.MULTILINE)
    assert sorted(heads) == sorted(contracts.NAMES)
    words = {}
    for name in heads:
        section = page.partition(f"## `{name}`")[2].partition("\n## ")[0]
        checked(name, section.partition("```yaml\n")[2].partition("```")[0])
        words[name] = re.findall(r"^\| `(\w+)`", section, re.MULTILINE)
    assert words["qualification"] == ["filled", "values", "pattern", "count", "amount", "latest"]
    assert words["client360"] == ["currency", "matters"]
    assert words["completeness"] == ["cadence_days", "rejected_share", "sources"]
