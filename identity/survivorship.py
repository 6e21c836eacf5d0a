"""Golden rows: which of the values that the records of one entity hold is the one we say of it, and why.

The rules are a contract (`identity.survivorship_rules`). Names, addresses and employers are taken as a whole from one
record, lest we say a mixture that nobody ever wrote; what a person set comes first, for the field alone that it names.

Not here: cleaning of values (`identity.standardise`), why a value lost (`identity.survivorship_reasons`).
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from identity.fields import FIELDS, Entity
from identity.frames import OVERRIDES, Schema
from identity.survivorship_candidates import Candidates, candidates, crowded, of_unit, ranking, values_of
from identity.survivorship_rules import Rules, Unit, shipped

NOBODY = pl.DataFrame(schema=OVERRIDES)
OVERRIDE = "override"
PROVENANCE: Schema = {
    "canonical_id": pl.String(),
    "field": pl.String(),
    "value": pl.String(),
    "rank": pl.Int64(),
    "key": pl.String(),
    "role": pl.String(),
    "rule": pl.String(),
    "decision": pl.Int64(),
}
DISPLAY: dict[Entity, tuple[pl.Expr, ...]] = {  # the first that is not null
    "contact": (
        pl.col("full_name"),
        pl.col("first_name") + " " + pl.col("last_name"),
        pl.coalesce("first_name", "last_name"),
        pl.col("email").list.first(),
        pl.col("phone").list.first(),
    ),
    "account": (pl.col("name"), pl.col("domain").list.first()),
}


def golden(
    records: pl.DataFrame,
    crosswalk: pl.DataFrame,
    entity: Entity,
    rules: Rules | None = None,
    overrides: pl.DataFrame = NOBODY,
) -> pl.DataFrame:
    """One row a canonical id, sorted by it, by some rules (else the shipped ones) and what people set (OVERRIDES).

    Takes a record frame and (key, id). Gives `canonical_id`, `display_name`, the fields of the entity but references
    (lists of text where multi-valued, best first, null when empty) and `records`, the number of records.
    """
    rules = rules or shipped(entity)
    pool = candidates(records, crosswalk)
    columns = dict(_columns(pool, rules))
    for (field,), said in _set(pool, overrides, entity).group_by("field"):
        columns[str(field)] = _with_set(columns[str(field)], said)
    made = pl.DataFrame({"canonical_id": pool.ids, **columns})
    counted = made.with_columns(records=pool.rows["c"].rle().struct.field("len").cast(pl.Int64))
    display = pl.coalesce(DISPLAY[entity]).alias("display_name")
    return counted.select("canonical_id", display, *(f.name for f in FIELDS[entity] if f.ref is None), "records")


def provenance(
    records: pl.DataFrame,
    crosswalk: pl.DataFrame,
    entity: Entity,
    rules: Rules | None = None,
    overrides: pl.DataFrame = NOBODY,
) -> pl.DataFrame:
    """Where each golden value comes from: `canonical_id`, `field`, `value`, `rank` (1, but in lists), `key` (the record
    that won), `role` (what of it: its fields, or attributes), `rule`, `decision` (of a value that a person set).

    A multi-valued field has a row for each value, in the order of the golden list; its key is the most recent record
    that holds the value. By id, in the order of the fields. Takes what `golden` takes.
    """
    rules = rules or shipped(entity)
    pool = candidates(records, crosswalk)
    found = pl.concat([*_origins(pool, rules), _set_origins(pool, _set(pool, overrides, entity))])
    order = {f.name: number for number, f in enumerate(FIELDS[entity])}
    place = pl.col("field").replace_strict(order, return_dtype=pl.Int64)
    by = ["canonical_id", "place", "decision", "rank"]
    ordered = found.with_columns(place=place).sort(by, nulls_last=True).drop("place")
    lists = pl.col("field").is_in([unit.name for unit in rules.lists])
    whole = ordered.unique(["canonical_id", "field", pl.when(lists).then("value")], keep="first", maintain_order=True)
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("canonical_id", "field")
    return whole.with_columns(rank=rank)


def _columns(pool: Candidates, rules: Rules) -> Iterator[tuple[str, pl.Series]]:
    """Each field's golden values, one an entity."""
    for unit in rules.units:
        own = of_unit(pool, unit, rules.entity)
        won = _winners(own, unit, rules)
        rows = _scattered(pool.ids.len(), won["c"], won["r"])
        yield from ((field, own.values[field].gather(rows)) for field in unit.fields)
    for unit in rules.lists:
        yield unit.name, _list(of_unit(pool, unit, rules.entity), unit, rules, pool.ids.len())


