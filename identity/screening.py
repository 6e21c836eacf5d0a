"""Features as an epoch may use them: values that too many records share are taken out, for they identify nobody.

Not here: the features (`identity.features`) and the limits (`identity.contact_model`, `identity.account_model`).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from identity.epoch import Epoch
from identity.errors import VelocityError
from identity.features import NORMALISER, features, tidy


def screened(records: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """The features of a record frame less the values over their limits, sorted by key."""
    if epoch.normaliser != NORMALISER:
        raise VelocityError("epoch_outdated", f"epoch {epoch.id} was made for other features", "train a new epoch")
    return screen(features(records, epoch.entity), epoch.model.limits)


def screen(frame: pl.DataFrame, limits: Mapping[str, int]) -> pl.DataFrame:
    """The features less the values that more records hold than their column's limit: they identify nobody."""
    for column, limit in limits.items():
        held = frame.lazy().select("key", column)
        listed = frame.schema[column] == pl.List(pl.String)
        held = held.explode(column) if listed else held
        counts = held.drop_nulls().group_by(column).len().filter(pl.col("len") > limit).collect()
        if not counts.is_empty():
            frame = frame.with_columns(_less(pl.col(column), counts[column], listed))
    return frame


def _less(values: pl.Expr, shared: pl.Series, listed: bool) -> pl.Expr:
    if not listed:
        return pl.when(~values.is_in(shared.implode())).then(values)
    return tidy(values.list.set_difference(pl.lit(shared.implode()).first()))
