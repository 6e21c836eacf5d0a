"""A model in Splink's words.

Not here: running Splink (`identity.scoring`).
"""

from __future__ import annotations

from typing import Any

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
