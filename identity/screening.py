"""Features as an epoch may use them: what many records share identifies nobody, and what some share no single person.

Not here: the features (`identity.features`), and the limits and crowds themselves (`identity.contact_model`).
"""

from __future__ import annotations

import polars as pl

from identity.model import Model, crowd_of


def screen(frame: pl.DataFrame, model: Model) -> pl.DataFrame:
    """The features less the values that more records hold than their column's limit or crowd.

    Values over a crowd and within the limit go to the column `<column>_crowd`.
    """
    for column, limit in model.limits.items():
        frame = _screened(frame, column, limit, model.crowds.get(column))
    return frame


def screened(features: pl.DataFrame, model: Model) -> pl.DataFrame:
    """The same, with all values of a limited column beside it where some were taken out, so that `unscreened` gives the
    features again.
    """
    frame = screen(features, model)
    whole = {
        _whole(name): pl.when(features[name].ne_missing(frame[name])).then(features[name]) for name in model.limits
    }
    return frame.with_columns(**whole)


def unscreened(frame: pl.DataFrame, model: Model) -> pl.DataFrame:
    """The features of which `screened` made a frame."""
    whole = [pl.coalesce(_whole(name), name).alias(name) for name in model.limits]
    crowds = [pl.lit(None, frame.schema[crowd_of(name)]).alias(crowd_of(name)) for name in model.crowds]
    return frame.with_columns(*whole, *crowds).drop(_whole(name) for name in model.limits)


def _whole(column: str) -> str:
    """All values of a limited column, where some of them were taken out; else null."""
    return f"{column}_whole"


def _screened(frame: pl.DataFrame, column: str, limit: int, crowd: int | None) -> pl.DataFrame:
    listed = frame.schema[column] == pl.List(pl.String)
    asked = frame.lazy().select(column).with_row_index("row").drop_nulls()
    held = (asked.explode(column) if listed else asked).collect()
    shared = held.group_by(column).len().filter(pl.col("len") > (limit if crowd is None else crowd))
    if not shared.is_empty():
        frame = _less(frame, held, shared) if listed else _nulled(frame, shared)
    if crowd is None:
        return frame
    crowded = held.join(shared.filter(pl.col("len") <= limit), on=column)
    lists = crowded.group_by("row").agg(pl.col(column).sort().alias(crowd_of(column)))
    rows = pl.int_range(frame.height, dtype=pl.UInt32, eager=True).alias("row").to_frame()
    return frame.with_columns(rows.join(lists, on="row", how="left", maintain_order="left")[crowd_of(column)])


def _nulled(frame: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    column = shared.columns[0]
    return frame.with_columns(pl.when(~pl.col(column).is_in(shared[column].implode())).then(column))


def _less(frame: pl.DataFrame, held: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Lists without the shared values; only rows that hold one are made anew."""
    column = shared.columns[0]
    touched = held.join(held.join(shared, on=column, how="semi").select("row").unique(), on="row", how="semi")
    left = touched.join(shared, on=column, how="anti").group_by("row").agg(pl.col(column).sort())
    anew = touched.select("row").unique().join(left, on="row", how="left").with_columns(_touched=pl.lit(True))
    lists = frame.select(column).with_row_index("row")  # alone: a join of all columns would copy them
    joined = lists.join(anew, on="row", how="left", suffix="_left", maintain_order="left")
    kept = pl.when(pl.col("_touched").is_null()).then(column).otherwise(f"{column}_left").alias(column)
    return frame.with_columns(joined.select(kept).to_series())
