"""Signals on literal facts, what a contract may not say, and points recounted in plain Python on random facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity import contracts
from identity.errors import BadInputError
from identity.qualification import NAMED, Facts, qualification
from identity.signals import parse

TEXTS = pl.List(pl.String())
GOLDEN = {"canonical_id": pl.String(), "email": TEXTS, "title": pl.String(), "country": pl.String()}
RECORDS = {"canonical_id": pl.String(), "key": pl.String(), **{n: t for n, t in GOLDEN.items() if n != "canonical_id"}}
DEALS = {name: pl.String() for name in ("canonical_id", "key", "status", "currency", "amount")}
TOUCHES = {name: pl.String() for name in ("canonical_id", "key", "kind", "at")}
Rows = list[dict[str, Any]]


def facts(golden: Rows, records: Rows = (), deals: Rows = (), touches: Rows = (), contacts: Rows = ()) -> Facts:  # type: ignore[assignment]
    schemas = (GOLDEN, RECORDS, DEALS, TOUCHES, {"canonical_id": pl.String(), "key": pl.String()})
    rows = (golden, records, deals, touches, contacts)
    return Facts(*(pl.DataFrame(list(r), schema=s, orient="row") for r, s in zip(rows, schemas, strict=True)))


def rule(kind: str, points: int, **when: Any) -> dict[str, Any]:
    return {"kind": kind, "points": points, "when": when}


def found(given_facts: Facts, **rules: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The signals of the one client, by name, less kind and points."""
    (row,) = qualification(given_facts, parse({"contact": rules})["contact"]).to_dicts()
    return {
        signal["name"]: {name: signal[name] for name in ("evidence", "evidence_count", "until")}
        for signal in row["qualification"]["signals"]
    }


ANN = {"canonical_id": "c", "email": ["ann@example.com"], "title": "Head of Sales", "country": "DE"}
HERS = [
    {"canonical_id": "c", "key": "crm:contact:1", "email": ["ann@example.com"], "title": "Head of Sales"},
    {"canonical_id": "c", "key": "crm:contact:2", "title": "Buyer", "country": "DE"},
]


def test_a_field_rests_on_the_records_that_hold_its_golden_value() -> None:
    made = found(
        facts([ANN], HERS),
        filled=rule("fit", 1, filled=["email", "title"]),
        absent=rule("fit", 1, values={"title": ["Buyer"]}),
        values=rule("fit", 1, values={"country": ["de", "AT"]}),
        senior=rule("fit", 1, pattern={"title": r"\b(head|chief)\b"}),
    )
    assert made == {
        "filled": {"evidence": ["crm:contact:1"], "evidence_count": 1, "until": None},
        "senior": {"evidence": ["crm:contact:1"], "evidence_count": 1, "until": None},
        "values": {"evidence": ["crm:contact:2"], "evidence_count": 1, "until": None},
    }


def test_a_value_that_no_record_holds_has_no_evidence() -> None:
    said_by_a_person = {**ANN, "title": "Chief"}
    made = found(facts([said_by_a_person], HERS), senior=rule("fit", 1, pattern={"title": "chief"}))
    assert made == {"senior": {"evidence": [], "evidence_count": 0, "until": None}}


def test_counts_and_amounts_rest_on_their_deals() -> None:
    deals = [
        {"canonical_id": "c", "key": f"crm:opportunity:{i}", "status": status, "currency": currency, "amount": amount}
        for i, (status, currency, amount) in enumerate(
            [("open", "EUR", "60.10"), ("open", "EUR", "39.90"), ("open", "USD", "500"), ("won", "EUR", "900"),
             ("open", "EUR", None), ("open", None, "1000")]
        )
    ]  # fmt: skip
    made = found(
        facts([ANN], HERS, deals),
        five=rule("fit", 1, count={"open": 5}),
        six=rule("fit", 1, count={"open": 6}),
        euro=rule("intent", 1, amount={"open": {"EUR": 100, "USD": 501}}),
        more=rule("intent", 1, amount={"open": {"EUR": "100.01"}}),
    )
    assert made == {
        "euro": {"evidence": [f"crm:opportunity:{i}" for i in (0, 1, 4)], "evidence_count": 3, "until": None},
        "five": {"evidence": [f"crm:opportunity:{i}" for i in (0, 1, 2)], "evidence_count": 5, "until": None},
    }


