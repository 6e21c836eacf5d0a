"""The stages from record versions to client-360, each a pure function, and `resolve`, which is all of them.

The set-wise assets call the stages one by one; replay and dry runs call `resolve`. There is no other way through.

Not here: how the frames are stored, and what a stage does inside (the modules that are called).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl

from identity import (
    accounts,
    bindings,
    client360,
    completeness,
    hierarchy,
    ids,
    survivorship,
    survivorship_rules,
    touched,
    versions,
)
from identity.deletions import deleted_records
from identity.epoch import Epoch, load, shipped
from identity.fields import ENTITIES, RESOLVED, Entity
from identity.frames import record_schema
from identity.judgements import Decision, Judgement, standing
from identity.owners import owners
from identity.patches import Patch
from identity.surroundings import around

if TYPE_CHECKING:
    from identity.clustering import Rules
    from identity.matching import Memory

Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Given:
    """What an evaluation follows from: all record versions and sighted keys of a cut by entity, the cut's batches
    (`resources.catalog.CUT`), what people judged (JUDGED) and set (OVERRIDES), and
    what is in force: the trained epochs (EPOCHS), the contracts (CONTRACTS).
    """

    records: dict[Entity, pl.DataFrame]
    sighted: dict[Entity, pl.DataFrame]
    cut: pl.DataFrame
    judged: pl.DataFrame
    overrides: pl.DataFrame
    epochs: pl.DataFrame
    contracts: pl.DataFrame


def resolve(
    given: Given,
    ledgers: dict[Entity, ids.Ledger],
    version: int,
    before: Mapping[Entity, Memory] | None = None,
) -> Frames:
    """All stages in order: every frame by the name of its stage's output. The same with and without a memory."""
    frames = current(given)
    frames |= score(frames, before)
    frames |= cluster(frames, before)
    frames |= name(frames, ledgers, version)
    frames |= applied(canonical(frames), None)
    return frames | applied(client_360(frames), None)


def current(given: Given) -> Frames:
    """`<entity>_records`: the current version of each key, derived accounts among them; `deletions` of keys that have
    none; `contact_claims` and `account_claims`, what records say of other records; `record_ages`; and as they are given
    `cut`, `judged`, `overrides`, `epochs` and `contracts`.
    """
    told = {entity: versions.in_order(given.records[entity]) for entity in ENTITIES}
    told["contact"] = accounts.with_companies(told["contact"])
    parted = {e: versions.parted(told[e], _snapshots(given.cut, e), given.sighted[e]) for e in ENTITIES}
    records = {entity: current for entity, (current, _) in parted.items()}
    gone = [deleted.with_columns(entity=pl.lit(entity)) for entity, (_, deleted) in parted.items()]
    derived = accounts.derived_accounts(records["contact"]).select(list(record_schema("account")))
    records["contact"] = records["contact"].drop("derived_id")
    records["account"] = pl.concat([records["account"], derived]).sort("key")
    seen = [frame.select("key", "received_at") for frame in (*told.values(), derived)]
    return {
        **{f"{entity}_records": records[entity] for entity in ENTITIES},
        "contact_claims": accounts.account_claims(told["contact"], records["contact"]),
        "account_claims": hierarchy.parent_claims(told["account"], records["account"]),
        "deletions": pl.concat(gone).sort("key"),
        "record_ages": versions.ages(pl.concat(seen)),
        "cut": given.cut,
        "judged": given.judged,
        "overrides": given.overrides,
        "epochs": given.epochs,
        "contracts": given.contracts,
    }


