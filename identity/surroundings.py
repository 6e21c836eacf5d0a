"""The part of a whole evaluation that bears on some clients: enough to make their client-360 as if all were there.

Whoever else is in it, as the account of a contact or the parent of an account, is there to be named, not to be shown.

Not here: which clients those are (`identity.touched`).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from identity.fields import Entity

Frames = Mapping[str, pl.DataFrame]


def around(frames: Frames, entity: Entity, ids: pl.Series) -> dict[str, pl.DataFrame]:
    """The frames of `identity.client360.INPUTS`, as far as clients of an entity with these ids need them."""
    relations = _of(frames["contact_account"], f"{entity}_id", ids)
    trees = frames["account_hierarchy"]
    trees = trees.filter(pl.any_horizontal(pl.col("account_id", "parent_id").is_in(ids.implode())))
    relatives = [trees[name] for name in ("account_id", "parent_id", "root_id")] if entity == "account" else []
    shown = {
        "contact": ids if entity == "contact" else relations["contact_id"],
        "account": pl.concat([ids, *relatives]) if entity == "account" else relations["account_id"],
    }
    keys = _of(frames["crosswalk"], "canonical_id", ids)["key"]
    pairs = {name: _ends(frames[name], keys) for name in ("contact_live_edges", "account_live_edges")}
    ends = [frame[side] for frame in pairs.values() for side in ("left", "right")]
    walk = frames["crosswalk"].filter(
        pl.col("canonical_id").is_in(pl.concat([*shown.values()]).unique().implode())
        | pl.col("key").is_in(pl.concat(ends).unique().implode())
    )
    return {
        **frames,
        **{name: _of(frames[name], "canonical_id", some) for name, some in shown.items()},
        **{f"{kind}_records": _of(frames[f"{kind}_records"], "key", keys) for kind in shown},
        **{name: _facts(frames[name], entity, ids, shown["contact"]) for name in ("opportunity", "activity")},
        **pairs,
        "crosswalk": walk,
        "contact_account": relations,
        "account_hierarchy": trees,
    }


def _of(frame: pl.DataFrame, column: str, values: pl.Series) -> pl.DataFrame:
    return frame.filter(pl.col(column).is_in(values.unique().implode()))


def _ends(edges: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    return edges.filter(pl.any_horizontal(pl.col("left", "right").is_in(keys.implode())))


def _facts(facts: pl.DataFrame, entity: Entity, ids: pl.Series, people: pl.Series) -> pl.DataFrame:
    """What names one of the contacts and, for an account, what names it."""
    said = facts.select("key", "contact_ids").explode("contact_ids", empty_as_null=True)
    named = pl.col("key").is_in(_of(said, "contact_ids", people)["key"].unique().implode())
    return facts.filter(named | pl.col("account_id").is_in(ids.implode()) if entity == "account" else named)
