"""What levels weigh, found over the distinct patterns of levels of pairs, without labels.

The pairs that match are taken as drawn from one population, the others from several: colleagues, households, namesakes
and strangers agree in different things. What each level's share is in each of them is found by expectation maximisation
(Fellegi and Sunter 1969, "A theory for record linkage"; Dempster, Laird and Rubin 1977; latent classes: Lazarsfeld and
Henry 1968). The weights are then those whose sum comes closest to the log odds that this gives to each pattern: a
logistic regression (Cox 1958). So what goes together (a new job changes company, address and number) does not count as
often as it shows.

Not here: which pairs are looked at (`identity.sampling`), and what is made of the weights (`identity.training`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from identity.model import Comparison, Model

OTHERS = (4, 3, 2, 1)  # populations of pairs that do not match: the first number that makes sense
LEAST = 300  # pairs at a level that make it tell
ROUNDS, STILL = 200, 1e-4
SMOOTH = 0.5  # pairs by which each population is thought to be like all pairs together
STEPS, REACHED, STRIDE = 50, 1e-4, 5.0  # of the regression; a stride in nats
TRUST = 1.0  # how firmly the regression holds to what people think of a level
MOST_BITS = 15.0
DOUBT = 4  # a difference weighs this part at least of what people think

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Patterns(NamedTuple):
    """`levels` (patterns x comparisons): number of the level, -1 for null; `counts`: pairs of each pattern."""

    levels: Ints
    counts: Floats


class Found(NamedTuple):
    """By comparison, of each level: its shares among matches `m` and others `u`, the pairs `seen`, the `bits`.

    `share`: of matches among all pairs; people would have `thought` so many. `odds`: bits of a pair of which nothing is
    known.
    """

    m: list[Floats]
    u: list[Floats]
    seen: list[Floats]
    bits: list[Floats]
    share: float
    thought: float
    odds: float


def patterns_of(levels: pl.DataFrame) -> Patterns:
    """The distinct patterns in the levels of pairs (a column a comparison; -1 is null)."""
    found = levels.group_by(levels.columns).len("pairs").sort(levels.columns)
    return Patterns(found.drop("pairs").to_numpy().astype(np.int64), found["pairs"].to_numpy().astype(np.float64))


def estimated(patterns: Patterns, model: Model) -> Found:
    """Shares and weights of all levels, from the matches that the model thinks there are.

    The more populations of others there are, the closer the weights, unless some of them take in pairs that match: then
    fewer are tried.
    """
    starts = np.cumsum([0, *(len(c.levels) for c in model.comparisons)])
    known = _Known(_stands(patterns.levels, starts), patterns.counts, starts, model)
    for others in OTHERS:
        found = _found(known, others)
        if not senseless(found, model):
            break
    return found


def senseless(found: Found, model: Model) -> str | None:
    """The first comparison in which a difference speaks more for a match than agreement does."""
    parts = zip(model.comparisons, found.bits, found.seen, strict=True)
    turned = (c.name for c, bits, n in parts if c.differs and min(n[0], n[-1]) >= LEAST and bits[0] < bits[-1])
    return next(turned, None)


class _Known(NamedTuple):
    """`stands`: one where a pattern is at a level; a comparison's levels begin at its place in `starts`."""

    stands: csr_array
    counts: Floats
    starts: Ints
    model: Model


def _found(known: _Known, others: int) -> Found:
    stands, counts, starts, model = known
    opinion = np.concatenate([thought(c) for c in model.comparisons])
    begun = _begun(known, opinion, others)
    shares, belongs = _maximised(known, begun)
    sizes = counts @ belongs
    apart = shares[:, 1:] @ (sizes[1:] / max(sizes[1:].sum(), 1e-9))
    bits, odds = _regressed(known, belongs[:, 0], opinion)
    parts = [np.split(x, starts[1:-1]) for x in (shares[:, 0], apart, stands.T @ counts, bits)]
    learned = [_sensible(c, of) for c, of in zip(model.comparisons, parts[3], strict=True)]
    share, before = (float(counts @ of[:, 0] / counts.sum()) for of in (belongs, begun))
    return Found(parts[0], parts[1], parts[2], learned, share, before, odds)


