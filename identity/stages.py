"""The stages from record versions to client-360, each a pure function, and `resolve`, which is all of them.

The set-wise assets call the stages one by one; replay and dry runs call `resolve`. There is no other way through.

Not here: how the frames are stored, and what a stage does inside (the modules that are called).
"""

from __future__ import annotations

import polars as pl

from identity import bindings, client360, ids, survivorship, versions
from identity.accounts import contact_accounts, derived_accounts
from identity.epoch import shipped
from identity.fields import ENTITIES, RESOLVED, Entity
from identity.frames import record_schema

Frames = dict[str, pl.DataFrame]


def resolve(every: dict[Entity, pl.DataFrame], ledgers: dict[Entity, ids.Ledger], version: int) -> Frames:
    """All stages in order, on all record versions of a cut: every frame by the name of its stage's output."""
    frames = current(every)
    for stage in (score, cluster, lambda made: name(made, ledgers, version), canonical, client_360):
        frames |= stage(frames)
    return frames


def current(every: dict[Entity, pl.DataFrame]) -> Frames:
    """`<entity>_records`: the current version of each key, derived accounts among them; `record_ages`."""
    records = {entity: versions.current(every[entity]) for entity in ENTITIES}
    derived = derived_accounts(records["contact"]).select(list(record_schema("account")))
    records["account"] = pl.concat([records["account"], derived]).sort("key")
    seen = [frame.select("key", "received_at") for frame in (*every.values(), derived)]
    return {
        **{f"{entity}_records": records[entity] for entity in ENTITIES},
        "record_ages": versions.ages(pl.concat(seen)),
    }


def score(frames: Frames) -> Frames:
    """`<entity>_edges` of contacts and accounts, by the pinned epochs."""
    from identity.scoring import score as scored  # noqa: PLC0415 - Splink and DuckDB load only where pairs are scored

    return {f"{entity}_edges": scored(frames[f"{entity}_records"], shipped(entity)) for entity in RESOLVED}


def cluster(frames: Frames) -> Frames:
    """`<entity>_clusters` and `<entity>_live_edges` (the edges with their answers and cuts)."""
    from identity.clustering import cluster as clustered  # noqa: PLC0415 - SciPy loads only where it is used

    result: Frames = {}
    for entity in RESOLVED:
        made = clustered(frames[f"{entity}_edges"], frames[f"{entity}_records"], shipped(entity))
        result |= {f"{entity}_clusters": made.clusters, f"{entity}_live_edges": made.edges}
    return result


def name(frames: Frames, ledgers: dict[Entity, ids.Ledger], version: int) -> Frames:
    """`crosswalk` of all current records to ids, what changed of the ledger (`canonical_id`, `record_home`,
    `record_worn`), and the `id_event`s."""
    named = {e: _assign(frames, e, ledgers[e], version) for e in RESOLVED}
    changes = [ids.ledger_delta(ledgers[e], named[e].ledger) for e in RESOLVED]
    return {
        "crosswalk": pl.concat([_walk(frames, e, named[e]) for e in RESOLVED]).sort("key"),
        "canonical_id": pl.concat([change.ids for change in changes]),
        "record_home": pl.concat([change.homes for change in changes]),
        "record_worn": pl.concat([change.worn for change in changes]),
        "id_event": pl.concat([named[e].events.with_columns(entity=pl.lit(e)) for e in RESOLVED]),
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


def canonical(frames: Frames) -> Frames:
    """Golden contacts and accounts, their relations, opportunities and activities with references bound."""
    contact_ids, account_ids = (ids_of(frames["crosswalk"], entity) for entity in RESOLVED)
    return {
        "contact": survivorship.golden(frames["contact_records"], contact_ids, "contact"),
        "account": survivorship.golden(frames["account_records"], account_ids, "account"),
        "contact_account": contact_accounts(frames["contact_records"], contact_ids, account_ids),
        "opportunity": bindings.opportunities(frames["opportunity_records"], contact_ids, account_ids),
        "activity": bindings.activities(frames["activity_records"], contact_ids, account_ids),
    }


def client_360(frames: Frames) -> Frames:
    """The client-360 of contacts and accounts."""
    return {"contact_360": client360.contact_360(frames), "account_360": client360.account_360(frames)}
