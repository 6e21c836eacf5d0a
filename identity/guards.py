"""What bits alone must not decide: joining pairs that do not hold.

Not here: the guards of each entity (`identity.contact_model`, `identity.account_model`), and records that no cluster
may hold together (`identity.opposition`).
"""

from __future__ import annotations

import polars as pl

from identity.epoch import Epoch, thousandths
from identity.model import Guard, Levels


def judged(word: str) -> pl.Expr:
    """Whether a person said this of the pair."""
    return pl.col("judged").eq_missing(word)


def lacking(epoch: Epoch) -> pl.Expr:
    """Whether a pair has too little for a match, whatever its bits: a person should look at it."""
    return pl.any_horizontal(pl.lit(False), *(_caught(guard, epoch) for guard in guards_of(epoch) if guard.lack))


def guarded(edges: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """The edges with the reason of the first guard that a joining one runs into as `cut`; a person's word overrules."""
    against = [guard for guard in guards_of(epoch) if not guard.lack]
    reason = pl.coalesce(pl.lit(None, pl.String), *(_said(guard, epoch) for guard in against))
    return edges.with_columns(cut=pl.when((pl.col("answer") == "join") & ~judged("same")).then(reason))


def counted(epoch: Epoch) -> pl.Expr:
    """What a pair counts when groups are joined: its bits; where a guard finds something against it, little at most."""
    against = pl.any_horizontal(pl.lit(False), *(_caught(guard, epoch) for guard in guards_of(epoch) if not guard.lack))
    least = pl.min_horizontal("bits", pl.lit(thousandths(epoch.model.guarded), pl.Int64))
    return pl.when(against & ~judged("same")).then(least).otherwise("bits")


def _said(guard: Guard, epoch: Epoch) -> pl.Expr:
    return pl.when(_caught(guard, epoch)).then(pl.lit(guard.reason))


def guards_of(epoch: Epoch) -> list[Guard]:
    """Those that hold in an epoch."""
    return [guard for guard in epoch.model.guards if epoch.general or not guard.general]


def _caught(guard: Guard, epoch: Epoch) -> pl.Expr:
    return _at(guard.when, epoch) & ~_at(guard.unless, epoch)


def _at(levels: Levels, epoch: Epoch) -> pl.Expr:
    """Whether a pair stands at one of the levels; its own bits tell."""
    tests = [pl.col(f"bits_{name}").is_in(bits) for name, bits in epoch.bits_at(levels).items()]
    return pl.any_horizontal(tests) if tests else pl.lit(False)
