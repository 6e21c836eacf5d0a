"""Which version of a record is the current one, and which records their source deleted.

Versions of a key are ordered by (own update time, else received-at; received-at; line; content hash; batch); the last
is current, unless it is a deletion. A snapshot is a file that says it is all that its source holds: a key that no file
as new as it has is deleted. The order knows nothing of when a version was processed.

Not here: how rows become records (`identity.records`).
"""

from __future__ import annotations

import polars as pl

from identity.frames import INSTANT, SIGHTED, Schema

ORDER = ("version_at", "received_at", "line", "content", "batch")


SNAPSHOTS: Schema = {"source": pl.String(), "batch": pl.String(), "at": INSTANT}
DELETION: Schema = {
    "key": pl.String(),
    "source": pl.String(),
    "source_id": pl.String(),
    "since": INSTANT,  # the time of the version that is a mark, or the stamp of the first snapshot without the key
    "how": pl.String(),  # mark | snapshot
    "batch": pl.String(),  # that version's, or that snapshot's
    "line": pl.Int64(),  # of the mark; a key that is missing stands nowhere
}


def split(versions: pl.DataFrame, snapshots: pl.DataFrame, sighted: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The current version of each key of an entity, and the keys that have none (DELETION), both sorted by key.

    `snapshots` (SNAPSHOTS) are those of each source, `sighted` (SIGHTED) the keys of rows that were not accepted: a
    file holds them all the same. A key that was received later than a snapshot outlives it, whatever its own update
    time: the source had it again. Of a key that is marked as deleted and lacked as well, the mark is told.
    """
    return parted(in_order(versions), snapshots, sighted)


def in_order(versions: pl.DataFrame) -> pl.DataFrame:
    """Versions by key, those of a key in the order that decides which is current."""
    return versions.sort("key", *ORDER)


def parted(versions: pl.DataFrame, snapshots: pl.DataFrame, sighted: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What `split` gives, of versions that are in order."""
    last = versions.unique("key", keep="last", maintain_order=True)
    lacked = _lacked(versions, snapshots, sighted)
    marked = last.filter("deleted").with_columns(since="version_at", how=pl.lit("mark"))
    missing = last.filter(~pl.col("deleted")).drop("batch").join(lacked, on="key")
    missing = missing.with_columns(how=pl.lit("snapshot"), line=pl.lit(None, pl.Int64))
    deleted = pl.concat([frame.select(list(DELETION)) for frame in (marked, missing)]).sort("key")
    return last.filter(~pl.col("deleted")).join(lacked, on="key", how="anti", maintain_order="left"), deleted


def current(versions: pl.DataFrame, snapshots: pl.DataFrame, sighted: pl.DataFrame) -> pl.DataFrame:
    """The current version of each key; see `split`."""
    return split(versions, snapshots, sighted)[0]


def ages(versions: pl.DataFrame) -> pl.DataFrame:
    """When each key was first seen: columns `key` and `born`, the earliest received-at of its versions."""
    seen = versions.select("key", born="received_at").sort("key")  # quick where they come from few sorted frames
    again = seen["key"].eq_missing(seen["key"].shift())
    several = again | again.shift(-1, fill_value=False)
    oldest = seen.filter(several).group_by("key").agg(pl.col("born").min())
    return pl.concat([seen.filter(~several), oldest]).sort("key")


def _lacked(versions: pl.DataFrame, snapshots: pl.DataFrame, sighted: pl.DataFrame) -> pl.DataFrame:
    """Keys that a snapshot of their source lacks since they were last seen: `key`, and `since` and `batch` of the first
    such snapshot.
    """
    if snapshots.is_empty():
        return pl.DataFrame(schema={"key": pl.String, "batch": pl.String, "since": INSTANT})
    every = pl.concat([versions.select(list(SIGHTED)), sighted])
    seen = every.group_by("key").agg(seen=pl.col("received_at").max())
    dated = versions.select("key", "source").unique().join(seen, on="key").sort("seen")
    first = snapshots.sort("at", "batch").unique(["source", "at"], keep="first").sort("at")
    later = dated.join_asof(
        first, left_on="seen", right_on="at", by="source", strategy="forward", allow_exact_matches=False,
        check_sortedness=False,
    )  # fmt: skip
    return later.drop_nulls("at").select("key", "batch", since="at")
