"""Contracts of accepted rows, as pandera schemas: what every stage after them may rely on.

They are written apart from the rules that split the rows, and so they find an error in those. pandera takes two
CPU-seconds to import: nothing that definitions load imports this module.

Not here: the rules by which a row is rejected (`quality_checks.validation`).
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from identity.fields import FIELDS, Entity, Field

INSTANT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$"
PATTERNS = {
    "email": r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
    "phone": r"^\+?\d{6,}$",
    "domain": r"^[^\s@/]+\.[^\s@/]+$",
    "birth": r"^\d{4}-\d{2}-\d{2}$",
    "date": r"^\d{4}-\d{2}-\d{2}$",
    "timestamp": INSTANT,
    "amount": r"^-?\d+(\.\d+)?$",
}


def contract(entity: Entity, columns: list[str]) -> pa.DataFrameSchema:
    """The schema of the accepted rows of an entity, for those of its fields that are present."""
    fields = {f.name: _column(f) for f in FIELDS[entity] if f.name in columns}
    ids = {"source_id": pa.Column(pl.String, pa.Check.str_length(min_value=1), nullable=False, unique=True)}
    lines = {"_line": pa.Column(pl.Int64, pa.Check.ge(1), nullable=False, unique=True)}
    return pa.DataFrameSchema({**ids, **lines, **fields})


def _column(field: Field) -> pa.Column:
    if field.multi:
        return pa.Column(pl.List(pl.String), _every(field), nullable=True)
    pattern = PATTERNS.get(field.kind)
    return pa.Column(pl.String, pa.Check.str_matches(pattern) if pattern else None, nullable=True)


def _every(field: Field) -> pa.Check | None:
    """Each value of a list is of its kind."""
    pattern = PATTERNS.get(field.kind)
    if pattern is None:
        return None

    def holds(data: pa.PolarsData) -> pl.LazyFrame:
        good = pl.col(data.key).list.eval(pl.element().str.contains(pattern)).list.all()
        return data.lazyframe.select(good.fill_null(True))

    return pa.Check(holds, name=f"every {field.kind}")


def violations(accepted: pl.DataFrame, entity: Entity) -> dict[str, int]:
    """How many values break the contract, by column and check; empty where it holds. Values are never given."""
    try:
        contract(entity, accepted.columns).validate(accepted, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.group_by("column", "check").len()
        return {f"{column}: {check}": count for column, check, count in cases.sort("column", "check").iter_rows()}
    return {}
