"""Work done once for each distinct value of a column: most values of records stand in many of them.

Not here: what is done (`identity.folding`, `identity.names`, `identity.mailboxes`, …).
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

Lookup = Callable[[str], "str | list[str] | None"]


def by_value(values: pl.Series, make: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What `make` makes of a column of text, asked for its distinct values only; it gives null for null."""
    distinct = values.drop_nulls().unique()
    if distinct.len() * 4 > values.len() * 3:
        return make(values.clone())  # `Series.scatter` writes in place
    table = pl.DataFrame({"x": distinct, "y": make(distinct.clone())})
    return values.alias("x").to_frame().join(table, on="x", how="left", maintain_order="left")["y"]


def once(
    text: pl.Expr, make: Callable[[pl.Expr], pl.Expr], dtype: pl.DataType | type[pl.DataType] = pl.String
) -> pl.Expr:
    """The same for an expression of a column."""

    def made(values: pl.Series) -> pl.Series:
        return values.alias("x").to_frame().select(make(pl.col("x"))).to_series()

    return text.map_batches(lambda values: by_value(values, made), return_dtype=dtype)


def looked_up(values: pl.Series, lookup: Lookup, dtype: pl.DataType) -> pl.Series:
    """What a table or a library says of each value."""

    def asked(distinct: pl.Series) -> pl.Series:
        said = [None if value is None else lookup(value) for value in distinct]
        if isinstance(dtype, pl.List):  # Polars makes a column of each list first; Arrow does not
            import pyarrow as pa  # noqa: PLC0415  heavy to load, and not needed where nothing is matched

            return pl.Series(pa.array(said, pa.large_list(pa.large_string())))
        return pl.Series(said, dtype=dtype)

    return by_value(values, asked)


def listed(rows: pl.Series, values: pl.Series, height: int) -> pl.Series:
    """Sorted lists of the distinct `values` of each of so many rows; null where there is none."""
    pairs = (
        pl.DataFrame({"row": rows, "value": values}, schema_overrides={"row": pl.UInt32})
        .drop_nulls()
        .sort("row", "value")
    )
    repeated = (pairs["row"] == pairs["row"].shift()) & (pairs["value"] == pairs["value"].shift())
    lists = pairs.filter(~repeated.fill_null(False)).group_by("row", maintain_order=True).agg("value")
    every = pl.DataFrame({"row": pl.int_range(height, dtype=pl.UInt32, eager=True)})
    return every.join(lists, on="row", how="left", maintain_order="left")["value"]


def exploded(lists: pl.Series) -> pl.DataFrame:
    """`row` and `value` of all values in a column of lists."""
    frame = pl.DataFrame({"value": lists}).with_row_index("row").explode("value", empty_as_null=True)
    return frame.drop_nulls("value")


def joined(rows: pl.Series, texts: pl.Series, height: int, between: str) -> pl.Series:
    """The texts of each of so many rows put together in their order; null where there is none."""
    pairs = pl.DataFrame({"row": rows, "text": texts}, schema_overrides={"row": pl.UInt32})
    whole = pairs.group_by("row", maintain_order=True).agg(pl.col("text").str.join(between))
    every = pl.DataFrame({"row": pl.int_range(height, dtype=pl.UInt32, eager=True)})
    return every.join(whole, on="row", how="left", maintain_order="left")["text"]
