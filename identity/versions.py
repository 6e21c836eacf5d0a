"""Which version of a record is the current one.

Versions of a key are ordered by (own update time, else received-at; received-at; line; content hash; batch); the last
is current, unless it is a deletion. A snapshot is a file that says it is all that its source holds: a key that no file
as new as it has is deleted. The order knows nothing of when a version was processed.

Not here: how rows become records (`identity.records`).
"""

from __future__ import annotations

import polars as pl

from identity.frames import INSTANT, SIGHTED, Schema

ORDER = ("version_at", "received_at", "line", "content", "batch")


SNAPSHOTS: Schema = {"source": pl.String(), "at": INSTANT}


def current(versions: pl.DataFrame, snapshots: pl.DataFrame, sighted: pl.DataFrame) -> pl.DataFrame:
    """The current version of each key of an entity, sorted by key; deleted keys are absent.

    `snapshots` (SNAPSHOTS) are the stamps of the snapshots of each source, `sighted` (SIGHTED) the keys of rows that
    were not accepted: a file holds them all the same. A key that was received later than a snapshot outlives it,
    whatever its own update time: the source had it again.
    """
    last = versions.sort("key", *ORDER).unique("key", keep="last", maintain_order=True)
    if not snapshots.is_empty():
        newest = snapshots.group_by("source").agg(pl.col("at").max())
        every = pl.concat([versions.select(list(SIGHTED)), sighted])
        seen = every.group_by("key").agg(seen=pl.col("received_at").max())
        dated = last.join(seen, on="key", how="left", maintain_order="left")
        dated = dated.join(newest, on="source", how="left", maintain_order="left")
        last = dated.filter((pl.col("at") <= pl.col("seen")).fill_null(True)).drop("seen", "at")
    return last.filter(~pl.col("deleted"))


def ages(versions: pl.DataFrame) -> pl.DataFrame:
    """When each key was first seen: columns `key` and `born`, the earliest received-at of its versions."""
    return versions.group_by("key").agg(born=pl.col("received_at").min()).sort("key")
