"""Each check fails where a frame is broken, alone, and passes on whatever a sound evaluation makes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import accounts, hierarchy, stages
from identity.deletions import DELETED_RECORD
from identity.fields import ENTITIES, RESOLVED
from identity.frames import CONTRACTS, EDGE, OVERRIDES
from quality_checks import canonical, client_360, consistency
from quality_checks.consistency import Finding
from resources.catalog import make_cut
from tests.examples import examples

RecordFrame = Callable[..., pl.DataFrame]
Frames = dict[str, pl.DataFrame]
Rows = list[dict[str, Any]]
GONE = {"key": "crm:contact:9", "entity": "contact", "source": "crm", "source_id": "9", "how": "mark", "batch": "b"}
CHECKS = (consistency.clusters, consistency.crosswalk, canonical.canonical, client_360.client_360)


def evaluated(record_frame: RecordFrame, clusters: dict[str, str], **rows: Rows) -> Frames:
    """All frames that checks see, of record versions (the newest of a key is current) and the id of each record."""
    versions = {entity: record_frame(entity, *rows.get(entity, [])) for entity in ENTITIES}
    records = {entity: v.sort("key", "version_at").unique("key", keep="last") for entity, v in versions.items()}
    ids = pl.DataFrame(list(clusters.items()), schema={"key": pl.String, "canonical_id": pl.String}, orient="row")
    facts = [
        records[e].select("key", "source", "source_id", "derived", "batch", "line", entity=pl.lit(e)) for e in RESOLVED
    ]
    frames = {
        **{f"{entity}_records": frame for entity, frame in records.items()},
        "contracts": pl.DataFrame(schema=CONTRACTS),
        "overrides": pl.DataFrame(schema=OVERRIDES),
        "cut": make_cut([], 0, 0),
        **{f"{entity}_live_edges": pl.DataFrame(schema=EDGE) for entity in RESOLVED},
        "contact_claims": accounts.account_claims(versions["contact"], records["contact"]),
        "account_claims": hierarchy.parent_claims(versions["account"], records["account"]),
        "deleted_record": pl.DataFrame([GONE], schema=DELETED_RECORD),
        "crosswalk": pl.concat(facts).join(ids, on="key"),
    }
    for entity in RESOLVED:
        walk = frames["crosswalk"].filter(entity=entity)
        frames[f"{entity}_clusters"] = walk.select("key", cluster=pl.col("key").min().over("canonical_id"))
    frames |= stages.canonical(frames)
    return frames | stages.client_360(frames)


@pytest.fixture(scope="module")
def sound(record_frame: RecordFrame) -> Frames:
    """Contact 1 of two records, who left account B for A; contact 3, of whom little is known; firms on three floors."""
    rows: dict[str, Rows] = {
        "contact": [
            {"key": "crm:contact:1", "day": 1, "account_source_id": "B", "owner": "Kim"},
            {"key": "crm:contact:1", "day": 3, "full_name": "Ann Lee", "account_source_id": "A", "owner": "Kim"},
            {"key": "shop:contact:2", "day": 2, "email": ["ann@example.com"]},
            {"key": "crm:contact:3", "day": 4, "full_name": "Bo Ek"},
        ],
        "account": [
            {"key": "crm:account:A", "name": "Acme", "parent_source_id": "B", "owner": "Lee"},
            {"key": "crm:account:B", "name": "Brook", "parent_source_id": "C"},
            {"key": "crm:account:C", "name": "Crane", "domain": ["crane.example"]},
        ],
        "opportunity": [
            {"key": "crm:opportunity:1", "contact_source_id": ["1"], "stage": "Closed Won", "amount": "0.10",
             "currency": "EUR", "account_source_id": "A"},
            {"key": "crm:opportunity:2", "contact_source_id": ["1"], "stage": "Offer", "currency": "EUR",
             "owner": "Kim"},
        ],
        "activity": [
            {"key": "crm:activity:1", "contact_source_id": ["1"], "kind": "call", "at": "2026-03-01T23:59:59.000000Z"},
            {"key": "crm:activity:2", "account_source_id": "C", "kind": "mail"},
        ],
    }  # fmt: skip
    clusters = {"crm:contact:1": "c_1", "shop:contact:2": "c_1", "crm:contact:3": "c_3"}
    return evaluated(record_frame, {**clusters, **{f"crm:account:{n}": f"a_{n}" for n in "ABC"}}, **rows)


def test_a_sound_evaluation_passes(sound: Frames) -> None:
    assert failed(sound) == []
    roles = sound["contact_account"].select("account_id", "role").rows()
    assert roles == [("a_A", "current"), ("a_B", "former")]


def failed(frames: Frames, *checks: Callable[[Frames], list[Finding]]) -> list[tuple[str, str]]:
    found = [one for check in checks or CHECKS for one in check(frames)]
    assert all(one.ok == (not any(one.facts.values())) for one in found)
    return [(one.asset, one.check) for one in found if not one.ok]


def where(column: str, is_: str, **values: Any) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Sets values in the rows that have a value; what is called is asked for the new one."""

    def broken(frame: pl.DataFrame) -> pl.DataFrame:
        made = [
            pl.when(pl.col(column) == is_)
            .then(value(pl.col(n)) if callable(value) else pl.lit(value))
            .otherwise(n)
            .alias(n)
            for n, value in values.items()
        ]
        assert is_ in frame[column]
        return frame.with_columns(made)

    return broken