def test_a_window_runs_from_the_touch_that_makes_up_the_number() -> None:
    days = {"1": ("Call", 1), "2": ("mail", 5), "3": ("meeting", 9), "4": ("call", None)}
    touches = [
        {"canonical_id": "c", "key": f"crm:activity:{name}", "kind": kind,
         "at": f"2026-03-0{day}T12:00:00.000000Z" if day else None}
        for name, (kind, day) in days.items()
    ]  # fmt: skip
    made = found(
        facts([ANN], HERS, touches=touches),
        talk=rule("intent", 1, latest={"kinds": ["call", "Meeting"], "days": 10}),
        twice=rule("intent", 1, latest={"kinds": ["call", "meeting"], "times": 2, "days": 10}),
        any=rule("intent", 1, latest={"times": 3, "days": 1}),
        often=rule("intent", 1, latest={"times": 4, "days": 1}),
    )
    assert made == {
        "any": {"evidence": [f"crm:activity:{i}" for i in (3, 2, 1)], "evidence_count": 3,
                "until": "2026-03-02T12:00:00.000000Z"},
        "talk": {"evidence": ["crm:activity:3"], "evidence_count": 1, "until": "2026-03-19T12:00:00.000000Z"},
        "twice": {"evidence": ["crm:activity:3", "crm:activity:1"], "evidence_count": 2,
                  "until": "2026-03-11T12:00:00.000000Z"},
    }  # fmt: skip


def test_fit_is_summed_and_intent_is_kept_apart_with_its_end() -> None:
    touch = {"canonical_id": "c", "key": "crm:activity:1", "kind": "call", "at": "2026-03-01T00:00:00.000000Z"}
    rules = {
        "a": rule("fit", 30, filled=["title"]), "b": rule("fit", -5, filled=["country"]),
        "c": rule("intent", 7, latest={"days": 1}), "d": rule("intent", 2, count={"records": 2}),
    }  # fmt: skip
    other = {"canonical_id": "d", "email": None, "title": None, "country": None}
    made = qualification(facts([ANN, other], HERS, touches=[touch]), parse({"contact": rules})["contact"])
    assert made.select("canonical_id", "fit_score", "intent").rows() == [
        ("c", 25, '[{"points":7,"until":"2026-03-02T00:00:00.000000Z"},{"points":2,"until":null}]'),
        ("d", 0, None),
    ]
    assert made["qualification"].to_list()[1] == {"fit": 0, "signals": []}


def test_the_people_of_an_account_are_counted() -> None:
    people = [{"canonical_id": "c", "key": f"crm:contact:{i}"} for i in range(4)]
    rules = parse({"account": {"many": rule("fit", 9, count={"contacts": 4})}})["account"]
    (made,) = qualification(facts([ANN], contacts=people), rules)["qualification"].to_list()
    (signal,) = made["signals"]
    assert (made["fit"], signal["evidence_count"]) == (9, 4)
    assert signal["evidence"] == ["crm:contact:0", "crm:contact:1", "crm:contact:2"]


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        ("contact", rule("fit", 1, latest={"days": 1})), ("contact", rule("hope", 1, filled=["email"])),
        ("contact", rule("fit", 1, filled=["shoe_size"])), ("contact", rule("fit", 1, filled=["account_source_id"])),
        ("contact", rule("fit", 1, pattern={"title": "("})), ("contact", rule("fit", 1, count={"losses": 1})),
        ("contact", rule("fit", 1, amount={"pending": {"EUR": 1}})), ("contact", rule("fit", 1, values={"title": [1]})),
        ("contact", rule("fit", 1, amount={"open": {"EUR": "much"}})), ("contact", rule("fit", 1)),
        ("contact", rule("intent", 1, latest={"weeks": 1})), ("contact", rule("intent", 1, latest={"times": 2})),
        ("contact", rule("fit", 1, filled=["email"], count={"open": 1})), ("contact", {"points": 1}),
        ("contact", rule("fit", 1, charm={"is": 1})),
        ("contact", rule("fit", 1, count={"contacts": 1})), ("opportunity", rule("fit", 1, filled=["name"])),
    ],
)  # fmt: skip
def test_what_no_signal_can_say_is_refused(entity: str, said: dict[str, Any]) -> None:
    with pytest.raises(BadInputError) as refused:
        parse({entity: {"s": said}})
    assert refused.value.code == "bad_contract"


def test_the_shipped_signals_can_be_read() -> None:
    said = contracts.in_force(pl.DataFrame(schema={"name": pl.String, "text": pl.String}), contracts.QUALIFICATION)
    assert {s.name for s in parse(said)["contact"]} >= {"decision_maker", "customer", "conversation", "touched"}
    assert {s.name for s in parse(said)["account"]} >= {"known_people", "customer", "large_deal"}
    titles = ["CEO", "Head of Sales", "Vice President", "Geschäftsführerin", "Ahead", "Buyer", "Overseer", None]
    golden = [{**ANN, "canonical_id": str(i), "title": title} for i, title in enumerate(titles)]
    rules = [signal for signal in parse(said)["contact"] if signal.name == "decision_maker"]
    made = qualification(facts(golden), rules)
    assert made["fit_score"].to_list() == [25, 25, 25, 25, 0, 0, 0, 0]


