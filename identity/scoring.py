"""Pairs of records and their bits: Splink on DuckDB finds pairs and levels, the epoch's integers are summed here.

Not here: the model and its weights (`identity.epoch`), and which pairs hold in a cluster (`identity.clustering`).
"""

from __future__ import annotations

import logging
from typing import Any

import duckdb
import polars as pl
from splink import DuckDBAPI, Linker

from identity.blocking import with_blocks
from identity.epoch import NULL, Epoch, thousandths
from identity.errors import VelocityError
from identity.features import NORMALISER, features, screen
from identity.frames import EDGE
from identity.model import Comparison

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
    return _edges(_predict(blocked, epoch), blocked["key"], epoch)


def screened(records: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """The features of a record frame less the values over their limits, sorted by key."""
    if epoch.normaliser != NORMALISER:
        raise VelocityError("epoch_outdated", f"epoch {epoch.id} was made for other features", "train a new epoch")
    return screen(features(records, epoch.entity), epoch.model.limits)


def edge_schema(epoch: Epoch) -> dict[str, pl.DataType]:
    """The columns of an edge frame of this epoch."""
    return {**EDGE, **{f"bits_{c.name}": pl.Int64() for c in epoch.model.comparisons}}


def levels(left: pl.DataFrame, right: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """A column of bits for each comparison, row by row for two feature frames of the same length."""
    stacked = pl.concat([left, right]).drop("key").with_row_index("row").with_columns(pl.col("row") % left.height)
    sides = [stacked[: left.height], stacked[left.height :]]
    pair = sides[0].rename(lambda c: f"{c}_l").join(sides[1].rename(lambda c: f"{c}_r"), left_on="row_l", right_on="row_r")
    return pair


def _predict(blocked: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """Row numbers `unique_id_l`, `unique_id_r` of the pairs and `gamma_<comparison>`."""
    with duckdb.connect() as connection:
        connection.execute("set threads = 2").fetchall()
        api = DuckDBAPI(connection=connection)
        table = api.register(blocked.drop("key").with_row_index("unique_id").to_arrow())
        linker = Linker(table, settings(epoch), log_level=logging.ERROR)
        floor = epoch.model.floor - SLACK
        found = linker.inference.predict(threshold_match_weight=floor, warning_mode="never")
        return connection.sql(f"select {', '.join(_columns(epoch))} from {found.physical_name}").pl()


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
        .filter(pl.col("bits") >= thousandths(epoch.model.floor))
        .with_columns(answer=answer(epoch))
        .select(list(edge_schema(epoch)))
        .sort("left", "right")
        .collect()
    )


def answer(epoch: Epoch) -> pl.Expr:
    """`join`, `review` or `apart`, from the column `bits`."""
    bits = pl.col("bits")
    reviewed = pl.when(bits >= thousandths(epoch.model.review)).then(pl.lit("review")).otherwise(pl.lit("apart"))
    return pl.when(bits >= thousandths(epoch.model.join)).then(pl.lit("join")).otherwise(reviewed)


def _bits(comparison: Comparison, epoch: Epoch) -> pl.Expr:
    """Splink's float of a level is the epoch's integer, up to rounding."""
    del epoch
    return (pl.col(f"mw_{comparison.name}") * 1000).round().cast(pl.Int64)


def settings(epoch: Epoch) -> dict[str, Any]:
    """The epoch as Splink's settings: one rule over `blocks`, m and u so that each level has its weight."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "probability_two_random_records_match": 1 / (1 + 2.0**-epoch.model.prior),
        "blocking_rules_to_generate_predictions": [{"blocking_rule": "l.blocks = r.blocks", "arrays_to_explode": ["blocks"]}],
        "comparisons": [_comparison(c, epoch.weights[c.name]) for c in epoch.model.comparisons],
    }


def _comparison(comparison: Comparison, weights: dict[str, int]) -> dict[str, Any]:
    null = {"sql_condition": comparison.null, "label_for_charts": NULL, "is_null_level": True}
    given = [
        {"sql_condition": level.sql, "label_for_charts": level.name, **_odds(weights[level.name] / 1000)}
        for level in comparison.levels
    ]
    return {"output_column_name": comparison.name, "comparison_levels": [null, *given]}


def _odds(bits: float) -> dict[str, float]:
    """Probabilities m and u whose ratio is 2 ** bits."""
    return {"m_probability": 0.5 * min(1.0, 2.0**bits), "u_probability": 0.5 * min(1.0, 2.0**-bits)}