def one_more(column: pl.Expr) -> pl.Expr:
    return column + 1


def said(old: str, new: str) -> Callable[[pl.Expr], pl.Expr]:
    return lambda column: column.str.replace(old, new, literal=True)


def first_total(**values: Any) -> Callable[[pl.Expr], pl.Expr]:
    def retold(payload: str) -> str:
        sections = json.loads(payload)
        sections["pipeline"]["totals"][:1] = [{**total, **values} for total in sections["pipeline"]["totals"][:1]]
        return json.dumps(sections, separators=(",", ":"))

    return lambda column: column.map_elements(retold, return_dtype=pl.String)


def without(column: str, is_: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.filter(pl.col(column) != is_)


def twice(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame, frame.head(1)])


CLUSTERS, CROSSWALK, CANONICAL, SIXTY = CHECKS
BREAKS: list[tuple[Any, str, str, str, Callable[[pl.DataFrame], pl.DataFrame]]] = [
    (CLUSTERS, "contact_clusters", "contact_clusters", "every_record_in_one_cluster", without("key", "crm:contact:3")),
    (CLUSTERS, "account_clusters", "account_clusters", "every_record_in_one_cluster", twice),
    (CROSSWALK, "crosswalk", "crosswalk", "every_record_has_one_id", without("key", "crm:contact:3")),
    (CROSSWALK, "crosswalk", "crosswalk", "every_record_has_one_id", twice),
    (CROSSWALK, "contact_clusters", "crosswalk", "one_id_a_cluster",
     where("key", "crm:contact:3", cluster="crm:contact:1")),
    (CROSSWALK, "crosswalk", "crosswalk", "one_id_a_cluster", where("key", "crm:contact:3", canonical_id="c_1")),
    (CROSSWALK, "deleted_record", "deleted_record", "nobody_is_deleted_and_current",
     where("key", "crm:contact:9", key="crm:contact:3")),
    (CANONICAL, "contact", "contact", "recounted", where("canonical_id", "c_3", records=one_more)),
    (CANONICAL, "contact", "contact", "recounted", without("canonical_id", "c_3")),
    (CANONICAL, "account", "account", "recounted", where("canonical_id", "a_B", records=one_more)),
    (CANONICAL, "contact_account", "contact_account", "no_orphan_relations",
     where("account_id", "a_B", account_id="a_X")),
    (CANONICAL, "contact_account", "contact_account", "recounted", where("account_id", "a_A", records=one_more)),
    (CANONICAL, "contact_account", "contact_account", "one_primary", where("account_id", "a_A", primary=False)),
    (CANONICAL, "contact_account", "contact_account", "one_primary", where("account_id", "a_B", primary=True)),
    (CANONICAL, "account_hierarchy", "account_hierarchy", "no_orphan_relations",
     where("account_id", "a_A", account_id="a_X")),
    (CANONICAL, "account_hierarchy", "account_hierarchy", "no_circles", where("account_id", "a_A", depth=one_more)),
    (CANONICAL, "account_hierarchy", "account_hierarchy", "recounted", where("account_id", "a_B", children=one_more)),
    (CANONICAL, "account_hierarchy", "account_hierarchy", "recounted",
     where("account_id", "a_C", descendants=one_more)),
    (CANONICAL, "opportunity", "opportunity", "no_orphan_relations",
     where("key", "crm:opportunity:1", account_id="a_X")),
    (CANONICAL, "opportunity", "opportunity", "no_orphan_relations",
     where("key", "crm:opportunity:1", contact_ids=["c_X"])),
    (CANONICAL, "opportunity", "opportunity", "every_record_once", where("key", "crm:opportunity:1", key="x")),
    (CANONICAL, "opportunity", "opportunity", "amounts_conserved",
     where("key", "crm:opportunity:1", amount_number=one_more)),
    (CANONICAL, "opportunity", "opportunity", "amounts_conserved", where("key", "crm:opportunity:1", currency="USD")),
    (CANONICAL, "activity", "activity", "no_orphan_relations", where("key", "crm:activity:2", account_id="a_X")),
    (CANONICAL, "activity", "activity", "every_record_once", twice),
    (CANONICAL, "owner", "owner", "recounted", where("owner", "Kim", contacts=one_more)),
    (CANONICAL, "owner", "owner", "recounted", where("owner", "Kim", open_deals=one_more)),
    (CANONICAL, "owner", "owner", "recounted", without("owner", "Lee")),
    (SIXTY, "contact_360", "contact_360", "equals_canonical", without("canonical_id", "c_3")),
    (SIXTY, "contact_360", "contact_360", "equals_canonical", where("canonical_id", "c_3", display_name="Bea Ek")),
    (SIXTY, "contact_360", "contact_360", "equals_canonical",
     where("canonical_id", "c_1", primary_email="x@example.com")),
    (SIXTY, "account_360", "account_360", "equals_canonical",
     where("canonical_id", "a_C", payload=said('"display_name":"Crane"', '"display_name":"X"'))),
    (SIXTY, "contact_360", "contact_360", "counts_recounted", where("canonical_id", "c_3", lost_count=one_more)),
    (SIXTY, "contact_360", "contact_360", "counts_recounted", where("canonical_id", "c_1", activity_count=one_more)),
    (SIXTY, "account_360", "account_360", "counts_recounted", where("canonical_id", "a_B", contact_count=one_more)),
    (SIXTY, "account_360", "account_360", "counts_recounted", where("canonical_id", "a_A", won_count=one_more)),
    (SIXTY, "contact_360", "contact_360", "sums_recounted",
     where("canonical_id", "c_1", payload=first_total(amount="7"))),
    (SIXTY, "account_360", "account_360", "sums_recounted",
     where("canonical_id", "a_A", payload=first_total(without_amount=7))),
]  # fmt: skip


