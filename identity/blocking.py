"""Which records are compared at all: pairs of records that agree in the features of a block, huge blocks left out.

A change touches only the blocks of the records that came, changed or went: the others propose what they did.

Not here: the features and caps that a block is made of (`identity.contact_model`, `identity.account_model`).
"""

from __future__ import annotations

import polars as pl

from identity.model import Block, Model

PAIRS = {"l": pl.UInt32(), "r": pl.UInt32()}


def candidates(frame: pl.DataFrame, model: Model, rows: pl.Series | None = None) -> pl.DataFrame:
    """Row numbers `l` < `r` of the pairs of a feature frame that some block proposes, each once, sorted.

    Only blocks of two records to their cap count. Of all pairs, or of those with an end in `rows`.
    """
    found = [_pairs(_held(frame, block), block, rows) for block in model.blocks]
    return pl.concat([pl.LazyFrame(schema=PAIRS), *found]).unique().sort("l", "r").collect()


def reblocked(frame: pl.DataFrame, new: pl.Series, gone: pl.DataFrame, model: Model) -> pl.Series:
    """Rows of the members of blocks that crossed their cap, either way, when the rows `new` came and `gone` went."""
    found = [_crossed(frame, new, gone, block) for block in model.blocks]
    return pl.concat([pl.LazyFrame(schema={"row": pl.UInt32}), *found]).unique().collect()["row"]


def _held(frame: pl.DataFrame, block: Block) -> pl.LazyFrame:
    """Columns `row` and the features of a block, a row for all values that the record agrees in."""
    held = frame.lazy().select(block.features).with_row_index("row").drop_nulls()
    for column in block.features:
        if frame.schema[column] == pl.List(pl.String):
            held = held.explode(column)
    return held


def _of(held: pl.LazyFrame, rows: pl.Series) -> pl.LazyFrame:
    return held.join(rows.alias("row").to_frame().lazy(), on="row", how="semi")


def _pairs(held: pl.LazyFrame, block: Block, rows: pl.Series | None) -> pl.LazyFrame:
    """Every two members of a block."""
    on = list(block.features)
    if rows is not None:
        held = held.join(_of(held, rows).select(on).unique(), on=on, how="semi")
    members = held.filter(pl.len().over(on).is_between(2, block.cap))
    mine = members if rows is None else _of(members, rows)
    both = mine.join(members, on=on).filter(pl.col("row") != pl.col("row_right"))
    ends = pl.min_horizontal("row", "row_right"), pl.max_horizontal("row", "row_right")
    return both.select(l=ends[0], r=ends[1]).cast(PAIRS)  # type: ignore[arg-type]


def _crossed(frame: pl.DataFrame, new: pl.Series, gone: pl.DataFrame, block: Block) -> pl.LazyFrame:
    on = list(block.features)
    held = _held(frame, block)
    came = _of(held, new).group_by(on).agg(came=pl.len())
    went = _held(gone, block).group_by(on).agg(went=pl.len())
    changed = came.join(went, on=on, how="full", coalesce=True).fill_null(0)
    members = held.join(changed, on=on).with_columns(now=pl.len().over(on).cast(pl.Int64))
    was = pl.col("now") - pl.col("came").cast(pl.Int64) + pl.col("went").cast(pl.Int64)
    return members.filter((was <= block.cap) != (pl.col("now") <= block.cap)).select("row")