def _winners(own: Candidates, unit: Unit, rules: Rules) -> pl.DataFrame:
    """`c`, `record`, `r` and `role` of the best candidate of each entity; most have one alone, and no contest."""
    contested = crowded(own.rows["c"])
    ranked = ranking(own.only(contested), unit, rules)
    best = ranked.filter(_first(ranked["c"]))
    return pl.concat([frame.select("c", "record", "r", "role") for frame in (own.rows.filter(~contested), best)])


def _list(own: Candidates, unit: Unit, rules: Rules, size: int) -> pl.Series:
    """The values of a multi-valued field, best first; one value alone is as it is."""
    values = own.values[unit.name]
    contested = crowded(own.rows["c"]) | (values.list.len().gather(own.rows["r"]) > 1)
    ranked = values_of(own.only(contested), unit, rules).group_by("c", maintain_order=True).agg("value")
    plain = own.rows.filter(~contested)
    stands = pl.int_range(values.len(), values.len() + ranked.height, dtype=pl.UInt32, eager=True)
    rows = _scattered(size, pl.concat([plain["c"], ranked["c"]]), pl.concat([plain["r"], stands]))
    return pl.concat([values, ranked["value"]]).gather(rows)


def _scattered(size: int, places: pl.Series, values: pl.Series) -> pl.Series:
    return pl.repeat(None, size, dtype=pl.UInt32, eager=True).scatter(places, values)


def _first(sorted_numbers: pl.Series) -> pl.Series:
    return (sorted_numbers != sorted_numbers.shift(1)).fill_null(value=True)


def _set(pool: Candidates, overrides: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """What people set of these entities: `c`, `record`, `seq`, `field`, `value`; the later word holds."""
    mine = overrides.filter(pl.col("entity") == entity)
    rows = pool.rows if mine.height else pool.rows.clear()  # most have none, and keys of a million are not read for it
    named = rows.select("c", "record", key=pool.keys.gather(rows["record"]))
    found = named.join(mine, on="key").sort("seq").unique(["c", "field"], keep="last", maintain_order=True)
    return found.select("c", "record", "seq", "field", "value")


def _with_set(column: pl.Series, said: pl.DataFrame) -> pl.Series:
    """A field's golden values with what people set in their place; of a list, before the others."""
    if column.dtype == pl.String():
        return column.scatter(said["c"], said["value"])
    rest = column.gather(said["c"]).fill_null(pl.Series([[]], dtype=column.dtype))
    lists = said.select(pl.concat_list("value", rest).list.unique(maintain_order=True)).to_series()
    rows = pl.int_range(column.len(), dtype=pl.UInt32, eager=True)
    stands = pl.int_range(column.len(), column.len() + lists.len(), dtype=pl.UInt32, eager=True)
    return pl.concat([column, lists]).gather(rows.scatter(said["c"], stands))


def _origins(pool: Candidates, rules: Rules) -> Iterator[pl.DataFrame]:
    for unit in rules.units:
        own = of_unit(pool, unit, rules.entity)
        won = _winners(own, unit, rules)
        roles = pl.Series(unit.roles).gather(won["role"])
        for field in unit.fields:
            value = own.values[field].gather(won["r"])
            facts = {"value": value, "rank": 1, "role": roles, "rule": unit.rule}
            yield _origin(pool, won, field, facts).drop_nulls("value")
    for unit in rules.lists:
        ranked = values_of(of_unit(pool, unit, rules.entity), unit, rules).rename({"r": "record"})
        rank = pl.int_range(pl.len(), dtype=pl.Int64).over("c")
        facts = {"value": ranked["value"], "rank": ranked.select(rank).to_series(), "role": "main", "rule": unit.rule}
        yield _origin(pool, ranked, unit.name, facts)


def _set_origins(pool: Candidates, said: pl.DataFrame) -> pl.DataFrame:
    facts = {"value": said["value"], "rank": 1, "role": "main", "rule": OVERRIDE}
    return _origin(pool, said, said["field"], facts, said["seq"])


def _origin(
    pool: Candidates,
    found: pl.DataFrame,
    field: str | pl.Series,
    facts: dict[str, object],
    seq: pl.Series | None = None,
) -> pl.DataFrame:
    """Rows of `provenance` for the rows of a frame with `c` and `record`."""
    columns = {
        "canonical_id": pool.ids.gather(found["c"]),
        "field": field,
        **facts,
        "key": pool.keys.gather(found["record"]),
        "decision": seq,
    }
    facts = {name: value if isinstance(value, pl.Series) else pl.lit(value) for name, value in columns.items()}
    return found.with_columns(**facts).select(list(PROVENANCE)).cast(PROVENANCE)  # type: ignore[arg-type]
