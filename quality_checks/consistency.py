"""What must hold of a whole evaluation before it may be published: pure checks on its frames, and what they share.

Here are those of clusters and ids. Each counts once more, in another way than the code that is checked.

Not here: canonical rows (`quality_checks.canonical`), client-360 (`quality_checks.client_360`), contracts of single
rows (`quality_checks.contracts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from identity.fields import RESOLVED

Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Finding:
    """Outcome of a check on an asset; `facts` are counts, never values."""

    asset: str
    check: str
    ok: bool
    facts: dict[str, int]


CLUSTER_CHECKS = {"every_record_in_one_cluster": "Every current record is in exactly one cluster."}
CROSSWALK_CHECKS = {
    "every_record_has_one_id": "Every current record of a resolved entity has exactly one canonical id.",
    "one_id_a_cluster": "Every cluster has one id, and no id is that of two clusters.",
}
DELETED_CHECKS = {"nobody_is_deleted_and_current": "No record that its source deleted has a canonical id."}


def clusters(frames: Frames) -> list[Finding]:
    """Each entity's clusters hold each current record once."""
    found = []
    for entity in RESOLVED:
        keys, members = frames[f"{entity}_records"]["key"], frames[f"{entity}_clusters"]["key"]
        facts = {"missing_or_foreign": differing(keys, members), "more_than_once": repeated(members)}
        found.append(finding(f"{entity}_clusters", "every_record_in_one_cluster", facts))
    return found


def crosswalk(frames: Frames) -> list[Finding]:
    """The crosswalk holds each current record of a resolved entity once, under an id for each cluster."""
    walk = frames["crosswalk"]
    keys = pl.concat([frames[f"{entity}_records"]["key"] for entity in RESOLVED])
    facts = {"missing_or_foreign": differing(keys, walk["key"]), "more_than_once": repeated(walk["key"])}
    members = hashed(pl.concat([frames[f"{entity}_clusters"].select("key", "cluster") for entity in RESOLVED]))
    named_so = members.join(hashed(walk.select("key", "canonical_id")), on="key")
    pairs = named_so.select("cluster", "canonical_id").unique()
    named = {"clusters": repeated(pairs["cluster"]), "ids": repeated(pairs["canonical_id"])}
    deleted = {"deleted": frames["deleted_record"].join(walk, on="key", how="semi").height}
    return [
        finding("crosswalk", "every_record_has_one_id", facts),
        finding("crosswalk", "one_id_a_cluster", named),
        finding("deleted_record", "nobody_is_deleted_and_current", deleted),
    ]


def finding(asset: str, check: str, facts: dict[str, int]) -> Finding:
    """A check that passes where nothing was counted."""
    return Finding(asset, check, not any(facts.values()), facts)


def hashed(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts as numbers of 64 bits, null as null: two of a million texts have one number once in ten million times."""
    texts = pl.col(pl.String)
    return frame.with_columns(pl.when(texts.is_not_null()).then(texts.hash()))


def lacking(values: pl.Series, known: pl.Series) -> int:
    """How many of the values are not known; null is no value."""
    own = values.drop_nulls().hash().unique()
    return int((~own.is_in(known.hash().implode())).sum())


def differing(one: pl.Series, other: pl.Series) -> int:
    """How many values only one of them has."""
    return lacking(one, other) + lacking(other, one)


def repeated(values: pl.Series) -> int:
    """How many values stand there that stood there before."""
    return values.len() - values.hash().n_unique()


def unlike(one: pl.DataFrame, other: pl.DataFrame, on: list[str]) -> int:
    """How many keys have other rows in one of two frames of the same columns than in the other; null equals null."""
    rows = [frame.select(one.columns).hash_rows() for frame in (one, other)]
    if rows[0].len() == rows[1].len() and rows[0].sum() == rows[1].sum():
        return 0
    sides = [
        pl.DataFrame({"key": frame.select(on).hash_rows(), "row": row, "times": times})
        for frame, row, times in zip((one, other), rows, (1, -1), strict=True)
    ]
    left_over = pl.concat(sides).group_by("key", "row").agg(pl.col("times").sum()).filter(pl.col("times") != 0)
    return left_over["key"].n_unique()
