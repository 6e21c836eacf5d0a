"""Which records are compared at all: pairs of records that agree in the features of a block, huge blocks left out.

A change touches only the blocks of the records that came, changed or went: the others propose what they did. Values are
told apart by 64-bit hashes: should two ever meet in one, a pair more is compared, or a block is left out.

Not here: the features and caps that a block is made of (`identity.contact_model`, `identity.account_model`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from identity.model import Block, Model

PAIRS = {"l": pl.UInt32(), "r": pl.UInt32()}
RIGHT = np.uint64(32)  # bits of the right row in a pair that is written as one number

Numbers = NDArray[np.uint64]
Flags = NDArray[np.bool_]


class Held(NamedTuple):
    """What records hold in a block: a `code` for each combination of values, and the `row` that holds it."""

    row: NDArray[np.uint32]
    code: Numbers

    def where(self, these: Flags) -> Held:
        """Some of it."""
        return Held(self.row[these], self.code[these])


def candidates(frame: pl.DataFrame, model: Model, rows: pl.Series | None = None) -> pl.DataFrame:
    """Row numbers `l` < `r` of the pairs of a feature frame that some block proposes, each once, sorted.

    Only blocks of two records to their cap count. Of all pairs, or of those with an end in `rows`.
    """
    pairs = np.concatenate([np.empty(0, np.uint64), *_proposed(frame, model, rows)])
    return _unpacked(_distinct(pairs))


def attributed(frame: pl.DataFrame, model: Model, rows: pl.Series | None = None) -> pl.DataFrame:
    """The same, with `blocks`: a bit for each block of the model that proposes the pair, from the first one on."""
    parts = [
        pl.DataFrame({"pair": _distinct(pairs)}).with_columns(block=pl.lit(1 << number, pl.UInt64))
        for number, pairs in enumerate(_proposed(frame, model, rows))
    ]
    found = pl.concat(parts).group_by("pair").agg(blocks=pl.col("block").sum()).sort("pair")
    return _unpacked(found["pair"].to_numpy()).with_columns(found["blocks"])


def size(frame: pl.DataFrame, model: Model) -> int:
    """How many pairs the blocks propose; one that several values or blocks propose counts as often."""
    return sum(_size(_held(frame, block), block.cap) for block in model.blocks)


def reblocked(frame: pl.DataFrame, new: pl.Series, gone: pl.DataFrame, model: Model) -> pl.Series:
    """Rows of the members of blocks that crossed their cap, either way, when the rows `new` came and `gone` went."""
    came = _marked(new, frame.height)
    crossed = [_crossed(_held(frame, block), came, _held(gone, block).code, block.cap) for block in model.blocks]
    return pl.Series(np.unique(np.concatenate([np.empty(0, np.uint32), *crossed])), dtype=pl.UInt32)


def _held(frame: pl.DataFrame, block: Block) -> Held:
    held = frame.lazy().select(block.features).with_row_index("row").drop_nulls()
    for column in block.features:
        if frame.schema[column] == pl.List(pl.String):
            held = held.explode(column)
    values = pl.struct(block.features) if len(block.features) > 1 else pl.col(block.features)
    found = held.select("row", code=values.hash()).collect()
    return Held(found["row"].to_numpy(), found["code"].to_numpy())


def _marked(rows: pl.Series, size: int) -> Flags:
    marked = np.zeros(size, np.bool_)
    marked[rows.to_numpy()] = True
    return marked


def _among(codes: Numbers, wanted: Numbers) -> Flags:
    return np.asarray(pl.Series(codes).is_in(pl.Series(np.unique(wanted)).implode()).to_numpy(), np.bool_)


def _proposed(frame: pl.DataFrame, model: Model, rows: pl.Series | None) -> list[Numbers]:
    """The pairs of each block, some of them several times, as numbers: the left row, then the right one."""
    mine = None if rows is None else _marked(rows, frame.height)
    return [_pairs(_held(frame, block), block.cap, mine) for block in model.blocks]


def _grouped(held: Held) -> tuple[Held, NDArray[np.int64], NDArray[np.int64]]:
    """The same sorted by code and row, where each group starts, and how many it has."""
    order = np.lexsort((held.row, held.code))
    held = Held(held.row[order], held.code[order])
    starts = np.flatnonzero(np.r_[True, held.code[1:] != held.code[:-1]][: len(held.code)])
    return held, starts, np.diff(np.r_[starts, len(held.code)])


def _size(held: Held, cap: int) -> int:
    sizes = _grouped(held)[2]
    sizes = sizes[sizes <= cap]
    return int((sizes * (sizes - 1) // 2).sum())


def _pairs(held: Held, cap: int, mine: Flags | None) -> Numbers:
    """Every two members of a block, or those of which one is `mine`."""
    if mine is not None:
        held = held.where(_among(held.code, held.code[mine[held.row]]))
    held, starts, sizes = _grouped(held)
    fitting = np.repeat((sizes > 1) & (sizes <= cap), sizes)
    at, ends = np.flatnonzero(fitting), np.repeat(starts + sizes, sizes)[fitting]
    made = [np.empty(0, np.uint64)]
    for apart in range(1, cap):
        inside = at + apart < ends
        at, ends = at[inside], ends[inside]
        if not len(at):
            break
        one, other = held.row[at], held.row[at + apart]
        if mine is not None:
            asked = mine[one] | mine[other]
            one, other = one[asked], other[asked]
        made.append(one.astype(np.uint64) << RIGHT | other)
    return np.concatenate(made)


def _distinct(pairs: Numbers) -> Numbers:
    pairs = np.sort(pairs)
    distinct: Numbers = pairs[np.r_[True, pairs[1:] != pairs[:-1]][: len(pairs)]]
    return distinct


def _unpacked(pairs: Numbers) -> pl.DataFrame:
    return pl.DataFrame({"l": (pairs >> RIGHT).astype(np.uint32), "r": pairs.astype(np.uint32)})


def _crossed(held: Held, came: Flags, went: Numbers, cap: int) -> NDArray[np.uint32]:
    """Rows of the members of groups that were on the other side of the cap."""
    held = held.where(_among(held.code, np.r_[held.code[came[held.row]], went]))
    now = pl.DataFrame({"row": held.row, "code": held.code, "came": came[held.row]})
    gone = pl.Series("code", went).value_counts(name="went").cast({"went": pl.Int64})
    counted = now.join(gone, on="code", how="left").with_columns(
        now=pl.len().over("code").cast(pl.Int64), came=pl.col("came").sum().over("code").cast(pl.Int64)
    )
    was = pl.col("now") - pl.col("came") + pl.col("went").fill_null(0)
    return counted.filter((was <= cap) != (pl.col("now") <= cap))["row"].to_numpy()
