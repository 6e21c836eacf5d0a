"""The levels of a model as one function of a Spark session: in its workers DuckDB finds them, by batches of pairs.

Spark's functions of likeness are not DuckDB's (ADR 13), so no condition is said in Spark's dialect: Splink asks which
level the function gives. Spark calls it once a pair, however often Splink's query speaks of it.

Not here: running Splink (`identity.spark`), and the query that DuckDB runs (`identity.splink_settings`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from identity.model import ELSE, Comparison, Model
from identity.splink_settings import levels_sql

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RECORD = "record"  # the column that holds what is compared of a record, as a struct


def registered(model: Model, session: SparkSession) -> Model:
    """The model with conditions that call a function over two records, which the session has from now on."""
    from pyspark.sql.functions import arrow_udf  # noqa: PLC0415 - pyspark is an extra

    name = f"velocity_{model.entity}"
    gammas = [f"gamma_{c.name}" for c in model.comparisons]
    find = finder(levels_sql(model.comparisons))
    session.udf.register(name, arrow_udf(find, f"struct<{','.join(f'{gamma}:int' for gamma in gammas)}>"))
    calls = [f"{name}({RECORD}_l, {RECORD}_r).{gamma}" for gamma in gammas]
    comparisons = zip(model.comparisons, calls, strict=True)
    return replace(model, comparisons=tuple(_asking(comparison, call) for comparison, call in comparisons))


def finder(query: str) -> Callable[[Any, Any], Any]:
    """A function from two arrays of records to what the query says of each pair of them."""

    def find(left: pa.StructArray, right: pa.StructArray) -> pa.Array[Any]:
        pairs = pa.table({**_columns(left, "_l"), **_columns(right, "_r")})
        answers: Any = _connection().register("pairs", pairs).sql(query).to_arrow_table().to_struct_array()
        return answers.combine_chunks()  # type: ignore[no-any-return]

    find.__annotations__ = {"left": pa.Array, "right": pa.Array, "return": pa.Array}  # Spark reads types, not names
    return find


def _columns(records: pa.StructArray, suffix: str) -> dict[str, pa.Array[Any]]:
    return {field.name + suffix: values for field, values in zip(records.type, records.flatten(), strict=True)}


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """One in each worker's process; Spark has as many of them as it is given cores."""
    return duckdb.connect(config={"threads": 1})


def _asking(comparison: Comparison, call: str) -> Comparison:
    """The comparison by the numbers that Splink gives its levels: -1 is null, 0 the last."""
    last = len(comparison.levels) - 1
    levels = [x if x.sql == ELSE else replace(x, sql=f"{call} = {last - n}") for n, x in enumerate(comparison.levels)]
    return replace(comparison, null=f"{call} = -1", levels=tuple(levels))
