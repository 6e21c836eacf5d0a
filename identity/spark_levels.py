"""The levels of comparisons as functions of a Spark session: in its workers DuckDB finds them, by batches of pairs.

Spark's functions of likeness are not DuckDB's (ADR 13), so no condition is said in Spark's dialect: Splink asks which
level the function gives.

Not here: running Splink (`identity.spark`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from identity.fields import Entity
from identity.model import ELSE, Comparison, Model

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_NULL = -1


def registered(model: Model, session: SparkSession) -> Model:
    """The model with conditions that call functions, which the session has from now on."""
    return replace(model, comparisons=tuple(_registered(c, model.entity, session) for c in model.comparisons))


def finder(comparison: Comparison) -> Callable[..., pa.Array[Any]]:
    """A function from columns, in the order of `ends`, to the number of each pair's level; -1 is `null`."""
    cases = [f"when {comparison.null} then {_NULL}"]
    cases += [f"when {x.sql} then {n}" for n, x in enumerate(comparison.levels) if x.sql != ELSE]
    names = ends(comparison)
    query = f"select (case {' '.join(cases)} else {len(comparison.levels) - 1} end)::integer as level from batch"

    def find(*columns: pa.Array[Any]) -> pa.Array[Any]:
        with duckdb.connect(config={"threads": 1}) as connection:  # Spark has as many workers as it is given cores
            connection.register("batch", pa.table(dict(zip(names, columns, strict=True))))
            level: pa.Array[Any] = connection.sql(query).to_arrow_table()["level"].combine_chunks()
            return level

    return find


def ends(comparison: Comparison) -> list[str]:
    """The columns of a pair that a comparison reads."""
    return [f"{column}_{side}" for column in comparison.columns for side in "lr"]


def _registered(comparison: Comparison, entity: Entity, session: SparkSession) -> Comparison:
    from pyspark.sql.functions import arrow_udf  # noqa: PLC0415 - pyspark is an extra

    name = f"velocity_{entity}_{comparison.name}"
    find = finder(comparison)

    def found(*columns: pa.Array[Any]) -> pa.Array[Any]:
        return find(*columns)

    found.__annotations__ = {"columns": pa.Array, "return": pa.Array}  # Spark reads types, not their names
    session.udf.register(name, arrow_udf(found, "int"))
    call = f"{name}({', '.join(ends(comparison))})"
    levels = [x if x.sql == ELSE else replace(x, sql=f"{call} = {n}") for n, x in enumerate(comparison.levels)]
    return replace(comparison, null=f"{call} = {_NULL}", levels=tuple(levels))
