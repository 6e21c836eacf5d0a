"""Pairs of records and their bits: Splink on DuckDB finds pairs and levels, the epoch's integers are summed here.

Not here: the model and its weights (`identity.epoch`), and which pairs hold in a cluster (`identity.clustering`).
"""

from __future__ import annotations

import logging

import duckdb
import polars as pl
import pyarrow as pa
from splink import DuckDBAPI, Linker

from identity.blocking import with_blocks
from identity.epoch import Epoch, thousandths
from identity.frames import EDGE
from identity.model import Comparison
from identity.screening import screened
from identity.splink_settings import settings

SLACK = 1.0  # bits; Splink's floats only preselect, the integers decide


def score(records: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """All pairs of a record frame (any order, keys unique) that a block proposes and that reach the epoch's floor.

    EDGE columns, `cut` null, then `bits_<comparison>` in thousandths of a bit, 0 where nothing can be said; sorted by
    `left`, `right`. The same set of records gives the same frame.
    """
    frame = screened(records, epoch)
    blocked = with_blocks(frame, epoch.model).filter(pl.col("blocks").is_not_null())
    if blocked.is_empty():
        return pl.DataFrame(schema=edge_schema(epoch))
    found = _edges(_predict(blocked, epoch), blocked["key"], epoch)
    return found.filter(pl.col("bits") >= thousandths(epoch.model.floor))


def edge_schema(epoch: Epoch) -> dict[str, pl.DataType]:
    """The columns of an edge frame of this epoch."""
    return {**EDGE, **{f"bits_{c.name}": pl.Int64() for c in epoch.model.comparisons}}


def compare(frame: pl.DataFrame, pairs: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """The edges of chosen pairs, whatever their bits, blocked or not.

    `frame` are features; `pairs` has their row numbers in the columns `l` < `r`, each pair once.
    """
    return _edges(_predict(frame, epoch, pairs), frame["key"], epoch)


def _predict(frame: pl.DataFrame, epoch: Epoch, pairs: pl.DataFrame | None = None) -> pl.DataFrame:
    """Row numbers `unique_id_l`, `unique_id_r` and `gamma_<comparison>` of the pairs given, else of all in a block."""
    with duckdb.connect() as connection:
        api = DuckDBAPI(connection=connection)
        linker = Linker(api.register(_numbered(frame)), settings(epoch.model, epoch.weights), log_level=logging.ERROR)
        if pairs is None:
            floor = epoch.model.floor - SLACK
            found = linker.inference.predict(threshold_match_weight=floor, warning_mode="never")
        else:
            asked = pairs.select(match_key=pl.lit("0"), join_key_l="l", join_key_r="r")
            linker.table_management.register_blocked_pairs_for_predict(api.register(asked.to_arrow()))
            found = linker.inference.predict(warning_mode="never")
        levels: pl.DataFrame = connection.sql(f"select {', '.join(_columns(epoch))} from {found.physical_name}").pl()
        return levels


def _numbered(frame: pl.DataFrame) -> pa.Table:
    blocks = [] if "blocks" in frame.columns else [pl.lit(None, pl.List(pl.UInt32)).alias("blocks")]
    return frame.drop("key").with_columns(blocks).with_row_index("unique_id").to_arrow()


def _columns(epoch: Epoch) -> list[str]:
    return ["unique_id_l", "unique_id_r", *(f"mw_{c.name}" for c in epoch.model.comparisons)]


def _edges(predicted: pl.DataFrame, keys: pl.Series, epoch: Epoch) -> pl.DataFrame:
    comparisons = epoch.model.comparisons
    weighed = predicted.lazy().select(
        left=keys.gather(predicted["unique_id_l"]),
        right=keys.gather(predicted["unique_id_r"]),
        **{f"bits_{c.name}": _bits(c, epoch) for c in comparisons},
    )
    total = pl.sum_horizontal(f"bits_{c.name}" for c in comparisons) + thousandths(epoch.model.prior)
    return (
        weighed.with_columns(bits=total, cut=pl.lit(None, pl.String), epoch=pl.lit(epoch.id))
        .with_columns(answer=_answer(epoch))
        .select(list(edge_schema(epoch)))
        .sort("left", "right")
        .collect()
    )


def _answer(epoch: Epoch) -> pl.Expr:
    """`join`, `review` or `apart`, from the column `bits`."""
    bits = pl.col("bits")
    reviewed = pl.when(bits >= thousandths(epoch.model.review)).then(pl.lit("review")).otherwise(pl.lit("apart"))
    return pl.when(bits >= thousandths(epoch.model.join)).then(pl.lit("join")).otherwise(reviewed)


def _bits(comparison: Comparison, epoch: Epoch) -> pl.Expr:
    """Splink's float of a level is the epoch's integer, up to rounding."""
    del epoch
    return (pl.col(f"mw_{comparison.name}") * 1000).round().cast(pl.Int64)
