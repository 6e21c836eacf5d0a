"""How many share a value: a name that thousands bear says little of who bears it.

An epoch counts the values of some features in the records that it was trained on; a value's class is how often it stood
there, four times as often from class to class. A value that is not in the table is as rare as the rarest in it, never
rarer, and without a table nothing is said. A list (the words of a name) is given as `<feature>_rate` with each value in
it as often as it is rare: a class that is four times as rare is one more.

Source: term-frequency adjustments, Winkler (2000), "Frequency-based matching in the Fellegi-Sunter model of record
linkage", here as levels of a comparison of their own, so that training finds what each class weighs.

Not here: which features are counted and what the classes weigh (`identity.contact_model`, `identity.epoch`).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from identity.model import ELSE, Comparison, Level, Model

LEAST = 5  # records that hold a value before it is counted: what fewer hold could tell of a person
CLASSES = 6

Frequencies = Mapping[str, Mapping[str, int]]


def counted(frame: pl.DataFrame, model: Model) -> dict[str, dict[str, int]]:
    """How many records of a feature frame hold each value of the features that the model counts, if LEAST or more."""
    tables = {}
    for column in model.rarities:
        values = frame.select(column).drop_nulls()
        values = values.explode(column) if _listed(frame, column) else values
        counts = values.group_by(column).len().filter(pl.col("len") >= LEAST).sort(column)
        tables[column] = dict(counts.iter_rows())
    return tables


def rated(frame: pl.DataFrame, model: Model, frequencies: Frequencies) -> pl.DataFrame:
    """The features with `<feature>_rate`, the class of a counted feature's value: 0 is rare; null without a table.

    Of a list it is the list with each value as often as it is rare.
    """
    for column in model.rarities:
        table = frequencies.get(column, {})
        if _listed(frame, column):
            repeated = _repeated(column, table) if table else pl.lit(None, pl.List(pl.String))
            frame = frame.with_columns(repeated.alias(f"{column}_rate"))
            continue
        rate = pl.lit(None, pl.Int8)
        if table:
            classes = {value: _class(count) for value, count in table.items()}
            known = pl.col(column).replace_strict(classes, default=0, return_dtype=pl.Int8)
            rate = pl.when(pl.col(column).is_not_null()).then(known)
        frame = frame.with_columns(rate.alias(f"{column}_rate"))
    return frame


def _listed(frame: pl.DataFrame, column: str) -> bool:
    return frame.schema[column] == pl.List(pl.String)


def _repeated(column: str, table: Mapping[str, int]) -> pl.Expr:
    """Each value of a list as often as it is rare, so that lists are weighed by counting."""
    most = max(map(_class, table.values()))
    times = {value: most - _class(count) for value, count in table.items()}
    value = pl.element()
    rare = value.replace_strict(times, default=most, return_dtype=pl.Int8)
    copies = [pl.when(rare >= n).then(value + f" {n}") for n in range(1, most + 1)]
    return pl.col(column).list.eval(pl.concat_list(value, *copies).explode().drop_nulls())


def _class(count: int) -> int:
    """0 for 5 to 19 records, 1 for 20 to 79, and so on."""
    return min((count // LEAST).bit_length() - 1, 2 * CLASSES - 1) // 2


def rarity(column: str) -> Comparison:
    """The comparison of how rare the value is that two records share."""
    rate = f"{column}_rate_l"
    classes = tuple(Level(f"class_{n}", f"{rate} = {n}" if n < CLASSES - 1 else ELSE, 1.0 - n) for n in range(CLASSES))
    nothing = f"{column}_rate_l is null or {column}_rate_r is null or {column}_l <> {column}_r"
    return Comparison(name_of(column), nothing, classes, differs=False)


def name_of(column: str) -> str:
    """The name of the comparison of a feature's rarity."""
    return f"{column}_rarity"
