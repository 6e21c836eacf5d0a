"""Golden rows: which of the values that the records of one entity hold is the one we say of it, and why.

Of the records of an entity, ordered by recency (latest version first, then latest received, then key), the first with
the highest score wins. What scores is said by the rule of the field. Names, addresses and employers are taken as a
whole from one record, lest we say a mixture that nobody ever wrote.

Not here: cleaning of values (`identity.standardise`), values set by a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import polars as pl

from identity.fields import FIELDS, Entity

Rule = Literal["most_recent", "most_frequent", "earliest", "latest"]
EPOCH_MS = 10**14  # above any millisecond that a time stamp of this age has


@dataclass(frozen=True, slots=True)
class Unit:
    """Fields that are taken together from one record.

    `tiers`: a record that has all fields of an earlier tier beats every one that has not; one without any does not
    count. Among those of a tier the rule decides.
    """

    fields: tuple[str, ...]
    rule: Rule
    tiers: tuple[tuple[str, ...], ...]

    @classmethod
    def single(cls, field: str, rule: Rule = "most_recent") -> Unit:
        """A field on its own."""
        return cls((field,), rule, ((field,),))


NAME = Unit(
    ("first_name", "middle_name", "last_name", "full_name"),
    "most_frequent",
    (("first_name", "last_name"), ("full_name",), ("last_name",), ("first_name",)),
)
ADDRESS = Unit(
    ("street", "city", "region", "postcode", "country"),
    "most_recent",
    (("street", "city"), ("street", "postcode"), ("city",), ("postcode",), ("region",), ("country",), ("street",)),
)
EMPLOYER = Unit(("company_name", "company_domain"), "most_recent", (("company_name",), ("company_domain",)))

RULES: dict[Entity, tuple[Unit, ...]] = {  # every other field: the most recent value
    "contact": (
        NAME,
        ADDRESS,
        EMPLOYER,
        Unit.single("date_of_birth", "most_frequent"),
        Unit.single("national_id", "most_frequent"),
        Unit.single("gender", "most_frequent"),
        Unit.single("source_created_at", "earliest"),
        Unit.single("updated_at", "latest"),
    ),
    "account": (
        ADDRESS,
        Unit.single("name", "most_frequent"),
        Unit.single("tax_id", "most_frequent"),
        Unit.single("updated_at", "latest"),
    ),
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


def golden(records: pl.DataFrame, crosswalk: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """One row a canonical id, sorted by it.

    Takes a record frame and (key, id). Gives `canonical_id`, `display_name`, the fields of the entity but references
    (lists of text where multi-valued, best first, null when empty) and `records`, the number of records.
    """
    rows = _ranked(records, crosswalk)
    singles = [_pick(pl.col(field), unit).alias(field) for unit in units(entity) for field in unit.fields]
    scored = rows.with_columns(_score(unit).alias(_name(unit)) for unit in units(entity))
    made = scored.group_by("canonical_id", maintain_order=True).agg(*singles, pl.len().cast(pl.Int64).alias("records"))
    for field in _multi(entity):
        values = _values(rows, field).group_by("canonical_id", maintain_order=True).agg(pl.col("value").alias(field))
        made = made.join(values, on="canonical_id", how="left", maintain_order="left")
    display = pl.coalesce(DISPLAY[entity]).alias("display_name")
    return made.select("canonical_id", display, *_fields(entity), "records")


def provenance(records: pl.DataFrame, crosswalk: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Where each golden value comes from: `canonical_id`, `field`, `value`, `key` (the winning record), `rule`.

    A multi-valued field has a row for each value, in the order of the golden list; its key is the most recent record
    that holds the value. Meant for the records of a few ids.
    """
    return pl.concat(_origins(_ranked(records, crosswalk), entity)).sort("canonical_id", maintain_order=True)


def _origins(rows: pl.DataFrame, entity: Entity) -> Iterator[pl.DataFrame]:
    for unit in units(entity):
        scored = rows.with_columns(_score(unit).alias(_name(unit))).group_by("canonical_id", maintain_order=True)
        for field in unit.fields:
            value, key = _pick(pl.col(field), unit).alias("value"), _pick(pl.col("key"), unit).alias("key")
            yield _origin(scored.agg(value, key).drop_nulls("value"), field, unit.rule)
    for field in _multi(entity):
        yield _origin(_values(rows, field), field, "most_records")


def _origin(found: pl.DataFrame, field: str, rule: str) -> pl.DataFrame:
    return found.select("canonical_id", pl.lit(field).alias("field"), "value", "key", pl.lit(rule).alias("rule"))


def units(entity: Entity) -> list[Unit]:
    """What is taken together, and by which rule: all single-valued fields but references."""
    ruled = {field for unit in RULES[entity] for field in unit.fields}
    rest = [f.name for f in FIELDS[entity] if not f.multi and f.ref is None and f.name not in ruled]
    return [*RULES[entity], *(Unit.single(name) for name in rest)]


def _fields(entity: Entity) -> list[str]:
    return [f.name for f in FIELDS[entity] if f.ref is None]


def _multi(entity: Entity) -> list[str]:
    return [f.name for f in FIELDS[entity] if f.multi and f.ref is None]


def _name(unit: Unit) -> str:
    return f"_score_{unit.fields[0]}"


def _ranked(records: pl.DataFrame, crosswalk: pl.DataFrame) -> pl.DataFrame:
    """Records with their `canonical_id`, by id and recency."""
    joined = records.join(crosswalk.select("key", canonical_id="id"), on="key")
    order = ["canonical_id", "version_at", "received_at", "key"]
    return joined.sort(order, descending=[False, True, True, False])


def _pick(what: pl.Expr, unit: Unit) -> pl.Expr:
    """Of the winning record: the first with the highest score, null where no record has one."""
    return what.get(pl.col(_name(unit)).arg_max(), null_on_oob=True)


def _score(unit: Unit) -> pl.Expr:
    """Higher is better; null where the record has nothing to say."""
    scores: dict[Rule, pl.Expr] = {
        "most_recent": pl.lit(0, pl.Int64),
        "most_frequent": pl.len().over("canonical_id", *unit.fields).cast(pl.Int64),
        "latest": _millisecond(unit.fields[0]),
        "earliest": -_millisecond(unit.fields[0]),
    }
    tier = pl.lit(None, pl.Int64)
    for rank, fields in enumerate(reversed(unit.tiers)):
        has_all = pl.all_horizontal(pl.col(field).is_not_null() for field in fields)
        tier = pl.when(has_all).then(pl.lit(rank, pl.Int64)).otherwise(tier)
    return tier * EPOCH_MS + scores[unit.rule]


def _millisecond(field: str) -> pl.Expr:
    return pl.col(field).str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="ms", strict=False).to_physical()


def _values(rows: pl.DataFrame, field: str) -> pl.DataFrame:
    """Values of a multi-valued field: most records first, then most recent, then by value; `key` as in provenance."""
    exploded = (
        rows.select("canonical_id", "key", "version_at", value=pl.col(field)).explode("value").drop_nulls("value")
    )
    counted = exploded.group_by("canonical_id", "value", maintain_order=True).agg(
        pl.col("key").n_unique().alias("held_by"), pl.col("version_at").max(), pl.col("key").first()
    )
    order = ["canonical_id", "held_by", "version_at", "value"]
    return counted.sort(order, descending=[False, True, True, False])
