"""What records say of other records, over all their versions: the account of a contact, the parent of an account.

A claim holds while the current version of the record makes it. It has ended with the first version that does not make
it any more, whether that names another or nothing at all.

Not here: what the records are of (`identity.accounts`, `identity.hierarchy`), and which version is current
(`identity.versions`).
"""

from __future__ import annotations

import polars as pl

from identity.frames import INSTANT, Schema
from identity.versions import ORDER

CLAIM: Schema = {
    "key": pl.String(),  # of a current record
    "target": pl.String(),  # the record that it names, which may not have arrived
    "title": pl.String(),  # what it is said to be there: the newest title of versions that say so
    "since": INSTANT,  # the first version that says so
    "said_at": INSTANT,  # the last version that says so
    "received_at": INSTANT,  # of that version
    "until": INSTANT,  # the version that says so no more; null while the claim holds
}


def claims(versions: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """All claims (CLAIM) of current records, sorted by key and target.

    `versions` are record versions with their `target` (null where they name none) and `title`. Marks of deletions say
    nothing. A claim that is made again after a break is one that never ended.
    """
    told = versions.filter(~pl.col("deleted")).select("key", "target", "title", *ORDER)
    told = told.join(current.select("key"), on="key", how="semi")
    often = told["key"].is_duplicated()
    once = told.filter(~often).with_columns(since="version_at", until=pl.lit(None, INSTANT))
    several = _told(told.filter(often))
    made = [frame.drop_nulls("target") for frame in (once.rename({"version_at": "said_at"}), several)]
    return pl.concat([frame.select(list(CLAIM)) for frame in made]).sort("key", "target")


def _told(told: pl.DataFrame) -> pl.DataFrame:
    """Claims of records of several versions."""
    ordered = told.sort("key", *ORDER)
    ended = ordered.with_columns(until=pl.col("version_at").shift(-1).over("key"))
    return ended.group_by("key", "target", maintain_order=True).agg(
        pl.col("title").drop_nulls().last(),
        pl.col("received_at", "until").last(),
        since=pl.col("version_at").first(),
        said_at=pl.col("version_at").last(),
    )


def holding(claims: pl.DataFrame) -> pl.DataFrame:
    """The claims that current records make."""
    return claims.filter(pl.col("until").is_null())
