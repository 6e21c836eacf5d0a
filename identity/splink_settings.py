"""A model in Splink's words.

Not here: running Splink (`identity.scoring`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl
from splink import SettingsCreator
from splink.internals.comparison_creator import ComparisonCreator

from identity.epoch import NULL, Weights
from identity.model import Comparison, Model


def settings(model: Model, weights: Weights) -> dict[str, Any]:
    """Splink's settings: one blocking rule over the column `blocks`; m and u so that each level has its weight."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,  # without them Splink gives no levels
        "probability_two_random_records_match": 0.5,  # the prior is added by us, as an integer
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": "l.blocks = r.blocks", "arrays_to_explode": ["blocks"]}
        ],
        "comparisons": [_comparison(c, weights[c.name]) for c in model.comparisons],
    }


def _comparison(comparison: Comparison, weights: dict[str, int]) -> dict[str, Any]:
    null = {"sql_condition": comparison.null, "label_for_charts": NULL, "is_null_level": True}
    given = [
        {"sql_condition": level.sql, "label_for_charts": level.name, **_odds(weights[level.name])}
        for level in comparison.levels
    ]
    return {"output_column_name": comparison.name, "comparison_levels": [null, *given]}


def _odds(weight: int) -> dict[str, float]:
    """Probabilities m and u whose ratio is the weight, in thousandths of a bit."""
    bits = weight / 1000
    return {"m_probability": 0.5 * min(1.0, 2.0**bits), "u_probability": 0.5 * min(1.0, 2.0**-bits)}


@cache
def levels_sql(comparisons: tuple[Comparison, ...]) -> str:
    """The query by which Splink tells the level of each comparison of the rows of `pairs`, in DuckDB's dialect.

    It has a column `gamma_<comparison>` for each: see `level_number`.
    """
    weightless: list[ComparisonCreator | dict[str, Any]] = [
        _comparison(c, {level.name: 0 for level in c.levels}) for c in comparisons
    ]
    made = SettingsCreator(link_type="dedupe_only", comparisons=weightless).get_settings("duckdb")
    return f"select {', '.join(comparison._case_statement for comparison in made.comparisons)} from pairs"


def level_number(comparison: Comparison) -> pl.Expr:
    """The place of a level in its comparison, which Splink counts from the last as `gamma_<comparison>`; -1 is null."""
    gamma = pl.col(f"gamma_{comparison.name}")
    number = pl.when(gamma < 0).then(gamma).otherwise(len(comparison.levels) - 1 - gamma)
    return number.cast(pl.Int32).alias(comparison.name)
