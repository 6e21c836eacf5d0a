"""Data health of a client: what is missing of what matters, on what its records disagree, their age, what is in doubt.

Not here: whether a source is late (`resources.views`), what is valid (`identity.validity`), which value of several
survives (`identity.survivorship`).
"""

from __future__ import annotations

import polars as pl

from identity.fields import FIELDS, Entity, Field
from identity.sections import beside, instant_text, listed
from identity.validity import valid

STANDING = {"filled": (1, 2), "invalid": (2,), "missing": (0,)}  # by the state of a field
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
    made = golden.select("canonical_id", "records").hstack(_standing(golden, matters, entity))
    for part in (ages, pairs, conflicts(records, entity)):
        made = beside(made, part)
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
    values = {name: pl.col(name).n_unique() - pl.col(name).has_nulls().cast(pl.UInt32) for name in names}
    counts = several.group_by("canonical_id").agg(**values)
    rows = counts.unpivot(index="canonical_id", variable_name="field", value_name="values").filter(pl.col("values") > 1)
    return listed(rows.sort("canonical_id", "field"), "conflicts", ["field", "values"])


def _standing(golden: pl.DataFrame, matters: list[str], entity: Entity) -> pl.DataFrame:
    """Which of the fields that matter are filled, which of these nobody can work with, and which are missing.

    Few combinations come up, so the lists are made of distinct ones, each told by a number.
    """
    known = sorted((f for f in FIELDS[entity] if f.name in matters and f.ref is None), key=lambda field: field.name)
    states = [_state(field).cast(pl.Int64) * 3**place for place, field in enumerate(known)]
    numbers = golden.with_columns(number=pl.sum_horizontal(pl.lit(0, pl.Int64), *states)).select("number")
    rows = [(number, *_named(known, number)) for number in numbers["number"].unique()]
    schema = {"number": pl.Int64(), **dict.fromkeys(STANDING, pl.List(pl.String()))}
    lists = pl.DataFrame(rows, schema=schema, orient="row")
    return numbers.join(lists, on="number", maintain_order="left").drop("number")


def _state(field: Field) -> pl.Expr:
    """0 missing, 1 filled, 2 filled and not valid; of a list the best value counts."""
    best = pl.col(field.name).list.first() if field.multi else pl.col(field.name)
    wrong = ~valid(best, field.kind).fill_null(True)
    return pl.when(pl.col(field.name).is_null()).then(0).when(wrong).then(2).otherwise(1)


def _named(known: list[Field], number: int) -> tuple[list[str], ...]:
    """The names that a number tells, in the order of STANDING."""
    states = {field.name: number // 3**place % 3 for place, field in enumerate(known)}
    return tuple([name for name, state in states.items() if state in of] for of in STANDING.values())
