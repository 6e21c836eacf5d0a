"""The bits of chosen pairs as `identity.scoring` gives them, computed by Splink on a Spark session.

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
from identity.spark_levels import RECORD, registered
from identity.splink_settings import settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def compare(frame: pl.DataFrame, pairs: pl.DataFrame, epoch: Epoch, session: SparkSession) -> pl.DataFrame:
    """`bits_<comparison>` in thousandths of a bit, 0 where nothing can be said, of each pair, in the order of `pairs`.

    `frame` are features; `pairs` has their row numbers in the columns `l` and `r`.
    """
    names = [c.name for c in epoch.model.comparisons]
    if pairs.is_empty():
        return pl.DataFrame(schema={f"bits_{name}": pl.Int32() for name in names})
    asked = pairs.select(match_key=pl.int_range(pl.len()), join_key_l="l", join_key_r="r")
    found = _predicted(_records(frame, pairs, epoch), asked, epoch, session)
    bits = {f"bits_{name}": (pl.col(f"mw_{name}") * 1000).round().cast(pl.Int32) for name in names}
    return found.sort("match_key").select(**bits)


def _records(frame: pl.DataFrame, pairs: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """What is compared of the records of the pairs, under their row numbers."""
    used = pl.concat([pairs["l"], pairs["r"]]).unique().sort()
    columns = sorted({column for c in epoch.model.comparisons for column in c.columns})
    table = rated(frame[used], epoch.model, epoch.frequencies)
    return table.select(pl.struct(columns).alias(RECORD)).with_columns(unique_id=used)


def _predicted(records: pl.DataFrame, asked: pl.DataFrame, epoch: Epoch, session: SparkSession) -> pl.DataFrame:
    """Splink's answer for each pair: `match_key`, the number it was asked under, and the bits `mw_<comparison>`."""
    from splink.backends.spark import SparkAPI  # noqa: PLC0415 - pyspark is an extra

    api = SparkAPI(spark_session=session, register_udfs_automatically=False)  # type: ignore[no-untyped-call]
    words = settings(registered(epoch.model, session), epoch.weights)
    linker = Linker(api.register(_signed(records)), words, log_level=logging.ERROR)
    linker.table_management.register_blocked_pairs_for_predict(api.register(_signed(asked)))
    found = linker.inference.predict(warning_mode="never").as_spark_dataframe()
    answers = ["match_key", *(f"mw_{c.name}" for c in epoch.model.comparisons)]
    return pl.DataFrame(found.select(answers).toArrow())


def _signed(frame: pl.DataFrame) -> object:
    """An Arrow table for Spark, which knows no unsigned numbers."""
    return frame.cast({pl.UInt32: pl.Int64}).to_arrow()
