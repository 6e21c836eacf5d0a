"""Data health of a client: what is missing of what matters, on what its records disagree, their age, what is in doubt.

Not here: whether a source is late (`resources.views`), and which value of several survives (`identity.survivorship`).
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from identity.fields import FIELDS, Entity, Field, Kind
from identity.sections import instant_text, listed

FORMS: dict[Kind, str] = {  # what a value of a kind looks like that one can work with; others are as good as filled
    "email": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "phone": r"^\+[1-9]\d{6,14}$",
    "domain": r"^[^.\s]+(\.[^.\s]+)+$",
    "url": r"^https?://",
    "country": r"^[A-Z]{2}$",
}
DATED = ("timestamp",)  # kinds of which records say different things without disagreeing


def health(golden: pl.DataFrame, records: pl.DataFrame, doubts: pl.DataFrame, matters: list[str], entity: Entity
           ) -> pl.DataFrame:  # fmt: skip
    """`health` of each client: `conflicts` [{field, values}], `doubtful_pairs`, `filled`, `invalid`, `missing` (of the
    fields that matter), `newest_version_at`, `oldest_version_at`, `received_at` (of the newest), `records`, `sources`.

    Records have `canonical_id`; `doubts` is a row (`canonical_id`) for each doubtful pair and client at its end.
    """
    ages = records.group_by("canonical_id").agg(
        newest_version_at=pl.col("version_at").max(), oldest_version_at=pl.col("version_at").min(),
        received_at=pl.col("received_at").max(), sources=pl.col("source").n_unique().cast(pl.Int64),
    )  # fmt: skip
    pairs = doubts.group_by("canonical_id").agg(doubtful_pairs=pl.len().cast(pl.Int64))
    made = golden.select("canonical_id", pl.col("records"), **_standing(golden, matters, entity))
    for part in (ages, pairs, conflicts(records, entity)):
        made = made.join(part, on="canonical_id", how="left")
    none = pl.lit([], made.schema["conflicts"])
    made = made.with_columns(
        pl.col("doubtful_pairs").fill_null(0),
        pl.col("conflicts").fill_null(none),
        *(instant_text(name) for name in ("newest_version_at", "oldest_version_at", "received_at")),
    )
    return made.select("canonical_id", health=pl.struct(sorted(set(made.columns) - {"canonical_id"})))


def conflicts(records: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """`conflicts` [{field, values}]: fields of one value, and how many different ones the records of a client hold."""
    names = [f.name for f in FIELDS[entity] if not f.multi and f.ref is None and f.kind not in DATED]
    several = records.select("canonical_id", *names).filter(pl.len().over("canonical_id") > 1)
    counts = several.group_by("canonical_id").agg(pl.col(name).drop_nulls().n_unique() for name in names)
    rows = counts.unpivot(index="canonical_id", variable_name="field", value_name="values").filter(pl.col("values") > 1)
    return listed(rows.sort("canonical_id", "field"), "conflicts", ["field", "values"])


def _standing(golden: pl.DataFrame, matters: list[str], entity: Entity) -> dict[str, pl.Expr]:
    """Which of the fields that matter are filled, which of these nobody can work with, and which are missing."""
    known = [field for field in FIELDS[entity] if field.name in matters and field.name in golden.columns]
    there = {field.name: pl.col(field.name).is_not_null() for field in known}
    wrong = {field.name: (~_well_formed(field)).fill_null(False) for field in known}
    return {
        "filled": _where(there.items()),
        "invalid": _where(wrong.items()),
        "missing": _where((name, ~is_there) for name, is_there in there.items()),
    }


def _well_formed(field: Field) -> pl.Expr:
    best = pl.col(field.name).list.first() if field.multi else pl.col(field.name)
    form = FORMS.get(field.kind)
    return best.str.contains(form) if form else pl.lit(True)


def _where(conditions: Iterable[tuple[str, pl.Expr]]) -> pl.Expr:
    """The names, in alphabetical order, whose condition holds."""
    named = [pl.when(holds).then(pl.lit(name)) for name, holds in sorted(conditions, key=lambda pair: pair[0])]
    return pl.concat_list(named).list.drop_nulls() if named else pl.lit([], pl.List(pl.String()))