@pytest.mark.parametrize(("check", "frame", "asset", "name", "broken"), BREAKS)
def test_a_broken_frame_fails_its_check_and_no_other(
    sound: Frames,
    check: Callable[[Frames], list[Finding]],
    frame: str,
    asset: str,
    name: str,
    broken: Callable[[pl.DataFrame], pl.DataFrame],
) -> None:
    whole = {**sound, frame: broken(sound[frame])}
    assert not whole[frame].equals(sound[frame])
    assert failed(whole, check) == [(asset, name)]


def test_every_check_is_broken_once(sound: Frames) -> None:
    found = {(one.asset, one.check) for check in CHECKS for one in check(sound)}
    told = {(asset, name) for _, _, asset, name, _ in BREAKS}
    assert {name for _, name in found} == {name for _, name in told}
    assert {asset for asset, _ in found} == {asset for asset, _ in told}


def test_a_circle_is_seen_whatever_the_depths_say(sound: Frames) -> None:
    circle = where("account_id", "a_C", parent_id="a_A")(sound["account_hierarchy"])
    assert ("account_hierarchy", "no_circles") in failed({**sound, "account_hierarchy": circle}, CANONICAL)


def test_a_deal_in_the_totals_of_another_client_is_seen(sound: Frames) -> None:
    """The sums of all together are as they were."""
    made = sound["contact_360"]
    one, other = (json.loads(text) for text in made["payload"])
    one["pipeline"], other["pipeline"] = other["pipeline"], one["pipeline"]
    texts = [json.dumps(said, separators=(",", ":")) for said in (one, other)]
    moved = made.with_columns(payload=pl.Series(texts))
    assert failed({**sound, "contact_360": moved}, SIXTY) == [("contact_360", "sums_recounted")]


