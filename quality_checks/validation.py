"""Splitting the rows of a batch: accepted, rejected (line, column, value, reason), superseded. No row is dropped.

Not here: cleaning of values (`identity.standardise`), contracts on what was accepted (`quality_checks.contracts`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from identity.dates import TIMESTAMP
from identity.fields import Entity, Field
from identity.keys import keyless_id, source_id
from identity.mapping import OWN_BATCH, OWN_LINE, Mapping
from identity.phones import e164
from identity.records import make_records, sightings
from identity.standardise import (
    REASONS,
    ROUNDED,
    clean_value,
    clean_values,
    reference,
    references,
    unreadable,
)
from resources.catalog import Counts
from resources.erasures import NOTHING, Withheld
from resources.readers import Part
from resources.readers.table import LINE, PLACE, RAGGED

NEEDED: dict[Entity, tuple[str, ...]] = {  # a row without any of these says nothing of anybody
    "contact": (
        "first_name",
        "last_name",
        "full_name",
        "email",
        "phone",
        "national_id",
        "date_of_birth",
    ),
    "account": ("name", "domain"),
    "opportunity": ("name", "amount", "stage", "status", "account_source_id"),
    "activity": ("kind", "at", "subject"),
}
LONGEST = 500  # characters of an id or of a field: longer ones are no name of anything, and no index holds them
TOO_LONG = f"longer than {LONGEST} characters"
MENDS = pl.struct(
    pl.col(OWN_BATCH).replace("", None), pl.col(OWN_LINE).str.strip_chars("'").cast(pl.Int64, strict=False)
).alias("_mends")
NOBODY = pl.Series(LINE, [], pl.Int64())
LATER = "the same id stands again in this file, newer"
LOST = "a spreadsheet has rounded this number: export it again, as text"
LONG = ("subject", "website", "linkedin_url")  # may be longer
REJECTED = {
    "line": pl.Int64(), "source_id": pl.String(), "column": pl.String(), "value": pl.String(), "reason": pl.String(),
    "cells": pl.String(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Split:
    """Rows by what became of them; `accepted` is standardised, the others keep their cells as JSON, those `held` (HELD)
    nothing; `erased` counts those of which nothing is left.

    `stamps` (id, order, line) of those that can be taken say which of them are superseded, here or in other parts.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    superseded: pl.DataFrame
    stamps: pl.DataFrame
    held: pl.DataFrame
    erased: int


@dataclass(frozen=True, slots=True)
class Interpreted:
    """A batch from its table to records; `sighted`: the keys of its rejected rows (SIGHTED)."""

    split: Split
    records: pl.DataFrame
    sighted: pl.DataFrame
    counts: Counts


def interpret(
    parts: Iterable[Part], mapping: Mapping, batch: str, received_at: dt.datetime, withheld: Withheld = NOTHING
) -> Interpreted:
    """All batch-wise stages at once, in memory: a pure function of the table, the mapping, the stamps and the rows that
    are withheld.
    """
    table = list(parts)
    rows = pl.concat(part.rows for part in table)
    made = split(rows, mapping, received_at, withheld)
    records = make_records(made.accepted, mapping, batch, received_at)
    sighted = sightings(made.rejected, mapping.source, mapping.entity, received_at)
    return Interpreted(made, records, sighted, counts_of(made, rows.height, sum(part.skipped for part in table)))


def counts_of(made: Split, received: int, skipped: int) -> Counts:
    """Where the rows of a batch are."""
    accepted, rejected, superseded, held = (
        frame.height for frame in (made.accepted, made.rejected, made.superseded, made.held)
    )
    return Counts(received, accepted, rejected, superseded, held, skipped, made.erased)


def split(rows: pl.DataFrame, mapping: Mapping, received_at: dt.datetime, withheld: Withheld = NOTHING) -> Split:
    """Split the rows of a whole table (`resources.readers.Part.rows`) by the rules of the mapping's entity."""
    alone = split_part(rows, mapping, received_at, NOBODY, withheld)
    again = superseded(alone.stamps)
    return _less(alone, rows, again)