CLIENTS = ("c", "d")
RULES = {
    "fit": rule("fit", 3, filled=["email", "title"]), "from": rule("fit", -4, values={"country": ["DE"]}),
    "senior": rule("fit", 5, pattern={"title": "head"}), "some": rule("fit", 7, count={"won": 2}),
    "rich": rule("intent", 11, amount={"open": {"EUR": 10, "USD": 5}}), "kin": rule("fit", 13, count={"records": 2}),
    "talk": rule("intent", 17, latest={"kinds": ["call"], "times": 2, "days": 30}),
}  # fmt: skip
people = st.fixed_dictionaries(
    {
        "email": st.none() | st.just(["a@example.com"]),
        "title": st.sampled_from([None, "Head of IT", "Buyer"]),
        "country": st.sampled_from([None, "DE", "FR"]),
    }
)
owned = st.sampled_from(CLIENTS)
deals = st.fixed_dictionaries(
    {
        "canonical_id": owned,
        "status": st.sampled_from([None, "open", "won"]),
        "currency": st.sampled_from([None, "EUR", "USD"]),
        "amount": st.none() | st.decimals(0, 12, places=2).map(str),
    }
)
days = st.integers(1, 9)
touched = st.fixed_dictionaries(
    {
        "canonical_id": owned,
        "kind": st.sampled_from([None, "call", "mail"]),
        "at": st.none() | days.map(lambda day: f"2026-01-0{day}T10:00:00.000000Z"),
    }
)
worlds = st.tuples(
    st.tuples(people, people), st.lists(st.tuples(owned, people), max_size=5), st.lists(deals, max_size=6),
    st.lists(touched, max_size=6),
)  # fmt: skip


def recount(golden: dict[str, Any], records: Rows, hers: Rows, touches: Rows) -> Iterator[tuple[Any, ...]]:
    """(name, until, keys of all evidence) once more in plain words."""

    def saying(*names: str) -> list[str]:
        return [
            r["key"] for r in records if any(r[n] and (n == "email" or r[n] == golden[n]) and golden[n] for n in names)
        ]

    if golden["email"] and golden["title"]:
        yield "fit", None, saying("email", "title")
    if golden["country"] == "DE":
        yield "from", None, saying("country")
    if golden["title"] == "Head of IT":
        yield "senior", None, saying("title")
    won = [d["key"] for d in hers if d["status"] == "won"]
    if len(won) >= 2:
        yield "some", None, won
    if len(records) >= 2:
        yield "kin", None, [r["key"] for r in records]
    is_open = [d for d in hers if d["status"] == "open"]
    sums = {c: sum(Decimal(d["amount"] or 0) for d in is_open if d["currency"] == c) for c in ("EUR", "USD")}
    reached = {c for c, limit in (("EUR", 10), ("USD", 5)) if sums[c] >= limit}
    if reached:
        yield "rich", None, [d["key"] for d in is_open if d["currency"] in reached]
    calls = sorted((t for t in touches if t["kind"] == "call" and t["at"]), key=lambda t: t["key"])
    latest = sorted(calls, key=lambda t: t["at"], reverse=True)[:2]
    if len(latest) == 2:
        until = dt.datetime.fromisoformat(latest[1]["at"]) + dt.timedelta(days=30)
        yield "talk", until.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), [t["key"] for t in latest]


@settings(max_examples=150, deadline=None)
@given(worlds, st.randoms(use_true_random=False))
def test_points_and_evidence_equal_a_recount(world: tuple[Any, ...], chance: Any) -> None:
    golden = [{"canonical_id": name, **person} for name, person in zip(CLIENTS, world[0], strict=True)]
    records = [{"canonical_id": name, "key": f"r{i}", **person} for i, (name, person) in enumerate(world[1])]
    bargains = [{"key": f"o{i}", **deal} for i, deal in enumerate(world[2])]
    touches = [{"key": f"t{i}", **touch} for i, touch in enumerate(world[3])]
    mixed = [chance.sample(rows, len(rows)) for rows in (golden, records, bargains, touches)]
    mixed[1] = sorted(mixed[1], key=lambda row: row["key"])  # as `identity.client360` hands them over
    made = qualification(facts(*mixed), parse({"contact": RULES})["contact"])
    for client in made.to_dicts():
        (own,) = (row for row in golden if row["canonical_id"] == client["canonical_id"])
        mine = [[r for r in rows if r["canonical_id"] == own["canonical_id"]] for rows in (records, bargains, touches)]
        expected = {name: (until, keys) for name, until, keys in recount(own, *mine)}
        held = {s["name"]: s for s in client["qualification"]["signals"]}
        assert {n: (s["until"], s["evidence"], s["evidence_count"]) for n, s in held.items()} == {
            n: (until, keys[:NAMED], len(keys)) for n, (until, keys) in expected.items()
        }
        fit = sum(RULES[n]["points"] for n in expected if RULES[n]["kind"] == "fit")
        assert client["fit_score"] == client["qualification"]["fit"] == fit
        intent = [
            {"points": RULES[n]["points"], "until": held[n]["until"]}
            for n in sorted(held)
            if held[n]["kind"] == "intent"
        ]
        assert (client["intent"] and pl.Series([client["intent"]]).str.json_decode(
            pl.List(pl.Struct({"points": pl.Int64, "until": pl.String}))).to_list()[0]) == (intent or None)  # fmt: skip
