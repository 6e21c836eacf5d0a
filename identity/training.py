"""Making an epoch: what agreement and difference weigh, learned from records without labels.

The records are compared as an evaluation would compare them, and what the levels of these pairs weigh is estimated
(`identity.estimation`). So a weight says how much more often a level stands between records of one person than between
records of two *that are compared at all*, in a set of this size: the size of the set is in the weights.

Not here: where the records come from, and which epoch is in force.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from identity.epoch import Epoch, Weights, thousandths
from identity.errors import BadInputError, VelocityError
from identity.estimation import Floats, Found, Ints, bits_of, estimated, patterns_of, senseless, thought
from identity.features import NORMALISER, features
from identity.model import Comparison, Model
from identity.outgrown import histogram, unseen
from identity.rarity import counted, name_of
from identity.sampling import Chosen, Sample, proposed_by, sampled, worthwhile
from identity.scoring import levels
from identity.screening import screen

LEAST_RECORDS = 1000
LEAST_PAIRS = 300  # that are compared
LEAST_MATCHES = 50  # of those that match
MOST_PAIRS = 1_000_000  # of those that are compared; of more a sample is taken
FILLED = 0.05  # share of records that have a feature from which its comparison must be trained
JUMP = 4  # times as many matches as people would think: something that many share is taken for a match
MOST_MATCHES = 30  # pairs a record; more is a value that everybody shares, not people
THOUGHT = 20  # pairs at a level that outweigh what people think of it
NEAR = 1.5  # bits
LENIENT, WRONG = 2.0, 0.003  # bits; share of the joining pairs


def train(records: pl.DataFrame, model: Model, source: str, *, most: int = MOST_PAIRS, general: bool = False) -> Epoch:
    """An epoch of a model from a record frame of its entity. The same records give the same epoch.

    A level of which little was seen weighs what the model thinks; `origin` lists those. Blocks that are not worth their
    pairs are left out of its model. `source` says in words where the records come from. Where blocks propose more than
    `most` pairs, a sample of them is looked at.

    A `general` epoch, for any records, counts no values, keeps all blocks and stays near what the model thinks: what is
    learned of one set, above all of its size, may be wrong for the next. Where only one comparison has data, nothing
    can be learned, and weights and prior are what the model thinks.

    `BadInputError` `too_small` for too few records, pairs or matches. `VelocityError` `untrained` where a comparison
    has data and nothing was learned of it, `prior_jumped` for far more matches than people would think, and
    `not_separable` where matches could not be told from the rest.
    """
    if records.height < LEAST_RECORDS:
        raise _too_small(f"{records.height} records are too few to train on", f"{LEAST_RECORDS} or more")
    frame = screen(features(records, model.entity), model)
    tables = {} if general else counted(frame, model)
    sample = _sampled(frame, model, most)
    seen = levels(frame, sample.pairs, model, tables)
    found = estimated(patterns_of(seen), model)
    _check(frame, model, found, sample.total)
    weights, odds = _weighed(model, found, general)
    blocks = worthwhile(sample, bits_of(seen.to_numpy(), found) >= 0, model)
    if general or _alone(found):
        blocks = Chosen(model.blocks, {name: {**of, "used": True} for name, of in blocks.told.items()}, 0.0)
    compared = proposed_by(blocks.chosen, sample, model)
    bits = _bits(seen.filter(compared), weights, odds)
    join = model.join if general or _alone(found) else _join(bits, model)
    facts = {
        "source": source,
        "general": general,
        "records": records.height,
        "pairs": round(int(compared.sum()) / sample.chance),
        "histogram": _histogram(bits, model, sample.chance),
        "unseen": unseen(frame, tables),
    }
    origin = {**facts, **_learned(model, found, blocks)}
    return Epoch(replace(model, blocks=blocks.chosen, join=join), weights, odds, NORMALISER, origin, tables)


def _sampled(frame: pl.DataFrame, model: Model, most: int) -> Sample:
    sample = sampled(frame, model, most)
    if sample.total < LEAST_PAIRS:
        raise _too_small(f"{sample.total} pairs of records that share something are too few", f"{LEAST_PAIRS} or more")
    return sample


def _learned(model: Model, found: Found, blocks: Chosen) -> dict[str, Any]:
    """What the origin of an epoch says of its blocks and levels."""
    told, assumed = _told(model, found), _assumed(model, found)
    return {"blocks": blocks.told, "blocking_loss": blocks.lost, "levels": told, "assumed": assumed}


def _alone(found: Found) -> bool:
    """Whether one comparison alone has data: whatever shares its levels have would fit."""
    return sum(bool(pairs.any()) for pairs in found.seen) == 1


def _weighed(model: Model, found: Found, general: bool) -> tuple[Weights, int]:
    """The weights of all levels and the prior; near what the model thinks where little is to be learned for others."""
    near = 0.0 if _alone(found) else NEAR if general else math.inf
    parts = zip(model.comparisons, found.bits, found.seen, strict=True)
    weights = {c.name: _weights(c, bits, pairs, near) for c, bits, pairs in parts}
    return weights, thousandths(model.prior if general or _alone(found) else found.odds)


def _too_small(message: str, hint: str) -> BadInputError:
    return BadInputError("too_small", message, hint)


def _check(frame: pl.DataFrame, model: Model, found: Found, compared: int) -> None:
    matches = found.share * compared
    if matches < LEAST_MATCHES:
        raise _too_small(f"about {matches:.0f} pairs that match are too few", f"{LEAST_MATCHES} or more")
    if matches > MOST_MATCHES * frame.height:
        raise VelocityError("not_separable", f"{matches / frame.height:.0f} matches a record are no people", _LOOK)
    if found.share > JUMP * found.thought:
        times = found.share / found.thought
        raise VelocityError("prior_jumped", f"{times:.0f} times as many matches as people would think there are", _LOOK)
    for comparison, seen in zip(model.comparisons, found.seen, strict=True):
        columns = [column for column in comparison.columns if column in frame.columns]
        filled = frame.select(pl.any_horizontal(pl.col(c).is_not_null() for c in columns).mean()).item()
        if filled >= FILLED and not seen.any() and comparison.name not in map(name_of, model.rarities):
            raise VelocityError("untrained", f"nothing was learned of {comparison.name!r} from data that has it", _LOOK)
    if turned := senseless(found, model):
        message = f"in {turned!r} a difference would speak more for a match than agreement"
        raise VelocityError("not_separable", message, _LOOK)


_LOOK = "see whether a value stands in most records, or a column is mapped to the wrong field"


def _weights(comparison: Comparison, learned: Floats, seen: Floats, near: float) -> dict[str, int]:
    """Thousandths of a bit, distinct and not zero: a level that would weigh what another does weighs one less.

    What is near never speaks more against a match than what differs: where it seems to, others of the records were near
    by chance, or made so.
    """
    opinion = thought(comparison)
    said = np.clip(learned, opinion - near, opinion + near)
    bits = (seen * said + THOUGHT * opinion) / (seen + THOUGHT)
    if comparison.differs:
        bits = np.where(opinion >= opinion[-1], np.maximum(bits, bits[-1]), bits)
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


def _bits(seen: pl.DataFrame, weights: Weights, prior: int) -> Ints:
    """Thousandths of a bit of pairs, by their levels."""
    parts = (np.array([*of.values(), 0])[seen[name].to_numpy()] for name, of in weights.items())
    return np.asarray(sum(parts, np.full(seen.height, prior, dtype=np.int64)))


def _join(bits: Ints, model: Model) -> float:
    """From how many bits on pairs join: `LENIENT` less than the model says at most, while few of them are wrong.

    Since bits are log odds, they say how many. Where hardly a pair is in doubt, those few may as well join.
    """
    least = model.join - LENIENT
    ordered = np.sort(bits[bits >= thousandths(least)])[::-1]
    wrong = np.cumsum(1 / (1 + 2.0 ** (ordered / 1000))) / np.arange(1, len(ordered) + 1)
    good = ordered[wrong <= WRONG]
    if not len(good):
        return model.join
    return least if len(good) == len(ordered) else min(model.join, math.ceil(good[-1] / 100) / 10)


def _histogram(bits: Ints, model: Model, chance: float) -> dict[str, int]:
    """Pairs by whole bits (`histogram`), as many as are compared: of a sample each stands for others."""
    frame = pl.DataFrame({"bits": bits}).with_columns(pairs=pl.lit(1 / chance))
    return histogram(frame.filter(pl.col("bits") >= thousandths(model.floor)))


def _assumed(model: Model, found: Found) -> list[str]:
    """The levels, as `comparison.level`, of which too little was seen to weigh them by it."""
    return [
        f"{c.name}.{level.name}"
        for c, seen in zip(model.comparisons, found.seen, strict=True)
        for level, n in zip(c.levels, seen, strict=True)
        if n < THOUGHT
    ]