def bits_of(levels: Ints, found: Found) -> Floats:
    """What rows of levels (a column a comparison; -1 is null, and says nothing) speak for a match, in bits."""
    parts = (np.append(bits, 0.0)[column] for bits, column in zip(found.bits, levels.T, strict=True))
    return np.asarray(sum(parts, np.full(len(levels), found.odds)))


def thought(comparison: Comparison) -> Floats:
    """Bits of each level that people think it weighs."""
    return np.array([level.bits for level in comparison.levels], dtype=np.float64)


def _stands(levels: Ints, starts: Ints) -> csr_array:
    """One where a pattern (row) stands at a level (column; those of a comparison from its start on)."""
    row, comparison = np.nonzero(levels >= 0)
    column = starts[comparison] + levels[row, comparison]
    return csr_array((np.ones(len(row)), (row, column)), shape=(len(levels), starts[-1]))


def _begun(known: _Known, opinion: Floats, others: int) -> Floats:
    """How far each pattern belongs to each population: matches as people think, the others by how much differs."""
    match = 1 / (1 + 2.0 ** -(known.stands @ opinion + known.model.prior))
    last = np.zeros(known.starts[-1])
    last[known.starts[1:][[c.differs for c in known.model.comparisons]] - 1] = 1
    differing = known.stands @ last / np.maximum(known.stands.sum(axis=1), 1)
    order = np.argsort(differing, kind="stable")
    rank = np.empty(len(order))
    rank[order] = np.cumsum((known.counts * (1 - match))[order])
    centres = (np.arange(others) + 0.5) / others
    near = np.exp(-((((rank / max(rank.max(), 1e-9))[:, None] - centres) * others / 0.6) ** 2))
    return np.hstack([match[:, None], near / near.sum(axis=1, keepdims=True) * (1 - match)[:, None]])


def _maximised(known: _Known, belongs: Floats) -> tuple[Floats, Floats]:
    """The shares of levels (levels x populations) and how far patterns belong, when neither moves any more."""
    stands, counts, starts, _ = known
    comparison = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    overall = stands.T @ counts + 1
    overall /= np.add.reduceat(overall, starts[:-1])[comparison]
    for _ in range(ROUNDS):
        weighed = belongs * counts[:, None]
        pairs = stands.T @ weighed + SMOOTH * overall[:, None]
        shares = pairs / np.add.reduceat(pairs, starts[:-1])[comparison]
        sizes = np.maximum(weighed.sum(axis=0), 1e-9)
        likely = stands @ np.log(np.maximum(shares, 1e-12)) + np.log(sizes / sizes.sum())
        likely = np.exp(likely - likely.max(axis=1, keepdims=True))
        before, belongs = belongs, likely / likely.sum(axis=1, keepdims=True)
        if np.abs(belongs - before).max() < STILL:
            break
    return shares, belongs


def _regressed(known: _Known, match: Floats, opinion: Floats) -> tuple[Floats, float]:
    """Bits of levels and of nothing at all, whose sums say how likely patterns match, by Newton's steps.

    What is seen seldom stays at what people think.
    """
    counts = known.counts
    stands = hstack([known.stands, csr_array(np.ones((len(counts), 1)))]).tocsr()
    begun = np.append(opinion, known.model.prior) * np.log(2)
    trust = np.append(np.full(len(opinion), TRUST), 1e-6)
    nats = begun
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-(stands @ nats)))
        slope = stands.T @ (counts * (match - chance)) - trust * (nats - begun)
        curve = (stands.multiply((counts * chance * (1 - chance))[:, None]).T @ stands).toarray() + np.diag(trust)
        step = np.linalg.solve(curve, slope)
        nats = nats + step * min(1.0, STRIDE / max(float(np.abs(step).max()), 1e-9))
        if np.abs(step).max() < REACHED:
            break
    bits = nats / np.log(2)
    return bits[:-1], float(bits[-1])


def _sensible(comparison: Comparison, bits: Floats) -> Floats:
    """That two records differ never speaks for a match, in whatever blocks they were found."""
    bits = bits.copy()
    if comparison.differs:
        bits[-1] = min(bits[-1], comparison.levels[-1].bits / DOUBT)
    return np.clip(bits, -MOST_BITS, MOST_BITS)
