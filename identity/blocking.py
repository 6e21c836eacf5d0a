"""Which records are compared at all: blocks of records that agree in some features, huge ones left out.

Not here: the features and caps that a block is made of (`identity.contact_model`, `identity.account_model`).
"""

from __future__ import annotations

import polars as pl

from identity.model import Block, Model


def with_blocks(frame: pl.DataFrame, model: Model) -> pl.DataFrame:
    """The features with a column `blocks`, the numbers of each record's blocks (`list[u32]`, null where none).

    Only blocks of two records to their cap count. Numbers mean nothing beyond this frame.
    """
    members = pl.concat([_members(frame, block) for block in model.blocks])
    numbered = members.select("key", pl.col("block").rank("dense").cast(pl.UInt32))
    blocks = numbered.group_by("key").agg(blocks=pl.col("block").sort()).collect()
    return frame.join(blocks, on="key", how="left", maintain_order="left")


def _members(frame: pl.DataFrame, block: Block) -> pl.LazyFrame:
    """Columns `key` and `block`, the text of all values that the record agrees in; a record may stand in several."""
    held = frame.lazy().select("key", *block.features).drop_nulls()
    for column in block.features:
        if frame.schema[column] == pl.List(pl.String):
            held = held.explode(column)
    text = pl.concat_str(pl.lit(",".join(block.features)), *block.features, separator="\x1f")
    return held.select("key", block=text).filter(pl.len().over("block").is_between(2, block.cap))
