"""What training looks at: a sample of the pairs that blocks propose, and which blocks are worth their pairs.

Not here: what is learned of the pairs (`identity.estimation`).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from identity.blocking import attributed, size
from identity.estimation import Flags
from identity.model import Block, Model

SEED = 1
YIELD = 300  # pairs that are compared for one more match


class Sample(NamedTuple):
    """`pairs`: row numbers `l`, `r` and, as bits of `blocks`, what proposes them; each pair stood the same `chance`."""

    pairs: pl.DataFrame
    chance: float

    @property
    def total(self) -> int:
        """How many pairs there are where this was drawn."""
        return round(self.pairs.height / self.chance)


class Chosen(NamedTuple):
    """The blocks that are worth it, what each of the model proposes (`told`), by the names of its features, and the
    share of matches that is `lost` with the others.
    """

    chosen: tuple[Block, ...]
    told: dict[str, Any]
    lost: float


def sampled(frame: pl.DataFrame, model: Model, most: int) -> Sample:
    """The pairs of a feature frame, or where blocks propose more than `most`, often the same ones, a sample: those with
    an end among some of its records.
    """
    proposed = size(frame, model)
    if proposed <= most:
        return Sample(attributed(frame, model), 1.0)
    share = 1 - math.sqrt(1 - most / proposed)
    rows = pl.Series(np.arange(frame.height, dtype=np.uint32)).sample(max(1, round(share * frame.height)), seed=SEED)
    chance = 1 - (1 - rows.len() / frame.height) ** 2
    return Sample(attributed(frame, model, rows), chance)


def worthwhile(sample: Sample, joins: Flags, model: Model) -> Chosen:
    """The blocks that bring a match for each `YIELD` pairs, beside those that bring more, by the pairs that join.

    `told` has of each block the pairs that it proposes, the matches among them, and whether it is used.
    """
    by_block = {n: proposed_by((block,), sample, model) for n, block in enumerate(model.blocks)}
    left, covered, chosen = dict(by_block), np.zeros(len(joins), np.bool_), set[int]()
    while left:
        gains = {n: (int((these & joins & ~covered).sum()), int((these & ~covered).sum())) for n, these in left.items()}
        best = max(gains, key=lambda n: (gains[n][0] / (gains[n][1] + 1), -n))
        matches, pairs = gains[best]
        if matches == 0 or matches * YIELD < pairs:
            break
        chosen.add(best)
        covered |= left.pop(best)
    told = {
        " + ".join(block.features): {
            "pairs": round(int(by_block[n].sum()) / sample.chance),
            "matches": round(int((by_block[n] & joins).sum()) / sample.chance),
            "used": n in chosen,
        }
        for n, block in enumerate(model.blocks)
    }
    lost = float((joins & ~covered).sum() / max(joins.sum(), 1))
    return Chosen(tuple(block for n, block in enumerate(model.blocks) if n in chosen), told, round(lost, 6))


def proposed_by(blocks: tuple[Block, ...], sample: Sample, model: Model) -> Flags:
    """Whether one of these blocks proposes each pair of a sample."""
    bits = sum(1 << number for number, block in enumerate(model.blocks) if block in blocks)
    return np.asarray(sample.pairs["blocks"].to_numpy() & np.uint64(bits) != 0)
