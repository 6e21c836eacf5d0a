"""Features as an epoch may use them: values that too many records share are taken out, for they identify nobody.

Not here: the features (`identity.features`) and the limits (`identity.contact_model`, `identity.account_model`).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from identity.epoch import Epoch
from identity.errors import VelocityError
from identity.features import NORMALISER, features


def screened(records: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """The features of a record frame less the values over their limits, sorted by key."""
    if epoch.normaliser != NORMALISER:
        raise VelocityError("epoch_outdated", f"epoch {epoch.id} was made for other features", "train a new epoch")
    return screen(features(records, epoch.entity), epoch.model.limits)


def screen(frame: pl.DataFrame, limits: Mapping[str, int]) -> pl.DataFrame:
    """The features less the values that more records hold than their column's limit: they identify nobody."""
    for column, limit in limits.items():
        listed = frame.schema[column] == pl.List(pl.String)
        held = frame.lazy().select(column).with_row_index("row").drop_nulls()
        held = held.explode(column) if listed else held
        shared = held.group_by(column).len().filter(pl.col("len") > limit).select(column).collect()
        if not shared.is_empty():
            frame = _less(frame, held.collect(), shared) if listed else _nulled(frame, shared)
    return frame


def _nulled(frame: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    (column,) = shared.columns
    return frame.with_columns(pl.when(~pl.col(column).is_in(shared[column].implode())).then(column))


def _less(frame: pl.DataFrame, held: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Lists without the shared values; only rows that hold one are made anew."""
    (column,) = shared.columns
    touched = held.join(held.join(shared, on=column, how="semi").select("row").unique(), on="row", how="semi")
    left = touched.join(shared, on=column, how="anti").group_by("row").agg(pl.col(column).sort())
    anew = touched.select("row").unique().join(left, on="row", how="left").with_columns(_touched=pl.lit(True))
    joined = frame.with_row_index("row").join(anew, on="row", how="left", suffix="_left", maintain_order="left")
    kept = pl.when(pl.col("_touched").is_null()).then(column).otherwise(f"{column}_left").alias(column)
    return joined.with_columns(kept).select(frame.columns)
