"""Who may say what of an entity, and how the candidates of a unit compare, criterion by criterion.

Not here: what the contract says (`identity.survivorship_rules`), and golden rows (`identity.survivorship`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from identity.fields import FIELDS, Entity, Field
from identity.standardise import clean_value
from identity.survivorship_rules import MAIN, Criterion, Rules, Unit
from identity.validity import valid

BY = "by_"  # begins the name of a criterion's column
HEAD = ("c", "record", "r", "age", "place", "source", "role")


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows of HEAD: `c` the number of the entity among `ids`, `record` the row of the records, `r` the row of `values`
    in which the candidate stands, `age` the rank of its version (higher is later), `place` that of its key, `role` the
    number of its role.

    They stand by entity, the latest first, then by key: contests that recency alone decides need no sorting.
    """

    ids: pl.Series
    rows: pl.DataFrame
    values: pl.DataFrame
    keys: pl.Series  # of the records

    def only(self, chosen: pl.Series) -> Candidates:
        """The same with some of the rows, given by a mask."""
        return replace(self, rows=self.rows.filter(chosen))


def candidates(records: pl.DataFrame, crosswalk: pl.DataFrame) -> Candidates:
    """The records of a frame, each a candidate in the role `main`; takes a record frame and (key, id)."""
    joined = records.select("key", "source", age=pl.struct("version_at", "received_at").rank("dense")).with_row_index(
        "record"
    )
    joined = joined.join(crosswalk.select("key", "id"), on="key")
    ids = joined["id"].unique().sort()
    numbers = pl.DataFrame({"id": ids}).with_row_index("c")
    rows = joined.join(numbers, on="id").with_columns(
        r="record", place=pl.col("key").rank("ordinal"), role=pl.lit(0, pl.UInt32)
    )
    ordered = rows.select(HEAD).sort("c", "age", "place", descending=[False, True, False])
    return Candidates(ids, ordered, records, records["key"])


def of_unit(pool: Candidates, unit: Unit, entity: Entity) -> Candidates:
    """The candidates of a unit: those that say something of it, in each of its roles."""
    whole = _with_roles(pool, unit, entity) if unit.roles != (MAIN,) else pool
    says = whole.values.select(_says(unit)).to_series()
    return whole.only(says.gather(whole.rows["r"]))


def crowded(numbers: pl.Series) -> pl.Series:
    """Which of these sorted numbers stand there more than once."""
    same = (numbers == numbers.shift(1)).fill_null(value=False)
    return same | same.shift(-1, fill_value=False)


def ranking(pool: Candidates, unit: Unit, rules: Rules) -> pl.DataFrame:
    """HEAD and a column of each criterion (higher is better), the best of each entity first."""
    frame = pool.rows.hstack(pool.values.select(unit.fields)[pool.rows["r"]])
    kinds = {field.name: field for field in FIELDS[rules.entity]}
    frame = frame.select(*HEAD, **{BY + name: _score(name, unit, rules, kinds) for name in unit.criteria})
    return frame if unit.criteria == ("recency",) else _ordered(frame, unit.criteria, ("place", "role"))


def values_of(pool: Candidates, unit: Unit, rules: Rules) -> pl.DataFrame:
    """The values of a list, the best of each entity first: `c`, `value`, `r` (the latest record that holds it), a
    column of each criterion.
    """
    (name,) = unit.fields
    (field,) = (f for f in FIELDS[rules.entity] if f.name == name)
    frame = pool.rows.with_columns(value=pool.values[name].gather(pool.rows["r"]))
    held = frame.explode("value", empty_as_null=False, keep_nulls=False).drop_nulls("value")
    scores = {
        "frequency": pl.len().cast(pl.Int64),  # a record holds a value once
        "recency": pl.col("age").max(),
        "trust": _trust(rules).max(),
    }
    counted = held.group_by("c", "value").agg(
        pl.col("r").first(), **{BY + name: scores[name] for name in unit.criteria if name in scores}
    )
    if "validity" in unit.criteria:
        counted = counted.with_columns(**{BY + "validity": valid(pl.col("value"), field.kind).cast(pl.Int64)})
    return _ordered(counted, unit.criteria, ("value",))