refs = st.lists(st.sampled_from(["0", "1", "2", "3", "gone"]), max_size=3, unique=True)
firms = st.none() | st.sampled_from(["0", "1", "2", "gone"])
names = st.none() | st.sampled_from(["Kim", "Lee"])
people = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from([f"crm:contact:{n}" for n in range(4)]),
            "day": st.integers(1, 9),
            "account_source_id": firms,
            "owner": names,
        }
    ),
    max_size=8,
    unique_by=lambda row: (row["key"], row["day"]),
)
companies = st.lists(st.fixed_dictionaries({"parent_source_id": firms, "owner": names}), min_size=3, max_size=3)
deals = st.lists(
    st.fixed_dictionaries(
        {
            "contact_source_id": refs,
            "account_source_id": firms,
            "stage": st.sampled_from([None, "won", "lost", "offer"]),
            "amount": st.none() | st.decimals(-(10**12), 10**12, places=2).map(str),
            "currency": st.sampled_from([None, "EUR", "USD"]),
            "owner": names,
        }
    ),
    max_size=6,
)
touches = st.lists(st.fixed_dictionaries({"contact_source_id": refs, "account_source_id": firms}), max_size=6)


@examples(25)
@given(people, companies, deals, touches, st.lists(st.integers(0, 2), min_size=7, max_size=7))
def test_whatever_the_facts_an_evaluation_passes(
    record_frame: RecordFrame, contacts: Rows, accounts: Rows, deals: Rows, touches: Rows, homes: list[int]
) -> None:
    keyed = {
        name: [row | {"key": f"crm:{name}:{n}"} for n, row in enumerate(rows)]
        for name, rows in (("account", accounts), ("opportunity", deals), ("activity", touches))
    }
    clusters = {f"crm:contact:{n}": f"c_{homes[n]}" for n in range(4)}
    clusters |= {f"crm:account:{n}": f"a_{homes[4 + n]}" for n in range(3)}
    assert failed(evaluated(record_frame, clusters, contact=contacts, **keyed)) == []


def test_texts_that_differ_are_told_apart_and_nothing_is_like_nothing() -> None:
    left = pl.DataFrame({"key": ["1", None, "3"], "value": ["x", None, "z"]})
    assert consistency.unlike(left, left.reverse(), ["key"]) == 0
    assert consistency.unlike(left, left.with_columns(value=pl.Series(["x", "y", "z"])), ["key"]) == 1
    assert consistency.unlike(left, left.head(2), ["key"]) == 1
    assert consistency.unlike(left, pl.concat([left, left.head(1)]), ["key"]) == 1
    assert consistency.hashed(left)["value"].null_count() == 1
    assert consistency.lacking(pl.Series(["a", None, "b", "b"]), pl.Series(["a"])) == 1
