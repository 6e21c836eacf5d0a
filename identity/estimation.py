"""What levels weigh, found over distinct patterns of levels by expectation maximisation.

Each pair's levels are taken as drawn from one of two populations, pairs that match and pairs that do not (Fellegi and
Sunter 1969, "A theory for record linkage"); both and their shares are found by expectation maximisation (Dempster, Laird
and Rubin 1977).

Not here: which pairs are looked at (`identity.sampling`), and what is made of the weights (`identity.training`).
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from identity.model import Comparison, Model

ROUNDS, STILL = 500, 1e-6
MOST_BITS = 15.0
DOUBT = 4  # a difference weighs this part at least of what people think

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Number = TypeVar("Number", np.float64, np.int64)


class Patterns(NamedTuple):
    """`levels` (patterns x comparisons): number of the level, -1 for null; `counts`: pairs of each pattern."""

    levels: Ints
    counts: Floats


class Found(NamedTuple):
    """By comparison, the shares of its levels among matches `m` and others `u`, and `seen` pairs at each level."""

    m: list[Floats]
    u: list[Floats]
    seen: list[Floats]
    share: float


def patterns_of(levels: pl.DataFrame) -> Patterns:
    """The distinct patterns in the levels of pairs (a column a comparison; -1 is null)."""
    found = levels.group_by(levels.columns).len("pairs").sort(levels.columns)
    return Patterns(found.drop("pairs").to_numpy().astype(np.int64), found["pairs"].to_numpy().astype(np.float64))


def maximised(patterns: Patterns, model: Model) -> Found:
    """Expectation maximisation from the matches that the model thinks there are."""
    seen = [
        np.bincount(column[column >= 0], weights=patterns.counts[column >= 0], minlength=len(c.levels)).astype(
            np.float64
        )
        for c, column in zip(model.comparisons, patterns.levels.T, strict=True)
    ]
    columns = zip(model.comparisons, patterns.levels.T, strict=True)
    match = _probability(sum((at_level(column, thought(c)) for c, column in columns), np.float64(model.prior)))
    m = u = [_shares(counts + 1) for counts in seen]
    for _ in range(ROUNDS):
        new_m = [_shares_of(patterns, match, column, before) for column, before in enumerate(m)]
        new_u = [_shares_of(patterns, 1 - match, column, before) for column, before in enumerate(u)]
        moved = max(float(np.abs(a - b).max()) for a, b in zip(new_m + new_u, m + u, strict=True))
        m, u, share = new_m, new_u, float((patterns.counts * match).sum() / patterns.counts.sum())
        match = _probability(bits_of(patterns.levels, model, Found(m, u, seen, share)))
        if moved < STILL:
            break
    return Found(m, u, seen, share)


def bits_of(levels: Ints, model: Model, found: Found) -> Floats:
    """What rows of levels (a column a comparison; -1 is null, and says nothing) speak for a match, in bits."""
    odds = np.full(len(levels), np.log2(found.share / (1 - found.share)))
    for comparison, m, u, column in zip(model.comparisons, found.m, found.u, levels.T, strict=True):
        odds += at_level(column, learned(comparison, m, u))
    return odds


def _probability(bits: Floats) -> Floats:
    return np.asarray(1 / (1 + 2.0 ** -np.asarray(bits)))


def learned(comparison: Comparison, m: Floats, u: Floats) -> Floats:
    """Bits of each level. That two records differ never speaks for a match, in whatever blocks they were found."""
    bits = np.log2(m / u)
    bits[-1] = min(bits[-1], comparison.levels[-1].bits / DOUBT)
    return np.clip(bits, -MOST_BITS, MOST_BITS)


def at_level(column: Ints, values: NDArray[Number]) -> NDArray[Number]:
    """The values of levels by their numbers; 0 for null."""
    return np.append(values, np.zeros(1, values.dtype))[column]


def _shares_of(patterns: Patterns, probability: Floats, column: int, before: Floats) -> Floats:
    """Shares of the levels of a comparison among pairs of one population; where none was seen, as `before`."""
    return _shares(_counts(patterns, probability, column, len(before)) + 1e-3 * before)


def _counts(patterns: Patterns, probability: Floats, column: int, size: int) -> Floats:
    """Expected pairs at each level of a comparison, where each pattern's pairs count by a probability."""
    levels = patterns.levels[:, column]
    there = levels >= 0
    return np.bincount(levels[there], weights=(patterns.counts * probability)[there], minlength=size).astype(np.float64)


def _shares(counts: Floats) -> Floats:
    return np.asarray(np.maximum(counts / counts.sum(), 1e-9))


def thought(comparison: Comparison) -> Floats:
    """Bits of each level that people think it weighs."""
    return np.array([level.bits for level in comparison.levels], dtype=np.float64)
