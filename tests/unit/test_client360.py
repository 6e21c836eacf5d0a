"""Client-360 on literal facts, and recounted in plain Python on random ones."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import contracts
from identity.accounts import account_claims, contact_accounts
from identity.bindings import account_targets, activities, contact_targets, opportunities
from identity.client360 import INPUTS, account_360, contact_360
from identity.completeness import expectations
from identity.fields import Entity
from identity.frames import CONTRACTS, EDGE
from identity.hierarchy import account_hierarchy, parent_claims
from identity.pipeline import status
from identity.survivorship import golden
from resources.catalog import make_cut
from tests.examples import examples

RecordFrame = Callable[..., pl.DataFrame]
Rows = list[dict[str, Any]]


def evaluated(record_frame: RecordFrame, clusters: dict[str, str], **rows: Rows) -> dict[str, pl.DataFrame]:
    """Frames of a whole evaluation; `clusters` gives the canonical id of each contact and account record."""
    entities: tuple[Entity, ...] = ("contact", "account", "opportunity", "activity")
    records = {entity: record_frame(entity, *rows.get(entity, [])) for entity in entities}
    walks = {}
    for entity in entities[:2]:
        pairs = [(key, clusters[key]) for key in records[entity]["key"]]
        walks[entity] = pl.DataFrame(pairs, schema={"key": pl.String, "id": pl.String}, orient="row")
    people, companies = walks["contact"], walks["account"]
    targets = contact_targets(records["contact"], people), account_targets(records["account"], companies)
    head = [
        records[e].join(walks[e], on="key").select("key", "source", canonical_id="id", entity=pl.lit(e)) for e in walks
    ]
    return {
        "contracts": pl.DataFrame(schema=CONTRACTS),
        "cut": make_cut([], 0, 0),
        "crosswalk": pl.concat(head),
        "contact_records": records["contact"],
        "account_records": records["account"],
        "contact_live_edges": pl.DataFrame(schema=EDGE),
        "account_live_edges": pl.DataFrame(schema=EDGE),
        "contact": golden(records["contact"], people, "contact"),
        "account": golden(records["account"], companies, "account"),
        "contact_account": contact_accounts(account_claims(records["contact"], records["contact"]), people, companies),
        "account_hierarchy": account_hierarchy(parent_claims(records["account"], records["account"]), companies),
        "opportunity": opportunities(records["opportunity"], *targets),
        "activity": activities(records["activity"], *targets),
    }


def payloads(frame: pl.DataFrame) -> dict[str, Any]:
    return {name: json.loads(text) for name, text in frame.select("canonical_id", "payload").iter_rows()}


CLUSTERS = {"crm:contact:1": "c_1", "shop:contact:2": "c_1", "crm:contact:3": "c_3", "crm:account:A": "a_1"}
ROWS: dict[str, Rows] = {
    "contact": [
        {"key": "crm:contact:1", "day": 2, "full_name": "Ann Lee", "email": ["ann@example.com"],
         "account_source_id": "A"},
        {"key": "shop:contact:2", "day": 1, "phone": ["+15550100"], "owner": "kim"},
        {"key": "crm:contact:3", "day": 4, "full_name": "Bo Ek", "account_source_id": "missing"},
    ],
    "account": [{"key": "crm:account:A", "name": "Acme", "domain": ["acme.example"], "industry": "Tools"}],
    "opportunity": [
        {"key": "crm:opportunity:1", "contact_source_id": ["1"], "stage": "Closed Won", "amount": "0.10",
         "currency": "EUR", "account_source_id": "A", "close_date": "2026-02-01"},
        {"key": "crm:opportunity:2", "contact_source_id": ["1", "3"], "stage": "Offer", "amount": "0.20",
         "currency": "EUR"},
        {"key": "crm:opportunity:3", "contact_source_id": ["1"], "stage": "Offer", "currency": "EUR",
         "updated_at": "2026-03-01T00:00:00.000000Z"},
    ],
    "activity": [
        {"key": "crm:activity:1", "contact_source_id": ["1"], "kind": "call", "at": "2026-03-01T23:59:59.000000Z"},
        {"key": "crm:activity:2", "contact_source_id": ["1", "unknown"], "kind": "mail",
         "at": "2026-03-01T08:00:00.000000Z", "subject": "Héllo \"you\"", "opportunity_source_id": "1"},
        {"key": "crm:activity:3", "account_source_id": "A", "kind": "mail", "at": "2026-03-02T08:00:00.000000Z"},
        {"key": "crm:activity:4", "contact_source_id": ["unknown"]},
    ],
}  # fmt: skip


def test_columns_of_a_contact(record_frame: RecordFrame) -> None:
    made = contact_360(evaluated(record_frame, CLUSTERS, **ROWS))
    assert made.drop("payload").rows(named=True)[0] == {
        "canonical_id": "c_1", "display_name": "Ann Lee", "sort_name": "ann lee", "primary_email": "ann@example.com",
        "primary_phone": "+15550100", "account_id": "a_1", "account_name": "Acme", "domain": "acme.example",
        "industry": "Tools", "title": None, "lifecycle_stage": None, "owner": "kim", "country": None, "city": None,
        "open_value": Decimal("0.2"), "fit_score": 35, "complete": False,
        "intent": '[{"points":20,"until":"2026-03-31T23:59:59.000000Z"},{"points":15,"until":null},'
                  '{"points":10,"until":"2026-05-30T23:59:59.000000Z"}]',
        "open_count": 2, "won_count": 1, "lost_count": 0, "activity_count": 2,
        "last_activity_at": dt.datetime(2026, 3, 1, 23, 59, 59, tzinfo=dt.UTC), "sources": ["crm", "shop"],
        "records": 2,
    }  # fmt: skip
    assert made["canonical_id"].to_list() == ["c_1", "c_3"]


def test_sections_of_a_contact(record_frame: RecordFrame) -> None:
    made = payloads(contact_360(evaluated(record_frame, CLUSTERS, **ROWS)))["c_1"]
    assert made["pipeline"]["totals"] == [
        {"source": "crm", "status": "open", "currency": "EUR", "count": 2, "amount": "0.2", "without_amount": 1},
        {"source": "crm", "status": "won", "currency": "EUR", "count": 1, "amount": "0.1", "without_amount": 0},
    ]
    assert made["pipeline"]["by_currency"] == [
        {"status": "open", "currency": "EUR", "count": 2, "amount": "0.2", "without_amount": 1},
        {"status": "won", "currency": "EUR", "count": 1, "amount": "0.1", "without_amount": 0},
    ]
    assert [deal["key"][-1] for deal in made["pipeline"]["deals"]] == ["1", "2", "3"]
    assert made["engagement"] == {
        "count": 2,
        "last_at": "2026-03-01T23:59:59.000000Z",
        "by_day": [{"day": "2026-03-01", "count": 2}],
        "by_kind": [{"kind": "call", "count": 1}, {"kind": "mail", "count": 1}],
    }
    assert [touch["key"] for touch in made["timeline"]] == ["crm:activity:1", "crm:activity:2"]
    assert made["timeline"][1]["subject"] == 'Héllo "you"'
    assert made["timeline"][1]["opportunity_key"] == "crm:opportunity:1"
    assert made["sources"] == [
        {"source": "crm", "records": 1, "keys": ["crm:contact:1"]},
        {"source": "shop", "records": 1, "keys": ["shop:contact:2"]},
    ]
    assert made["relations"] == [
        {"account_id": "a_1", "account_name": "Acme", "primary": True, "records": 1, "role": "current",
         "title": None, "since": "2026-03-02T00:00:00.000000Z", "until": None},
    ]  # fmt: skip
    assert made["profile"]["display_name"] == "Ann Lee"


def test_it_says_what_is_missing_and_of_which_source(record_frame: RecordFrame) -> None:
    made = payloads(contact_360(evaluated(record_frame, CLUSTERS, **ROWS)))
    complete = {"state": "complete", "reasons": []}
    assert made["c_1"]["completeness"] == {
        "relations": complete,
        "engagement": {
            "state": "partial",
            "reasons": [{"source": "shop", "reason": "nothing_received", "since": None}],
        },
        "pipeline": {
            "state": "partial",
            "reasons": [
                {"source": "crm", "reason": "amount_unknown", "since": "2026-03-01T00:00:00.000000Z"},
                {"source": "shop", "reason": "nothing_received", "since": None},
            ],
        },
    }
    waiting = {"source": "crm", "reason": "account_not_received", "since": "2026-03-04T00:00:00.000000Z"}
    assert made["c_3"]["completeness"]["relations"] == {"state": "partial", "reasons": [waiting]}
    assert made["c_3"]["completeness"]["engagement"] == complete


def test_an_account_has_what_names_it_and_what_names_only_its_contacts(record_frame: RecordFrame) -> None:
    made = account_360(evaluated(record_frame, CLUSTERS, **ROWS))
    assert made.drop("payload").rows(named=True) == [
        {
            "canonical_id": "a_1", "display_name": "Acme", "sort_name": "acme", "primary_domain": "acme.example",
            "primary_phone": None, "industry": "Tools", "owner": None, "country": None, "city": None,
            "open_value": Decimal("0.2"), "fit_score": 40, "complete": False,
            "intent": '[{"points":20,"until":"2026-03-31T23:59:59.000000Z"},{"points":15,"until":null},'
                      '{"points":10,"until":"2026-05-31T08:00:00.000000Z"}]',
            "contact_count": 1, "open_count": 2, "won_count": 1, "lost_count": 0, "activity_count": 3,
            "last_activity_at": dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC), "sources": ["crm"], "records": 1,
        }
    ]  # fmt: skip
    relations = payloads(made)["a_1"]["relations"]
    assert [(r["contact_id"], r["name"], r["email"]) for r in relations] == [("c_1", "Ann Lee", "ann@example.com")]


def test_references_bind_when_their_target_arrives(record_frame: RecordFrame) -> None:
    frames = evaluated(record_frame, CLUSTERS, **ROWS)
    bound = {row["key"]: (row["contact_ids"], row["account_id"]) for row in frames["activity"].iter_rows(named=True)}
    assert bound["crm:activity:2"] == (["c_1"], None)
    assert bound["crm:activity:3"] == (None, "a_1")
    assert bound["crm:activity:4"] == (None, None)
    late = {**ROWS, "contact": [*ROWS["contact"], {"key": "crm:contact:unknown"}]}
    later = evaluated(record_frame, {**CLUSTERS, "crm:contact:unknown": "c_0"}, **late)["activity"]
    assert later.filter(key="crm:activity:2")["contact_ids"].to_list() == [["c_1", "c_0"]]


@pytest.mark.parametrize(
    ("said", "stage", "meant"),
    [
        (None, "closedwon", "won"), (None, "Closed Lost", "lost"), ("Won", None, "won"), ("lost", "Offer", "lost"),
        ("open", "Negotiation", "open"), ("active", "Closed Won", "won"), (None, "Proposal / Quote", "open"),
        ("closed", "Negotiation", None), ("Closed", "Closed-Won", "won"), (None, None, None), ("???", None, None),
        ("GEWONNEN", None, "won"), (None, "Wonderland", "open"),
    ],
)  # fmt: skip
def test_open_won_or_lost(said: str | None, stage: str | None, meant: str | None) -> None:
    frame = pl.DataFrame({"status": [said], "stage": [stage]}, schema={"status": pl.String, "stage": pl.String})
    assert frame.select(status()).item() == meant


def test_nothing_at_all_and_contacts_alone(record_frame: RecordFrame) -> None:
    assert contact_360(evaluated(record_frame, {})).height == account_360(evaluated(record_frame, {})).height == 0
    alone = evaluated(
        record_frame, {"crm:contact:1": "c_1"}, contact=[{"key": "crm:contact:1", "full_name": "Ann Lee"}]
    )
    made = payloads(contact_360(alone))["c_1"]
    assert made["pipeline"] == {"by_currency": [], "deals": [], "due": [], "totals": []}
    assert made["engagement"] == {"by_day": [], "by_kind": [], "count": 0, "last_at": None}
    assert made["timeline"] == made["relations"] == []
    assert contact_360(alone)["last_activity_at"].to_list() == [None]


def test_only_the_latest_are_listed_and_all_are_counted(record_frame: RecordFrame) -> None:
    touches = [
        {"key": f"crm:activity:{i:02}", "contact_source_id": ["1"], "at": f"2026-01-{i:02}T00:00:00.000000Z"}
        for i in range(1, 31)
    ]
    frames = evaluated(record_frame, {"crm:contact:1": "c_1"}, contact=[{"key": "crm:contact:1"}], activity=touches)
    made = payloads(contact_360(frames))["c_1"]
    assert [touch["at"][8:10] for touch in made["timeline"]] == [f"{day:02}" for day in range(30, 10, -1)]
    assert made["engagement"]["count"] == len(made["engagement"]["by_day"]) == 30


refs = st.lists(st.sampled_from(["0", "1", "2", "3", "gone"]), max_size=3, unique=True)
companies = st.none() | st.sampled_from(["0", "1", "gone"])
deals = st.fixed_dictionaries(
    {
        "contact_source_id": refs,
        "account_source_id": companies,
        "stage": st.sampled_from([None, "won", "lost", "offer"]),
        "amount": st.none() | st.decimals(-(10**12), 10**12, places=2).map(str),
        "currency": st.sampled_from([None, "EUR", "USD"]),
        "close_date": st.sampled_from([None, "2026-01-05", "2026-02-01"]),
    }
)
touches = st.fixed_dictionaries(
    {
        "contact_source_id": refs,
        "account_source_id": companies,
        "kind": st.sampled_from([None, "call", "mail"]),
        "at": st.none() | st.integers(1, 9).map(lambda day: f"2026-01-0{day}T10:00:00.000000Z"),
    }
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, Rows]]:
    people = [
        {"key": f"crm:contact:{i}", "day": draw(st.integers(1, 3)), "account_source_id": draw(companies)}
        for i in range(4)
    ]
    clusters = {row["key"]: draw(st.sampled_from(["c_000000000001", "c_000000000002"])) for row in people}
    clusters |= {f"crm:account:{i}": draw(st.sampled_from(["a_000000000001", "a_000000000002"])) for i in range(2)}
    rows = {"opportunity": draw(st.lists(deals, max_size=6)), "activity": draw(st.lists(touches, max_size=6))}
    keyed = {
        entity: [row | {"key": f"crm:{entity}:{i}"} for i, row in enumerate(found)] for entity, found in rows.items()
    }
    return clusters, {"contact": people, "account": [{"key": f"crm:account:{i}"} for i in range(2)], **keyed}


def belongs(facts: Rows, clusters: dict[str, str], primary: dict[str, str], client: str) -> Rows:
    """What belongs to a client, said once more in plain words."""
    found = []
    for fact in facts:
        people = {clusters[f"crm:contact:{ref}"] for ref in fact["contact_source_id"] if ref != "gone"}
        named = clusters.get(f"crm:account:{fact['account_source_id']}")
        firms = {named} if named else {primary[name] for name in people if name in primary}
        if client in people | firms:
            found.append(fact)
    return found


def main(facts: Rows) -> str | None:
    """The currency that most open deals with an amount are in."""
    counts = Counter(d["currency"] for d in facts if d["stage"] == "offer" and d["amount"] and d["currency"])
    return min(counts, key=lambda name: (-counts[name], name), default=None)


def worth(facts: Rows, currency: str | None) -> Decimal:
    """What open deals in that currency amount to."""
    amounts = [d["amount"] or "0" for d in facts if d["stage"] == "offer" and d["currency"] == currency is not None]
    total = sum(map(Decimal, amounts), Decimal(0))
    return total.quantize(Decimal(1)) if total == total.to_integral() else total.normalize()


@examples(25)
@given(worlds())
def test_totals_equal_a_recount(record_frame: RecordFrame, world: tuple[dict[str, str], dict[str, Rows]]) -> None:
    clusters, rows = world
    frames = evaluated(record_frame, clusters, **rows)
    primary = dict(frames["contact_account"].filter("primary").select("contact_id", "account_id").iter_rows())
    columns = ("canonical_id", "payload", "open_value")
    made = pl.concat([frame(frames).select(columns) for frame in (contact_360, account_360)])
    opened = dict(made.select("canonical_id", "open_value").iter_rows())
    assert set(made["canonical_id"]) == set(clusters.values())
    for client, shown in payloads(made).items():
        mine = belongs(rows["opportunity"], clusters, primary, client)
        groups = Counter((deal["stage"], deal["currency"]) for deal in mine)
        stages = {"open": "offer", None: None, "won": "won", "lost": "lost"}
        totals = {(stages[t["status"]], t["currency"]): t for t in shown["pipeline"]["totals"]}
        assert {group: total["count"] for group, total in totals.items()} == groups
        for (stage, currency), total in totals.items():
            amounts = [d["amount"] for d in mine if (d["stage"], d["currency"]) == (stage, currency)]
            assert Decimal(total["amount"]) == sum(Decimal(a) for a in amounts if a is not None)
            assert total["without_amount"] == amounts.count(None)
        by_currency = {(stages[t["status"]], t["currency"]): t["count"] for t in shown["pipeline"]["by_currency"]}
        assert by_currency == groups
        due = {(d["close_date"], d["currency"]): d["count"] for d in shown["pipeline"]["due"]}
        assert due == Counter(
            (d["close_date"], d["currency"]) for d in mine if d["stage"] == "offer" and d["close_date"]
        )
        assert opened[client] == worth(mine, main(rows["opportunity"]))
        done = belongs(rows["activity"], clusters, primary, client)
        assert shown["engagement"]["count"] == len(done) == len(shown["timeline"])
        by_kind = {row["kind"]: row["count"] for row in shown["engagement"]["by_kind"]}
        assert by_kind == Counter(touch["kind"] for touch in done)
        by_day = {row["day"]: row["count"] for row in shown["engagement"]["by_day"]}
        assert by_day == Counter(touch["at"][:10] for touch in done if touch["at"])


@examples(15)
@given(worlds(), st.integers(0, 1000))
def test_json_is_canonical_and_neither_order_nor_names_matter(
    record_frame: RecordFrame, world: tuple[dict[str, str], dict[str, Rows]], seed: int
) -> None:
    clusters, rows = world
    frames = evaluated(record_frame, clusters, **rows)
    mixed = {name: frames[name].sample(fraction=1, shuffle=True, seed=seed) for name in INPUTS}
    swapped = {key: name.translate(str.maketrans("12", "21")) for key, name in clusters.items()}
    renamed = evaluated(record_frame, swapped, **rows)
    for build in (contact_360, account_360):
        made = build(frames)
        assert build(mixed).equals(made)
        for text in made["payload"]:
            loaded = json.loads(text, parse_float=lambda _: pytest.fail("a float"))
            assert json.dumps(loaded, sort_keys=True, ensure_ascii=False, separators=(",", ":")) == text
        again = {name: _swap(text) for name, text in build(renamed).select("canonical_id", "payload").iter_rows()}
        assert {_swap(name): text for name, text in again.items()} == dict(
            made.select("canonical_id", "payload").iter_rows()
        )


def _swap(text: str) -> str:
    ids = [f"{letter}_00000000000{digit}" for letter in "ca" for digit in "12"]
    held = {name: f"\0{i}\0" for i, name in enumerate(ids)}
    for name, mark in held.items():
        text = text.replace(name, mark)
    for name, mark in held.items():
        text = text.replace(mark, name.translate(str.maketrans("12", "21")))
    return text


def test_the_main_currency_is_that_of_most_open_deals_unless_the_contract_says_one(record_frame: RecordFrame) -> None:
    deals = [("USD", "5"), ("USD", "6.50"), ("EUR", "70"), ("EUR", None)]
    rows: dict[str, Rows] = {
        "contact": [{"key": "crm:contact:1"}],
        "opportunity": [
            {"key": f"crm:opportunity:{i}", "contact_source_id": ["1"], "stage": "Offer", "currency": currency,
             "amount": amount} for i, (currency, amount) in enumerate(deals)
        ],
    }  # fmt: skip
    frames = evaluated(record_frame, {"crm:contact:1": "c_1"}, **rows)
    assert contact_360(frames)["open_value"].to_list() == [Decimal("11.5")]
    said = json.loads(contracts.shipped("client360")) | {"currency": "EUR"}
    in_force = pl.DataFrame([("client360", "v", contracts.canonical(said))], schema=CONTRACTS, orient="row")
    assert contact_360({**frames, "contracts": in_force})["open_value"].to_list() == [Decimal(70)]


def test_what_is_expected_of_sources_is_said_by_contract() -> None:
    batches = [
        {"batch": source, "entity": "contact", "source": source, "received_at": None, "snapshot": False,
         "deduplicated": False, "seq": 1} for source in ("crm", "shop", "crm")
    ]  # fmt: skip
    said = {"cadence_days": 7, "rejected_share": 0.1, "sources": {"crm": {"activity": {"cadence_days": 1}}}}
    rules = pl.DataFrame([("completeness", "v", contracts.canonical(said))], schema=CONTRACTS, orient="row")
    made = expectations(make_cut(batches, 1, 0), rules)
    assert made.height == 8
    assert made.filter(source="crm", entity="activity").rows() == [("crm", "activity", 1, 0.1)]
    assert made.filter(source="shop", entity="activity").rows() == [("shop", "activity", 7, 0.1)]
    shipped = expectations(make_cut(batches, 1, 0), pl.DataFrame(schema=CONTRACTS))
    assert set(shipped.select("cadence_days", "rejected_share").rows()) == {(None, 0.2)}
