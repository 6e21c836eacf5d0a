"""Who looks after whom: each owner as the records name one, with what is canonically theirs.

Not here: how an owner is cleaned (`identity.standardise`), and which of several an entity has
(`identity.survivorship`).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from identity.fields import ENTITIES
from identity.frames import Schema

OWNER: Schema = {
    "owner": pl.String(),  # as said: two spellings are two owners
    "contacts": pl.Int64(),  # golden rows
    "accounts": pl.Int64(),
    "opportunities": pl.Int64(),
    "open_deals": pl.Int64(),  # those of them that are open
    "activities": pl.Int64(),
    "sources": pl.List(pl.String()),  # whose records name the owner
}


def owners(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Each owner of a record or a canonical row (OWNER), sorted by name, from the current records of each entity
    (`<entity>_records`) and its canonical rows (`<entity>`).
    """
    said = pl.concat([frames[f"{entity}_records"].select("owner", "source").unique() for entity in ENTITIES])
    sources = said.group_by("owner").agg(sources=pl.col("source").unique().sort())
    counts = {
        "contacts": frames["contact"],
        "accounts": frames["account"],
        "opportunities": frames["opportunity"],
        "open_deals": frames["opportunity"].filter(pl.col("status") == "open"),
        "activities": frames["activity"],
    }
    made = pl.concat([sources["owner"], *(frame["owner"] for frame in counts.values())]).unique().to_frame("owner")
    made = made.drop_nulls().join(sources, on="owner", how="left")
    for name, frame in counts.items():
        made = made.join(frame.group_by("owner").agg(pl.len().cast(pl.Int64).alias(name)), on="owner", how="left")
    nobody = pl.lit([], pl.List(pl.String))
    filled = [pl.col(list(counts)).fill_null(0), pl.col("sources").fill_null(nobody)]
    return made.with_columns(filled).select(list(OWNER)).sort("owner")
