"""Which records are compared at all: blocks of records that agree in some features, huge ones left out.

Not here: the features and caps that a block is made of (`identity.contact_model`, `identity.account_model`).
"""

from __future__ import annotations

import polars as pl

from identity.model import Model


def with_blocks(frame: pl.DataFrame, model: Model) -> pl.DataFrame:
    """The features with a column `blocks`, the numbers of each record's blocks (`list[u32]`, null where none).

    Only blocks of two to `block_cap` records count. Numbers mean nothing beyond this frame.
    """
    member = pl.concat([_members(frame, block) for block in model.blocks]).unique()
    size = pl.len().over("block")
    numbered = member.filter((size > 1) & (size <= model.block_cap)).select(
        "key", pl.col("block").rank("dense").cast(pl.UInt32)
    )
    blocks = numbered.group_by("key").agg(blocks=pl.col("block").sort()).collect()
    return frame.join(blocks, on="key", how="left", maintain_order="left")


def _members(frame: pl.DataFrame, block: tuple[str, ...]) -> pl.LazyFrame:
    """Columns `key` and `block`, the text of all values that the record agrees in; a record may stand in several."""
    held = frame.lazy().select("key", *block).drop_nulls()
    for column in block:
        if frame.schema[column] == pl.List(pl.String):
            held = held.explode(column)
    text = pl.concat_str(pl.lit(",".join(block)), *block, separator="\x1f")
    return held.select("key", block=text)
