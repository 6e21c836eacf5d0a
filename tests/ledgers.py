"""The change from one id ledger to another, found by comparing all of both: what `identity.ids.assign` must tell."""

from __future__ import annotations

import polars as pl

from identity.ids import Ledger


def ledger_delta(old: Ledger, new: Ledger) -> Ledger:
    """What `apply_delta` needs to make the new ledger of the old one."""
    ids, homes, worn = (
        after.join(before.select(after.columns), on=after.columns, how="anti", nulls_equal=True)
        for before, after in ((old.ids, new.ids), (old.homes, new.homes), (old.worn, new.worn))
    )
    gone = old.worn.select("key").join(new.worn, on="key", how="anti").with_columns(id=pl.lit(None, pl.String))
    return Ledger(ids, homes, pl.concat([worn, gone]))