def split_part(
    rows: pl.DataFrame, mapping: Mapping, received_at: dt.datetime, again: pl.Series, withheld: Withheld = NOTHING
) -> Split:
    """Split a part of a table; `again` are the lines of rows that are superseded, in whatever part."""
    received = rows.height
    rows = rows.filter(~pl.col(LINE).is_in(withheld.erased)) if withheld.erased else rows
    erased = received - rows.height
    judged = _judge(rows, mapping, received_at)
    held = withheld.held(judged, mapping.source, mapping.entity, LINE)
    judged = judged.filter(~pl.col(LINE).is_in(held["line"].implode())) if held.height else judged
    good = judged.filter(pl.col("_reason").is_null())
    bad = judged.filter(pl.col("_reason").is_not_null())
    stamps = good.select("source_id", "_order", LINE)
    accepted = good.drop("_column", "_value", "_reason", "_order")
    return _less(Split(accepted, _kept(bad, rows), _kept(bad.clear(), rows), stamps, held, erased), rows, again)


def _less(whole: Split, rows: pl.DataFrame, again: pl.Series) -> Split:
    """The same with the accepted rows of these lines superseded."""
    if again.is_empty():
        return whole
    out = pl.col(LINE).is_in(again.implode())
    none = pl.lit(None, pl.String)
    twice = whole.accepted.filter(out).with_columns(_column=none, _value=none, _reason=pl.lit(LATER))
    return replace(whole, accepted=whole.accepted.filter(~out), superseded=_kept(twice, rows))


def superseded(stamps: pl.DataFrame) -> pl.Series:
    """The lines of rows whose id stands again: the last is taken, in the order of versions (`identity.versions`)."""
    twice = stamps.filter(pl.col("source_id").is_duplicated())
    last = twice.sort("_order", LINE).unique("source_id", keep="last")
    return twice.join(last, on=LINE, how="anti")[LINE].sort()


def mended_rows(accepted: pl.DataFrame) -> list[tuple[str, int, int]]:
    """Which rejected rows (batch, line) the accepted ones mend, and their own lines, as the file says."""
    if "_mends" not in accepted.columns:
        return []
    said = accepted.select(pl.col("_mends").struct.unnest(), LINE).drop_nulls()
    return list(said.iter_rows())


