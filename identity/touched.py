"""Which entities and clients an evaluation has to look at, given what the one before followed from: those that
something bears on which is not as it was. Whoever is not named here is as before.

Not here: how they are evaluated (`identity.survivorship`, `identity.client360`), and how what was is read
(`resources.memory`).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from identity.client360 import doubts
from identity.fields import RESOLVED, Entity
from identity.frames import ANSWERED, flat

Frames = Mapping[str, pl.DataFrame]
Ids = dict[Entity, pl.Series]

RECORD = ("key", "batch", "line")  # tell the version of a record from every other, unless a batch was read anew
Columns = dict[str, tuple[str, ...] | None]  # by frame, those that have to be known of the evaluation before; None: all

ENTITIES: Columns = {
    "overrides": None,
    "crosswalk": ("key", "entity", "canonical_id"),
    **{f"{entity}_records": (*RECORD, "source") for entity in RESOLVED},
}
CLIENTS: Columns = {
    **ENTITIES,
    **{f"{entity}_live_edges": ANSWERED for entity in RESOLVED},
    **dict.fromkeys(("contact_account", "account_hierarchy", "opportunity", "activity")),
}


def entities(now: Frames, before: Frames) -> Ids:
    """Canonical ids, of now or before, of whose records one came, went or is another, or of which a person set a value
    or took it back; from what ENTITIES names of both.
    """
    walk = _unlike(now, before, "crosswalk")
    said = _unlike(now, before, "overrides")
    found = {}
    for entity in RESOLVED:
        records = _unlike(now, before, f"{entity}_records", RECORD)
        keys = pl.concat([frame["key"] for frame in (walk, said, records)]).unique()
        ids = pl.concat([_ids(frames["crosswalk"], entity, keys) for frames in (now, before)])
        found[entity] = ids.unique().sort()
    return found


def clients(now: Frames, before: Frames, named: Ids) -> Ids:
    """Those whose client-360 may be another: the named ones (`entities`), whoever is shown beside one of them, and
    whoever a relation, a deal, a touch or a doubt bears on that is not as it was; from what CLIENTS names of both.
    """
    relations = _unlike(now, before, "contact_account")
    trees = _unlike(now, before, "account_hierarchy")
    facts = [_unlike(now, before, name).select("account_id", "contact_ids") for name in ("opportunity", "activity")]
    people = pl.concat([frame["contact_ids"].explode().drop_nulls() for frame in facts])
    beside = now["contact_account"].filter(
        pl.col("account_id").is_in(named["account"].implode()) | pl.col("contact_id").is_in(named["contact"].implode())
    )
    homes = now["contact_account"].filter("primary", pl.col("contact_id").is_in(people.implode()))
    found = {
        "contact": [relations["contact_id"], beside["contact_id"], people],
        "account": [
            *(frame["account_id"] for frame in (relations, beside, homes, *facts)),
            *(trees[name] for name in ("account_id", "parent_id", "root_id")),
            *_relatives(now["account_hierarchy"], named["account"]),
        ],
    }
    every = {e: pl.concat([named[e], *found[e], _doubted(now, before, e)]) for e in RESOLVED}
    return {entity: ids.drop_nulls().unique().sort() for entity, ids in every.items()}


def _relatives(trees: pl.DataFrame, accounts: pl.Series) -> list[pl.Series]:
    """Accounts whose place in a tree shows the name of one of these."""
    of = trees.filter(pl.any_horizontal(pl.col("account_id", "parent_id", "root_id").is_in(accounts.implode())))
    return [of["account_id"], of["parent_id"]]


def _doubted(now: Frames, before: Frames, entity: Entity) -> pl.Series:
    """Who stands at the end of another number of doubtful pairs than before."""
    counts = [doubts(frames, entity).group_by("canonical_id").len() for frames in (now, before)]
    return _lone(*counts)["canonical_id"]


def _ids(walk: pl.DataFrame, entity: Entity, keys: pl.Series) -> pl.Series:
    return walk.filter(pl.col("entity") == entity, pl.col("key").is_in(keys.implode()))["canonical_id"]


def _unlike(now: Frames, before: Frames, name: str, columns: tuple[str, ...] | None = None) -> pl.DataFrame:
    """The rows of a frame, in these columns, that only one of both has."""
    chosen = columns or CLIENTS[name] or before[name].columns
    return _lone(*(frames[name].select(chosen) for frames in (now, before)))


def _lone(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Rows that only one of two frames has. Rows are told by 64 bits: two of a million differ and are taken for one
    once in ten million times.
    """
    marks = [flat(frame).hash_rows() for frame in (one, other)]
    parts = zip((one, other), marks, reversed(marks), strict=True)
    return pl.concat([frame.filter(~own.is_in(others.implode())) for frame, own, others in parts])
