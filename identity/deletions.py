"""Records that their source deleted, and the canonical id that each belonged to last.

A record that comes back has a current version, so it is not among them; one of a withdrawn batch has no version at all.

Not here: which records are deleted (`identity.versions`), and the ids themselves (`identity.ids`).
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from identity.frames import Schema
from identity.ids import Ledger
from identity.versions import DELETION

DELETED_RECORD: Schema = {
    "key": pl.String(),
    "entity": pl.String(),
    "source": pl.String(),
    "source_id": pl.String(),
    "canonical_id": pl.String(),  # live or gone; null if no publication knew the record, or its entity is not resolved
    **{name: DELETION[name] for name in ("since", "how", "batch", "line")},
}


def deleted_records(deletions: pl.DataFrame, ledgers: Iterable[Ledger]) -> pl.DataFrame:
    """Deletions (DELETION and `entity`) as DELETED_RECORD, sorted by key: where the home of each record leads now."""
    ledgers = list(ledgers)
    homes = pl.concat([ledger.homes.join(deletions, on="key", how="semi") for ledger in ledgers])
    ends = homes.select("key", canonical_id="home")
    forwards = pl.concat([ledger.ids.filter(pl.col("state") == "forwarded") for ledger in ledgers])
    on = forwards.select(canonical_id="id", to="to")
    while not ends.join(on, on="canonical_id", how="semi").is_empty():
        led = ends.join(on, on="canonical_id", how="left")
        ends = led.select("key", canonical_id=pl.coalesce("to", "canonical_id"))
    return deletions.join(ends, on="key", how="left").select(list(DELETED_RECORD)).sort("key")