def _kept(judged: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """REJECTED, with the cells of the rows as they came."""
    header = [column for column in rows.columns if column not in PLACE]
    came = rows.filter(pl.col(LINE).is_in(judged[LINE].implode())).select(LINE, _cells=_as_json(header))
    named = judged.join(came, on=LINE, how="left").select(
        "source_id", line=LINE, column="_column", value="_value", reason="_reason", cells="_cells"
    )
    return named.select(list(REJECTED)).cast(REJECTED).sort("line")  # type: ignore[arg-type]


def _judge(rows: pl.DataFrame, mapping: Mapping, received_at: dt.datetime) -> pl.DataFrame:
    """Rows with their standardised fields, and the first thing that is wrong with each."""
    header = [c for c in rows.columns if c not in PLACE]
    fields = mapping.fields()
    clean = rows.select(
        LINE,
        RAGGED,
        _key(mapping).alias("source_id"),
        *(_field(mapping, field).alias(field.name) for field in fields),
        _attributes(mapping).alias("attributes"),
        _deleted(mapping).alias("deleted"),
        *([MENDS] if {OWN_BATCH, OWN_LINE} <= {*header} else []),
    )
    clean = _with_phones(clean, fields)
    judged = _judged(clean, _problems(mapping, fields))
    stamp = pl.lit(received_at.astimezone(dt.UTC)).dt.to_string(TIMESTAMP)
    order = pl.coalesce("updated_at", stamp) if "updated_at" in clean.columns else stamp
    return judged.drop(RAGGED).with_columns(_order=order)


def _as_json(header: list[str]) -> pl.Expr:
    return pl.struct(header).struct.json_encode() if header else pl.lit("{}")


def _key(mapping: Mapping) -> pl.Expr:
    if not mapping.key:
        return keyless_id(sorted(mapping.columns))
    own = source_id(list(mapping.key))
    return pl.coalesce(own, keyless_id(sorted(mapping.columns))) if mapping.key_optional else own


def _field(mapping: Mapping, field: Field) -> pl.Expr:
    cells = [pl.col(column) for column in mapping.feeding(field.name)]
    if field.kind == "ref":
        return references(cells) if field.multi else pl.coalesce(reference(cell) for cell in cells)
    if field.multi:
        return clean_values(cells, field, mapping.habits)
    return pl.coalesce([clean_value(cell, field.kind, mapping.habits) for cell in cells])


def _attributes(mapping: Mapping) -> pl.Expr:
    columns = sorted(mapping.attributes())
    if not columns:
        return pl.lit(None, pl.String)
    return pl.struct(pl.col(c).alias(mapping.columns[c]) for c in columns).struct.json_encode()


def _deleted(mapping: Mapping) -> pl.Expr:
    if mapping.deleted is None:
        return pl.lit(False)
    mark = pl.col(mapping.deleted.column).str.strip_chars().str.to_lowercase()
    return mark.is_in(mapping.deleted.values).fill_null(False)


def _with_phones(clean: pl.DataFrame, fields: list[Field]) -> pl.DataFrame:
    country = clean["country"] if "country" in clean.columns else pl.Series([None] * clean.height, dtype=pl.String)
    phones = [f.name for f in fields if f.kind == "phone"]
    return clean.with_columns(e164(clean[name], country).alias(name) for name in phones)


Problem = tuple[pl.Expr, str, pl.Expr, str | pl.Expr]  # when, source column, value, reason


def _problems(mapping: Mapping, fields: list[Field]) -> list[Problem]:
    none = pl.lit(None, pl.String)
    found: list[Problem] = [(pl.col(RAGGED).is_not_null(), "", none, pl.col(RAGGED))]
    found.append((pl.col("source_id").is_null(), ", ".join(mapping.key), none, "it has no id"))
    found.append((pl.col("source_id").str.len_chars() > LONGEST, ", ".join(mapping.key), none, TOO_LONG))
    found += [(pl.col("source_id").str.contains(ROUNDED), ", ".join(mapping.key), pl.col("source_id"), LOST)]
    found += [_lost(mapping, field) for field in fields if field.kind == "ref"]
    for field in fields:
        if field.kind in REASONS:
            found.append(_unreadable(mapping, field))
        if field.name not in LONG:
            found.append((_too_long(field), ", ".join(mapping.feeding(field.name)), none, TOO_LONG))
    present = [pl.col(f.name).is_null() for f in fields if f.name in NEEDED[mapping.entity]]
    empty = pl.all_horizontal(present) if present else pl.lit(True)
    found.append((empty & ~pl.col("deleted"), "", none, f"it has none of {', '.join(NEEDED[mapping.entity])}"))
    return found


def _lost(mapping: Mapping, field: Field) -> Problem:
    """A reference of which a spreadsheet has kept the first digits only."""
    text = pl.col(field.name).list.join(" ") if field.multi else pl.col(field.name)
    lost = text.str.contains(ROUNDED.replace("^", r"(^| )").replace("$", r"($| )"))
    return lost, ", ".join(mapping.feeding(field.name)), text, LOST


def _too_long(field: Field) -> pl.Expr:
    value = pl.col(field.name)
    return (
        value.list.eval(pl.element().str.len_chars()).list.max() > LONGEST
        if field.multi
        else value.str.len_chars() > LONGEST
    )


def _unreadable(mapping: Mapping, field: Field) -> Problem:
    column = ", ".join(mapping.feeding(field.name))
    if not field.multi:
        return unreadable(pl.col(field.name), field.kind), column, pl.col(field.name), REASONS[field.kind]
    wrong = pl.col(field.name).list.eval(pl.element().filter(unreadable(pl.element(), field.kind)))
    return wrong.list.len().fill_null(0) > 0, column, wrong.list.first(), REASONS[field.kind]


def _judged(clean: pl.DataFrame, problems: list[Problem]) -> pl.DataFrame:
    """Rows with what is wrong with them; told only of those that have a problem, which are few."""
    number = pl.coalesce(pl.when(when).then(i) for i, (when, *_) in enumerate(problems))
    found = clean.with_columns(_problem=number)
    bad = found.filter(pl.col("_problem").is_not_null())
    told = bad.select(LINE, *_first(problems))
    return found.drop("_problem").join(told, on=LINE, how="left", maintain_order="left")


def _first(problems: list[Problem]) -> list[pl.Expr]:
    """The first problem of each row: `_column`, `_value`, `_reason`; null where there is none."""
    chosen = {"_column": pl.lit(None, pl.String), "_value": pl.lit(None, pl.String), "_reason": pl.lit(None, pl.String)}
    for when, column, value, reason in reversed(problems):
        parts = {
            "_column": pl.lit(column or None, pl.String),
            "_value": value,
            "_reason": pl.lit(reason) if isinstance(reason, str) else reason,
        }
        chosen = {name: pl.when(when).then(parts[name]).otherwise(chosen[name]) for name in chosen}
    return [expression.alias(name) for name, expression in chosen.items()]