def _ordered(frame: pl.DataFrame, criteria: tuple[Criterion, ...], rest: tuple[str, ...]) -> pl.DataFrame:
    """By entity, each criterion (the highest first) and what is left to tell candidates apart."""
    falling = [False, *(True for _ in criteria), *(False for _ in rest)]
    return frame.sort("c", *(BY + name for name in criteria), *rest, descending=falling, nulls_last=True)


def _says(unit: Unit) -> pl.Expr:
    """Whether a record has all fields of any tier."""
    return pl.any_horizontal(pl.all_horizontal(pl.col(field).is_not_null() for field in tier) for tier in unit.tiers)


def _score(name: Criterion, unit: Unit, rules: Rules, kinds: dict[str, Field]) -> pl.Expr:
    fields = [kinds[field] for field in unit.fields]
    scores: dict[Criterion, Callable[[], pl.Expr]] = {
        "role": lambda: -pl.col("role").cast(pl.Int64),
        "validity": lambda: pl.all_horizontal(valid(pl.col(f.name), f.kind).fill_null(True) for f in fields).cast(
            pl.Int64
        ),
        "completeness": lambda: _tier(unit),
        "trust": lambda: _trust(rules),
        "frequency": lambda: _said_by(unit),
        "recency": lambda: pl.col("age"),
        "latest": lambda: _moment(unit.fields[0]),
        "earliest": lambda: -_moment(unit.fields[0]),
    }
    return scores[name]()


def _tier(unit: Unit) -> pl.Expr:
    """The number of tiers from the end to the first that is whole."""
    rank = pl.lit(None, pl.Int64)
    for number, tier in enumerate(reversed(unit.tiers), start=1):
        whole = pl.all_horizontal(pl.col(field).is_not_null() for field in tier)
        rank = pl.when(whole).then(pl.lit(number, pl.Int64)).otherwise(rank)
    return rank


def _said_by(unit: Unit) -> pl.Expr:
    """How many records say the same."""
    records = pl.len() if unit.roles == (MAIN,) else pl.col("place").n_unique()
    return records.over("c", *unit.fields).cast(pl.Int64)


def _trust(rules: Rules) -> pl.Expr:
    if not rules.trust:
        return pl.lit(0, pl.Int64)
    return pl.col("source").replace_strict(rules.trust, default=0, return_dtype=pl.Int64)


def _moment(field: str) -> pl.Expr:
    """Times as they are kept sort as text."""
    return pl.col(field).rank("dense").cast(pl.Int64)


def _with_roles(pool: Candidates, unit: Unit, entity: Entity) -> Candidates:
    """Each record also as what its attributes `<role>_<field>` say, cleaned as cells of the field are."""
    rows, values = [], [pool.values.select(unit.fields)]
    after = pool.values.height
    for number, role in enumerate(unit.roles):
        if role == MAIN:
            rows.append(pool.rows.with_columns(role=pl.lit(number, pl.UInt32)))
            continue
        held = pool.rows.with_columns(text=pool.values["attributes"].gather(pool.rows["r"]))
        held = held.filter(pl.col("text").str.contains(f'"{role}_', literal=True))
        values.append(in_role(held["text"], role, unit.fields, entity))
        stands = pl.int_range(pl.len(), dtype=pl.UInt32) + after
        rows.append(held.with_columns(r=stands, role=pl.lit(number, pl.UInt32)).select(HEAD))
        after += held.height
    ordered = pl.concat(rows).sort("c", "age", "place", "role", descending=[False, True, False, False])
    return replace(pool, rows=ordered, values=pl.concat(values))


def in_role(attributes: pl.Series, role: str, fields: tuple[str, ...], entity: Entity) -> pl.DataFrame:
    """What attributes (JSON text) say of fields in a role, cleaned as cells of the fields are."""
    kinds = {field.name: field.kind for field in FIELDS[entity]}
    said = pl.Struct({f"{role}_{field}": pl.String() for field in fields})
    cells = attributes.str.json_decode(said).struct.unnest()
    return cells.select(clean_value(pl.col(f"{role}_{field}"), kinds[field]).alias(field) for field in fields)
