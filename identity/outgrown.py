"""What tells whether records still are like those that an epoch was trained on.

Not here: what is done about it (`quality_checks.verdict`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from identity.rarity import Frequencies

STEP = 2000  # thousandths of a bit: the width of a bar
EDGES = 20_000  # beyond them the outer bars begin


def histogram(edges: pl.DataFrame) -> dict[str, int]:
    """Pairs by the lower bound of their bar in whole bits, from `bits` (thousandths) and, if given, `pairs`."""
    bar = (pl.col("bits") // STEP * STEP // 1000).clip(-EDGES // 1000, EDGES // 1000)
    pairs = pl.col("pairs").sum() if "pairs" in edges.columns else pl.len()
    counts = edges.group_by(bar.alias("bar")).agg(pairs.round().cast(pl.Int64).alias("pairs")).sort("bar")
    return {str(bar): count for bar, count in counts.iter_rows()}


def drift(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Population stability index of two histograms: 0 where they have one shape, over 0.25 where they differ much.

    Source: Siddiqi (2006), "Credit Risk Scorecards". A bar that one of them lacks counts as half a pair in it.
    """
    bars = {*before, *now}
    if not before or not now:
        return 0.0
    then, today = ({bar: max(counts.get(bar, 0), 0.5) for bar in bars} for counts in (before, now))
    shares = [(then[bar] / sum(then.values()), today[bar] / sum(today.values())) for bar in sorted(bars, key=int)]
    return sum((b - a) * math.log(b / a) for a, b in shares)


def unseen(frame: pl.DataFrame, tables: Frequencies) -> dict[str, int]:
    """By feature that is counted: of a thousand values (each of a list), those that are not in its table."""
    found = {}
    for column, table in sorted(tables.items()):
        values = frame[column].drop_nulls()
        values = values.explode() if values.dtype == pl.List(pl.String) else values
        known = values.is_in(list(table)).sum()
        found[column] = round(1000 * (values.len() - int(known)) / values.len()) if values.len() else 0
    return found
