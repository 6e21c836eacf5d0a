"""The bits of chosen pairs as `identity.scoring` gives them, to the integer, computed by Splink on a Spark session.

Needs the extra `spark`; the session is the caller's (docs/spark.md).

Not here: what finds the levels in the workers (`identity.spark_levels`), and DuckDB alone, which is the default
(`identity.scoring`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import polars as pl
from splink import Linker

from identity.epoch import Epoch
from identity.rarity import rated
from identity.spark_levels import registered
from identity.splink_settings import settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def compare(frame: pl.DataFrame, pairs: pl.DataFrame, epoch: Epoch, session: SparkSession) -> pl.DataFrame:
    """`bits_<comparison>` in thousandths of a bit, 0 where nothing can be said, of each pair, in the order of `pairs`.

    `frame` are features; `pairs` has their row numbers in the columns `l` < `r`, each pair once, sorted.
    """
    names = [c.name for c in epoch.model.comparisons]
    if pairs.is_empty():
        return pl.DataFrame(schema={f"bits_{name}": pl.Int32() for name in names})
    bits = {f"bits_{name}": (pl.col(f"mw_{name}") * 1000).round().cast(pl.Int32) for name in names}
    return _predict(frame, pairs, epoch, session).sort("unique_id_l", "unique_id_r").select(**bits)


def _predict(frame: pl.DataFrame, pairs: pl.DataFrame, epoch: Epoch, session: SparkSession) -> pl.DataFrame:
    """Row numbers `unique_id_l`, `unique_id_r` and `mw_<comparison>` of the pairs."""
    from splink.backends.spark import SparkAPI  # noqa: PLC0415 - pyspark is an extra

    used = pl.concat([pairs["l"], pairs["r"]]).unique().sort()
    table = rated(frame[used].drop("key").with_columns(unique_id=used), epoch.model, epoch.frequencies)
    asked = pairs.select(match_key=pl.lit("0"), join_key_l="l", join_key_r="r")
    columns = ["unique_id_l", "unique_id_r", *(f"mw_{c.name}" for c in epoch.model.comparisons)]
    api = SparkAPI(spark_session=session, register_udfs_automatically=False)  # type: ignore[no-untyped-call]
    words = settings(registered(epoch.model, session), epoch.weights)
    linker = Linker(api.register(_signed(table)), words, log_level=logging.ERROR)
    linker.table_management.register_blocked_pairs_for_predict(api.register(_signed(asked)))
    found = linker.inference.predict(warning_mode="never").as_spark_dataframe()
    levels = pl.from_arrow(found.select(columns).toArrow())
    assert isinstance(levels, pl.DataFrame)  # noqa: S101 - a table gives a frame
    return levels


def _signed(frame: pl.DataFrame) -> object:
    """An Arrow table for Spark, which knows no unsigned numbers."""
    return frame.cast({pl.UInt32: pl.Int64, pl.UInt16: pl.Int32, pl.UInt8: pl.Int16}).to_arrow()
