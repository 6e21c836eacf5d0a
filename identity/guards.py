"""What bits alone must not decide: joining pairs that do not hold, and records that no cluster may hold together.

Not here: the guards of each entity (`identity.contact_model`, `identity.account_model`), and cutting
(`identity.partition`).
"""

from __future__ import annotations

import polars as pl

from identity.epoch import Epoch
from identity.model import Guard, Levels

Conflicts = dict[int, set[int]]  # signature -> the signatures that contradict it


def guarded(edges: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """The edges with the reason of the first guard that a joining one runs into as `cut`, else null."""
    reason = pl.coalesce(pl.when(_caught(g, epoch)).then(pl.lit(g.reason)) for g in epoch.model.guards)
    return edges.with_columns(cut=pl.when(pl.col("answer") == "join").then(reason))


def contradictory(epoch: Epoch) -> pl.Expr:
    """Whether a pair runs into a contradiction; its bits tell."""
    return pl.any_horizontal(_caught(guard, epoch) for guard in epoch.model.contradictions)


def _caught(guard: Guard, epoch: Epoch) -> pl.Expr:
    return _at(guard.when, epoch) & ~_at(guard.unless, epoch)


def _at(levels: Levels, epoch: Epoch) -> pl.Expr:
    """Whether a pair stands at one of the levels; its bits tell."""
    tests = [pl.col(f"bits_{name}").is_in(bits) for name, bits in epoch.bits_at(levels).items()]
    return pl.any_horizontal(tests) if tests else pl.lit(False)


def signatures(features: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """Columns `key` and `signature`: one number for all records that are alike in what could contradict.

    The number is the row of the first such record in `features`.
    """
    asked = {name for guard in epoch.model.contradictions for name in (*guard.when, *guard.unless)}
    columns = sorted({column for c in epoch.model.comparisons if c.name in asked for column in c.columns})
    numbered = features.with_row_index("row")  # made first: inside a window rows are counted from its own start
    return numbered.select("key", signature=pl.col("row").min().over(columns))


def conflicts(features: pl.DataFrame, together: pl.DataFrame, epoch: Epoch) -> Conflicts:
    """The contradictions among signatures that stand in one component (columns `component`, `signature`, distinct)."""
    pairs = (
        together.join(together, on="component")
        .filter(pl.col("signature") < pl.col("signature_right"))
        .select(l="signature", r="signature_right")
        .unique()
        .sort("l", "r")
    )
    found: Conflicts = {}
    for left, right in _contradicting(features, pairs, epoch).iter_rows():
        found.setdefault(left, set()).add(right)
        found.setdefault(right, set()).add(left)
    return found


def _contradicting(features: pl.DataFrame, pairs: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    from identity.scoring import compare  # noqa: PLC0415 - Splink loads only where there is something to compare

    if pairs.is_empty():
        return pairs
    rows = pl.DataFrame({"row": pairs["l"].append(pairs["r"]).unique().sort()}).with_row_index("at")
    asked = pairs.join(rows, left_on="l", right_on="row").join(rows, left_on="r", right_on="row", suffix="_r")
    edges = compare(features[rows["row"]], asked.select(l="at", r="at_r"), epoch)
    key_row = features.select("key").with_row_index("row")
    bad = edges.filter(contradictory(epoch))
    return (
        bad.join(key_row, left_on="left", right_on="key")
        .join(key_row, left_on="right", right_on="key", suffix="_r")
        .select("row", "row_r")
    )