def _snapshots(cut: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """`identity.versions.SNAPSHOTS` of an entity."""
    return cut.filter((pl.col("entity") == entity) & pl.col("snapshot")).select("source", "batch", at="received_at")


def rules(frames: Mapping[str, pl.DataFrame], entity: Entity) -> Rules:
    """What the clusters of an entity follow from besides its records."""
    from identity.clustering import Rules  # noqa: PLC0415 - SciPy, Splink and DuckDB load only where they are used
    from identity.scoring import matcher  # noqa: PLC0415

    rows = frames["judged"].sort("seq", maintain_order=True).iter_rows()
    decisions = [
        Decision(seq, tuple(Judgement(*row[1:]) for row in judged)) for seq, judged in groupby(rows, lambda r: r[0])
    ]
    named = pl.concat([frames["judged"]["left"], frames["judged"]["right"]]).unique()
    there = frames[f"{entity}_records"]["key"]
    said = standing(decisions, set(there.filter(there.is_in(named.implode()))))
    return Rules(matcher(entity, epoch_of(frames["epochs"], entity)), said, declared(frames["cut"], entity))


def epoch_of(epochs: pl.DataFrame, entity: Entity) -> Epoch:
    """The epoch in force for an entity (EPOCHS), else the shipped one."""
    texts = epochs.filter(pl.col("entity") == entity)["text"]
    return shipped(entity) if texts.is_empty() else load(texts[0])


def declared(cut: pl.DataFrame, entity: Entity) -> frozenset[str]:
    """The sources whose newest file says that they hold nobody twice."""
    newest = cut.filter(pl.col("entity") == entity).sort("received_at", "batch").group_by("source").last()
    return frozenset(newest.filter("deduplicated")["source"])


def score(
    frames: Frames,
    before: Mapping[Entity, Memory] | None = None,
    tell: Callable[[Entity, int], object] = lambda _entity, _compared: None,
) -> Frames:
    """`<entity>_features` and `<entity>_edges` (live, uncut); tells how many pairs had to be compared."""
    from identity import matching  # noqa: PLC0415

    made: Frames = {}
    for entity in RESOLVED:
        found = matching.score(frames[f"{entity}_records"], rules(frames, entity), (before or {}).get(entity))
        made |= {f"{entity}_features": found.features, f"{entity}_edges": found.edges}
        tell(entity, found.compared)
    return made


def cluster(frames: Frames, before: Mapping[Entity, Memory] | None = None) -> Frames:
    """`<entity>_clusters` and `<entity>_live_edges` (the edges with their answers and cuts)."""
    from identity import matching  # noqa: PLC0415

    made: Frames = {}
    for entity in RESOLVED:
        given = (frames[f"{entity}_features"], frames[f"{entity}_edges"], rules(frames, entity))
        found = matching.join(*given, (before or {}).get(entity))
        made |= {f"{entity}_clusters": found.clusters, f"{entity}_live_edges": found.edges}
    return made


def name(frames: Frames, ledgers: dict[Entity, ids.Ledger], version: int) -> Frames:
    """`crosswalk` of all current records to ids, what changed of the ledger (`canonical_id`, `record_home`,
    `record_worn`), the `id_event`s, and `deleted_record`: what sources deleted, with the ids that it belonged to."""
    named = {e: _assign(frames, e, ledgers[e], version) for e in RESOLVED}
    changes = [named[e].change for e in RESOLVED]
    return {
        "crosswalk": pl.concat([_walk(frames, e, named[e]) for e in RESOLVED]).sort("key"),
        "canonical_id": pl.concat([change.ids for change in changes]),
        "record_home": pl.concat([change.homes for change in changes]),
        "record_worn": pl.concat([change.worn for change in changes]),
        "id_event": pl.concat([named[e].events.with_columns(entity=pl.lit(e)) for e in RESOLVED]),
        "deleted_record": deleted_records(frames["deletions"], [named[e].ledger for e in RESOLVED]),
    }


def _assign(frames: Frames, entity: Entity, ledger: ids.Ledger, version: int) -> ids.Assignment:
    return ids.assign(frames[f"{entity}_clusters"], frames["record_ages"], ledger, entity, version)


def _walk(frames: Frames, entity: Entity, named: ids.Assignment) -> pl.DataFrame:
    records = frames[f"{entity}_records"]
    facts = records.select("key", pl.lit(entity).alias("entity"), "source", "source_id", "derived", "batch", "line")
    return facts.join(named.crosswalk.select("key", canonical_id="id"), on="key")


def ids_of(walk: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Columns `key` and `id` of one entity."""
    return walk.filter(pl.col("entity") == entity).select("key", id="canonical_id")


def canonical(frames: Frames, before: Frames | None = None) -> dict[str, pl.DataFrame | Patch]:
    """Golden contacts and accounts, their relations, opportunities and activities with references bound, owners.

    With what was `before` (`resources.memory`) only golden rows of entities that something touched are made, and
    given as patches.
    """
    contact_ids, account_ids = (ids_of(frames["crosswalk"], entity) for entity in RESOLVED)
    contacts = bindings.contact_targets(frames["contact_records"], contact_ids)
    companies = bindings.account_targets(frames["account_records"], account_ids)
    made = {
        "contact_account": accounts.contact_accounts(frames["contact_claims"], contact_ids, account_ids),
        "account_hierarchy": hierarchy.account_hierarchy(frames["account_claims"], account_ids),
        "opportunity": bindings.opportunities(frames["opportunity_records"], contacts, companies),
        "activity": bindings.activities(frames["activity_records"], contacts, companies),
    }
    rows = golden(frames, before)
    return {**rows, **made, "owner": owners({**frames, **made, **applied(rows, before)})}


def golden(frames: Frames, before: Frames | None = None) -> dict[str, pl.DataFrame | Patch]:
    """Golden rows of each entity; see `canonical`."""
    said, people = survivorship_rules.of(frames["contracts"]), frames["overrides"]
    named = touched.entities(frames, before) if before else None
    found: dict[str, pl.DataFrame | Patch] = {}
    for entity in RESOLVED:
        records, walk = frames[f"{entity}_records"], ids_of(frames["crosswalk"], entity)
        if named is not None:
            walk = walk.filter(pl.col("id").is_in(named[entity].implode()))
            records = records.filter(pl.col("key").is_in(walk["key"].implode()))
        rows = survivorship.golden(records, walk, entity, said[entity], people)
        found[entity] = rows if named is None else Patch(rows, _lacking(named[entity], rows))
    return found


def applied(made: Mapping[str, pl.DataFrame | Patch], before: Frames | None) -> Frames:
    """Frames as they are: a patch on those of its columns that are known of before."""
    return {n: f.onto((before or {})[n]) if isinstance(f, Patch) else f for n, f in made.items()}


def _lacking(ids: pl.Series, rows: pl.DataFrame) -> pl.Series:
    return ids.filter(~ids.is_in(rows["canonical_id"].implode()))


def client_360(frames: Frames, before: Frames | None = None) -> dict[str, pl.DataFrame | Patch]:
    """The client-360 of contacts and accounts, and what is expected of their sources.

    With what was `before` only clients that something touched are looked at, and given as patches; unless what every
    client depends on is not as it was.
    """
    common = client360.Common.of(frames)
    expected = {"source_expectation": completeness.expectations(frames["cut"], frames["contracts"])}
    makers = {"contact": client360.contact_360, "account": client360.account_360}
    if before is None or client360.Common.of(before) != common:
        return {**{f"{entity}_360": make(frames, common) for entity, make in makers.items()}, **expected}
    looked_at = touched.clients(frames, before, touched.entities(frames, before))
    found: dict[str, pl.DataFrame | Patch] = {}
    for entity, some in looked_at.items():
        rows = makers[entity](around(frames, entity, some), common)
        rows = rows.filter(pl.col("canonical_id").is_in(some.implode()))
        found[f"{entity}_360"] = Patch(rows, _lacking(some, rows))
    return {**found, **expected}
