"""Which records are compared at all: pairs of records that agree in the features of a block, huge blocks left out.

Not here: the features and caps that a block is made of (`identity.contact_model`, `identity.account_model`).
"""

from __future__ import annotations

import polars as pl

from identity.model import Block, Model

PAIRS = {"l": pl.UInt32(), "r": pl.UInt32()}


def candidates(frame: pl.DataFrame, model: Model) -> pl.DataFrame:
    """Row numbers `l` < `r` of the pairs of a feature frame that some block proposes, each once, sorted.

    Only blocks of two records to their cap count.
    """
    numbered = frame.lazy().select(pl.exclude("key")).with_row_index("row")
    found = [_pairs(_members(numbered, frame.schema, block)) for block in model.blocks]
    return pl.concat([pl.LazyFrame(schema=PAIRS), *found]).unique().sort("l", "r").collect()


def _members(numbered: pl.LazyFrame, schema: pl.Schema, block: Block) -> pl.LazyFrame:
    """Columns `row` and `block`, all values that the record agrees in; a record may stand in several."""
    held = numbered.select("row", *block.features).drop_nulls()
    for column in block.features:
        if schema[column] == pl.List(pl.String):
            held = held.explode(column)
    return held.select("row", block=pl.struct(block.features)).filter(pl.len().over("block").is_between(2, block.cap))


def _pairs(members: pl.LazyFrame) -> pl.LazyFrame:
    """Every two members of a block."""
    both = members.join(members, on="block").filter(pl.col("row") < pl.col("row_right"))
    return both.select(l="row", r="row_right").cast(PAIRS)  # type: ignore[arg-type]
