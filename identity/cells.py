"""One cell that a person writes, as a value of its field, the way that the cell of a file becomes one.

Not here: whole columns (`identity.standardise`), and what a row needs besides (`quality_checks.validation`).
"""

from __future__ import annotations

import polars as pl

from identity.errors import BadInputError
from identity.fields import FIELDS, Entity, Field
from identity.phones import e164
from identity.standardise import REASONS, clean_value, clean_values, unreadable


def golden_field(entity: Entity, name: str) -> Field:
    """A field that golden rows have; `unknown_field` lists them."""
    known = {field.name: field for field in FIELDS[entity] if field.ref is None}
    if name not in known:
        raise BadInputError("unknown_field", f"{name} is no field of {entity}", f"there are {', '.join(known)}")
    return known[name]


def cell_value(field: Field, text: str, country: str | None) -> str:
    """The clean value of a text; `bad_value` where there is none, more than one, or one that cannot be read."""
    cell = pl.DataFrame({"x": [text]})
    if field.multi:
        values = cell.select(x=clean_values([pl.col("x")], field))["x"]
        if field.kind == "phone":
            values = e164(values, pl.Series([country], dtype=pl.String))
        found = values.to_list()[0] or []
    else:
        found = cell.select(x=clean_value(pl.col("x"), field.kind))["x"].drop_nulls().to_list()
    wrong = pl.DataFrame({"x": found}, schema={"x": pl.String}).select(unreadable(pl.col("x"), field.kind)).to_series()
    if len(found) != 1 or wrong.any():
        why = REASONS.get(field.kind, "no value of it") if wrong.any() or not found else "more than one value"
        raise BadInputError("bad_value", f"this cannot be the {field.name} of anybody: {why}", "mend the value")
    return str(found[0])
