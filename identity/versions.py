"""Which version of a record is the current one.

Versions of a key are ordered by (own update time, else received-at; received-at; line; content hash; batch); the last
is current, unless it is a deletion. The order knows nothing of when a version was processed.

Not here: how rows become records (`identity.records`).
"""

from __future__ import annotations

import polars as pl

ORDER = ("version_at", "received_at", "line", "content", "batch")


def current(versions: pl.DataFrame) -> pl.DataFrame:
    """The current version of each key, sorted by key; keys whose last version is a deletion are absent."""
    ordered = versions.sort("key", *ORDER)
    return ordered.unique("key", keep="last", maintain_order=True).filter(~pl.col("deleted"))


def ages(versions: pl.DataFrame) -> pl.DataFrame:
    """When each key was first seen: columns `key` and `born`, the earliest received-at of its versions."""
    return versions.group_by("key").agg(born=pl.col("received_at").min()).sort("key")
