"""Making an epoch: Splink's estimates from records without labels, held within the ranges of the model.

Not here: where the records come from, and which epoch is in force.
"""

from __future__ import annotations

import logging
import math
from typing import Any

import duckdb
import polars as pl
from splink import DuckDBAPI, Linker

from identity.epoch import Epoch
from identity.errors import BadInputError, VelocityError
from identity.features import NORMALISER, features
from identity.model import Comparison, Level, Model
from identity.screening import screen
from identity.splink_settings import settings

LEAST_RECORDS = 1000
SEED = 1
PAIRS = 1e6  # sampled for u
FILLED = 0.05  # share of records that have a feature from which its comparison must be trained

Estimates = dict[str, dict[str, tuple[float | None, float | None]]]  # m and u, None where not observed


def train(records: pl.DataFrame, model: Model, source: str, pairs: float = PAIRS) -> Epoch:
    """An epoch of a model from a record frame of its entity: u by sampling, m by expectation maximisation.

    A level of which one probability was never observed takes the end of its range that says so, one of which nothing
    was observed the middle; `origin` lists those. `BadInputError` `too_small` for too few records, `VelocityError`
    `untrained` where a comparison has data and no estimate. `source` says in words where the records come from; `pairs`
    are sampled for u.
    """
    if records.height < LEAST_RECORDS:
        raise BadInputError(
            "too_small", f"{records.height} records are too few to train on", f"{LEAST_RECORDS} or more"
        )
    frame = screen(features(records, model.entity), model.limits)
    found = _estimates(frame, model, pairs)
    _check_trained(frame, model, found)
    weights = {c.name: _weights(c, found[c.name]) for c in model.comparisons}
    origin = {"source": source, "records": records.height, "assumed": _assumed(found), "seed": SEED}
    return Epoch(model, weights, NORMALISER, origin)


def _estimates(frame: pl.DataFrame, model: Model, pairs: float) -> Estimates:
    with duckdb.connect() as connection:
        connection.execute("set threads = 1").fetchall()  # sums in one order: the same data, the same epoch
        api = DuckDBAPI(connection=connection)
        linker = Linker(api.register(_table(frame)), settings(model), log_level=logging.ERROR)
        linker.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=SEED)
        for rule in model.training:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        learned = linker.misc.save_model_to_json()
    return {c["output_column_name"]: _of_comparison(c["comparison_levels"]) for c in learned["comparisons"]}


def _table(frame: pl.DataFrame) -> Any:
    blocks = pl.lit(None, pl.List(pl.UInt32)).alias("blocks")  # the settings speak of it, training does not use it
    return frame.drop("key").with_columns(blocks).with_row_index("unique_id").to_arrow()


def _of_comparison(levels: list[dict[str, Any]]) -> dict[str, tuple[float | None, float | None]]:
    given = (level for level in levels if not level.get("is_null_level"))
    return {x["label_for_charts"]: (_number(x.get("m_probability")), _number(x.get("u_probability"))) for x in given}


def _number(estimate: object) -> float | None:
    """Splink writes a text where a level was not observed."""
    return estimate if isinstance(estimate, float) and estimate > 0 else None


def _check_trained(frame: pl.DataFrame, model: Model, found: Estimates) -> None:
    for comparison in model.comparisons:
        filled = frame.select(pl.any_horizontal(pl.col(c).is_not_null() for c in comparison.columns).mean()).item()
        if filled >= FILLED and all(m is None for m, _ in found[comparison.name].values()):
            raise VelocityError("untrained", f"nothing was learned of {comparison.name!r} from data that has it")


def _weights(comparison: Comparison, found: dict[str, tuple[float | None, float | None]]) -> dict[str, int]:
    """Thousandths of a bit, distinct and not zero: a level that would weigh what another does weighs one less."""
    weights: dict[str, int] = {}
    for level in comparison.levels:
        weight = round(1000 * min(max(_bits(level, *found[level.name]), level.low), level.high))
        while weight == 0 or weight in weights.values():
            weight -= 1
        weights[level.name] = weight
    return weights


def _bits(level: Level, m: float | None, u: float | None) -> float:
    if m is not None and u is not None:
        return math.log2(m / u)
    if m is None and u is None:
        return (level.low + level.high) / 2
    return level.low if m is None else level.high


def _assumed(found: Estimates) -> list[str]:
    """The levels, as `comparison.level`, of which nothing or only one side was observed."""
    return [f"{name}.{level}" for name, levels in found.items() for level, pair in levels.items() if None in pair]
