"""Making an epoch: what agreement and difference weigh, learned from records without labels.

The records are compared as an evaluation would compare them, and each pair's levels are taken as drawn from one of two
populations, pairs that match and pairs that do not (Fellegi and Sunter 1969, "A theory for record linkage"). Both and
their shares are found by expectation maximisation (Dempster, Laird and Rubin 1977) over the distinct patterns of
levels. So a weight says how much more often a level stands between records of one person than between records of two
*that are compared at all*, in a set of this size: the size of the set is in the weights.

Not here: where the records come from, and which epoch is in force.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from identity.blocking import candidates
from identity.epoch import Epoch, Weights, thousandths
from identity.errors import BadInputError, VelocityError
from identity.features import NORMALISER, features
from identity.model import Comparison, Model
from identity.outgrown import histogram, unseen
from identity.rarity import counted, name_of
from identity.scoring import compare
from identity.screening import screen

LEAST_RECORDS = 1000
LEAST_PAIRS = 300  # that are compared
LEAST_MATCHES = 50  # of those that match
MOST_PAIRS = 1_000_000  # of those that are compared; of more a sample is taken
SEED = 1
FILLED = 0.05  # share of records that have a feature from which its comparison must be trained
MOST_MATCHES = 30  # pairs a record; more is a value that everybody shares, not people
ROUNDS, STILL = 500, 1e-6
THOUGHT = 20  # pairs at a level that outweigh what people think of it
MOST_BITS = 15.0
DOUBT = 4  # a difference weighs this part at least of what people think
NEAR = 1.5  # bits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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


def train(records: pl.DataFrame, model: Model, source: str, *, most: int = MOST_PAIRS, general: bool = False) -> Epoch:
    """An epoch of a model from a record frame of its entity. The same records give the same epoch.

    A level of which little was seen weighs what the model thinks; `origin` lists those. `BadInputError` `too_small` for
    too few records, pairs or matches; `VelocityError` `untrained` where a comparison has data and nothing was learned
    of it, `not_separable` where matches could not be told from the rest. `source` says in words where the records come
    from; `most` pairs are sampled. A `general` epoch, for any records, counts no values and stays near what the model
    thinks: what is learned of one set, above all of its size, may be wrong for the next. Where only one comparison has
    data, weights and prior are what the model thinks.
    """
    if records.height < LEAST_RECORDS:
        raise _too_small(f"{records.height} records are too few to train on", f"{LEAST_RECORDS} or more")
    frame = screen(features(records, model.entity), model.limits)
    tables = {} if general else counted(frame, model)
    pairs = candidates(frame, model)
    compared = pairs.height
    if compared < LEAST_PAIRS:
        raise _too_small(f"{compared} pairs of records that share something are too few", f"{LEAST_PAIRS} or more")
    if compared > most:
        pairs = pairs.sample(most, seed=SEED).sort("l", "r")
    patterns = _patterns(frame, pairs, model, tables)
    found = _maximised(patterns, model)
    _check(frame, model, found, compared)
    alone = sum(bool(seen.any()) for seen in found.seen) == 1  # any shares of its levels fit: nothing can be learned
    near = 0.0 if alone else NEAR if general else math.inf
    parts = zip(model.comparisons, found.m, found.u, found.seen, strict=True)
    weights = {c.name: _weights(c, m, u, seen, near) for c, m, u, seen in parts}
    odds = thousandths(model.prior if general or alone else float(np.log2(found.share / (1 - found.share))))
    origin = {
        "source": source,
        "records": records.height,
        "pairs": compared,
        "levels": _told(model, found),
        "assumed": _assumed(model, found),
        "histogram": _histogram(patterns, weights, odds, model, compared),
        "unseen": unseen(frame, tables),
    }
    return Epoch(model, weights, odds, NORMALISER, origin, tables)


def _too_small(message: str, hint: str) -> BadInputError:
    return BadInputError("too_small", message, hint)


def _patterns(frame: pl.DataFrame, pairs: pl.DataFrame, model: Model, tables: dict[str, dict[str, int]]) -> Patterns:
    """The distinct patterns of levels; the level of a comparison is told by a weight that is its number."""
    numbered = {c.name: {level.name: 1000 * n for n, level in enumerate(c.levels, 1)} for c in model.comparisons}
    bits = compare(frame, pairs, Epoch(model, numbered, 0, NORMALISER, {}, tables))
    levels = bits.select(pl.all() // 1000 - 1)
    found = levels.group_by(levels.columns).len("pairs").sort(levels.columns)
    return Patterns(found.drop("pairs").to_numpy().astype(np.int64), found["pairs"].to_numpy().astype(np.float64))


def _maximised(patterns: Patterns, model: Model) -> Found:
    """Expectation maximisation from the matches that the model thinks there are."""
    seen = [
        np.bincount(column[column >= 0], weights=patterns.counts[column >= 0], minlength=len(c.levels)).astype(
            np.float64
        )
        for c, column in zip(model.comparisons, patterns.levels.T, strict=True)
    ]
    bits = sum((_at(patterns, n, _thought(c)) for n, c in enumerate(model.comparisons)), np.float64(model.prior))
    match = 1 / (1 + 2.0 ** -np.asarray(bits))
    m = u = [_shares(counts + 1) for counts in seen]
    for _ in range(ROUNDS):
        new_m = [_shares_of(patterns, match, column, before) for column, before in enumerate(m)]
        new_u = [_shares_of(patterns, 1 - match, column, before) for column, before in enumerate(u)]
        moved = max(float(np.abs(a - b).max()) for a, b in zip(new_m + new_u, m + u, strict=True))
        m, u, share = new_m, new_u, float((patterns.counts * match).sum() / patterns.counts.sum())
        match = _posterior(patterns, model, m, u, share)
        if moved < STILL:
            break
    return Found(m, u, seen, share)


def _posterior(patterns: Patterns, model: Model, m: list[Floats], u: list[Floats], share: float) -> Floats:
    """The probability that a pair of each pattern matches; null says nothing."""
    odds = np.full(len(patterns.counts), np.log2(share / (1 - share)))
    for number, comparison in enumerate(model.comparisons):
        odds += _at(patterns, number, _learned(comparison, m[number], u[number]))
    return np.asarray(1 / (1 + 2.0**-odds))


def _learned(comparison: Comparison, m: Floats, u: Floats) -> Floats:
    """Bits of each level. That two records differ never speaks for a match, in whatever blocks they were found."""
    bits = np.log2(m / u)
    bits[-1] = min(bits[-1], comparison.levels[-1].bits / DOUBT)
    return np.clip(bits, -MOST_BITS, MOST_BITS)


def _at(patterns: Patterns, number: int, values: Floats) -> Floats:
    """Of each pattern the value of its level in a comparison; 0 for null."""
    return np.append(values, 0.0)[patterns.levels[:, number]]


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


def _thought(comparison: Comparison) -> Floats:
    return np.array([level.bits for level in comparison.levels], dtype=np.float64)


def _check(frame: pl.DataFrame, model: Model, found: Found, compared: int) -> None:
    matches = found.share * compared
    if matches < LEAST_MATCHES:
        raise _too_small(f"about {matches:.0f} pairs that match are too few", f"{LEAST_MATCHES} or more")
    if matches > MOST_MATCHES * frame.height:
        raise VelocityError("not_separable", f"{matches / frame.height:.0f} matches a record are no people", _LOOK)
    for comparison, m, u, seen in zip(model.comparisons, found.m, found.u, found.seen, strict=True):
        columns = [column for column in comparison.columns if column in frame.columns]
        filled = frame.select(pl.any_horizontal(pl.col(c).is_not_null() for c in columns).mean()).item()
        if filled >= FILLED and not seen.any() and comparison.name not in map(name_of, model.rarities):
            raise VelocityError("untrained", f"nothing was learned of {comparison.name!r} from data that has it", _LOOK)
        bits = _learned(comparison, m, u)
        if seen[0] >= LEAST_PAIRS and seen[-1] >= LEAST_PAIRS and bits[0] < bits[-1] and filled >= FILLED:
            message = f"in {comparison.name!r} a difference would speak more for a match than agreement"
            raise VelocityError("not_separable", message, _LOOK)


_LOOK = "see whether a value stands in most records, or a column is mapped to the wrong field"


def _weights(comparison: Comparison, m: Floats, u: Floats, seen: Floats, near: float) -> dict[str, int]:
    """Thousandths of a bit, distinct and not zero: a level that would weigh what another does weighs one less.

    What is near never speaks more against a match than what differs: where it seems to, others of the records were near
    by chance, or made so.
    """
    thought = _thought(comparison)
    learned = np.clip(_learned(comparison, m, u), thought - near, thought + near)
    bits = (seen * learned + THOUGHT * thought) / (seen + THOUGHT)
    if thought[-1] == thought.min():
        bits = np.maximum(bits, bits[-1])
    weights: dict[str, int] = {}
    for level, value in zip(comparison.levels, bits, strict=True):
        weight = round(1000 * float(value))
        while weight == 0 or weight in weights.values():
            weight -= 1
        weights[level.name] = weight
    return weights


def _told(model: Model, found: Found) -> dict[str, Any]:
    """`m`, `u` and the pairs seen of each level, rounded, by comparison and level."""
    parts = zip(model.comparisons, found.m, found.u, found.seen, strict=True)
    return {
        c.name: {
            level.name: {"m": round(float(a), 6), "u": round(float(b), 6), "pairs": int(n)}
            for level, a, b, n in zip(c.levels, m, u, seen, strict=True)
        }
        for c, m, u, seen in parts
    }


def _histogram(patterns: Patterns, weights: Weights, prior: int, model: Model, compared: int) -> dict[str, int]:
    """Pairs by whole bits (`histogram`), as many as were compared; a sample counts for all."""
    bits = np.full(len(patterns.counts), prior, dtype=np.int64)
    for number, comparison in enumerate(model.comparisons):
        of_levels = np.append([weights[comparison.name][level.name] for level in comparison.levels], 0)
        bits += of_levels[patterns.levels[:, number]].astype(np.int64)
    times = compared / patterns.counts.sum()
    frame = pl.DataFrame({"bits": bits, "pairs": patterns.counts * times})
    return histogram(frame.filter(pl.col("bits") >= thousandths(model.floor)))


def _assumed(model: Model, found: Found) -> list[str]:
    """The levels, as `comparison.level`, of which too little was seen to weigh them by it."""
    return [
        f"{c.name}.{level.name}"
        for c, seen in zip(model.comparisons, found.seen, strict=True)
        for level, n in zip(c.levels, seen, strict=True)
        if n < THOUGHT
    ]
