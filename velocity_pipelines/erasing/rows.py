"""In which rows of which batches a person stands, whatever became of the rows.

Not here: who the person is (`velocity_pipelines.erasing.person`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import polars as pl
from sqlalchemy import select

from identity.fields import ENTITIES, Entity
from identity.frames import record_schema
from identity.mapping import Mapping
from identity.redaction import naming
from resources import catalog, erasures
from resources.compaction import records_of
from resources.tables import Batch, FramePointer
from resources.workspace import Workspace

if TYPE_CHECKING:
    from quality_checks.validation import Interpreted

ROW = {"batch": pl.String(), "line": pl.Int64(), "key": pl.String(), "state": pl.String()}
TEXTS = ("contact_name", "name", "subject", "attributes")
TOLD: tuple[Entity, ...] = ("opportunity", "activity")
PARTS = r"\s*[;,|\n]\s*"


class Sought(NamedTuple):
    """The keys of the person's own records, those of deals and touches too; texts that are the person's alone: `marks`,
    which say who a contact is, and with the names what a deal or touch is about.
    """

    own: set[str]
    keys: set[str]
    marks: list[str]
    names: list[str]


def all_records(workspace: Workspace) -> dict[Entity, pl.DataFrame]:
    """Every record version of every batch, withdrawn and unpublished ones too; what no run has read is read here."""
    with workspace.database.transaction() as connection:
        entities = dict(connection.execute(select(Batch.batch, Batch.entity).order_by(Batch.seq)).all())
        made = select(FramePointer.partition).where(FramePointer.asset == "records", FramePointer.run == "")
        there = set(connection.execute(made).scalars())
    found: dict[Entity, pl.DataFrame] = {}
    for entity in ENTITIES:
        batches = [batch for batch, of in entities.items() if of == entity]
        kept = records_of(workspace, pl.Series([b for b in batches if b in there], dtype=pl.String))
        read = (_interpreted(workspace, batch).records for batch in batches if batch not in there)
        found[entity] = pl.concat([pl.DataFrame(schema=record_schema(entity)), *kept, *read])
    return found


def _interpreted(workspace: Workspace, batch: str) -> Interpreted:
    from quality_checks.validation import interpret  # noqa: PLC0415 - only for what no run has read

    arrival, mapping = catalog.get(workspace.database, batch).arrival, _mapping(workspace, batch)
    with erasures.open_kept(workspace, arrival.sha256, arrival.file, arrival.member) as table:
        return interpret(table.parts(), mapping, batch, arrival.received_at, erasures.withheld(workspace, batch))


def _mapping(workspace: Workspace, batch: str) -> Mapping:
    return Mapping.from_dict(catalog.rules(workspace.database, batch))


def keys_about(facts: pl.DataFrame, own: set[str], names: list[str]) -> set[str]:
    """The deals or touches that refer to the person, or name them."""
    each = facts.select("key", "source", reference="contact_source_id").explode("reference")
    target = pl.concat_str(pl.col("source") + ":contact:", "reference")
    said = [_names(pl.col(column), names) for column in TEXTS if column in facts.columns]
    naming = facts.filter(pl.any_horizontal(said))
    return {*each.filter(target.is_in(own))["key"], *naming["key"]}


def _names(text: pl.Expr, names: list[str]) -> pl.Expr:
    found = text.str.contains(naming(names)) if names else pl.lit(False)
    return found.fill_null(False)


def accepted(records: dict[Entity, pl.DataFrame], keys: set[str]) -> pl.DataFrame:
    """ROW of every version of these records."""
    found = [frame.filter(pl.col("key").is_in(keys)).select("batch", "line", "key") for frame in records.values()]
    return pl.concat(found).with_columns(state=pl.lit("accepted"))


def not_taken(workspace: Workspace, sought: Sought) -> Iterator[pl.DataFrame]:
    """ROW of rejected and superseded rows that are the person's, name them or refer to them."""
    query = select(Batch.batch, Batch.source, Batch.entity).order_by(Batch.seq)
    with workspace.database.transaction() as connection:
        some = query.where((Batch.rejected > 0) | (Batch.superseded > 0) | Batch.rejected.is_(None))
        facts = {batch: (source, entity) for batch, source, entity in connection.execute(some)}
    for state in ("rejected", "superseded"):
        for batch, frame in _frames(workspace, state, list(facts)):
            source, entity = facts[batch]
            keyed = frame.with_columns(key=pl.concat_str(pl.lit(f"{source}:{entity}:"), "source_id"))
            refers = _referring(workspace, batch, frame, sought.own, source) if entity in TOLD else []
            wanted = pl.col("key").is_in(sought.keys).fill_null(False) | pl.col("line").is_in(refers)
            said = sought.names if entity in TOLD else sought.marks
            found = keyed.filter(wanted | _names(pl.col("cells"), said))
            told = {"batch": pl.lit(batch), "key": pl.col("key").fill_null(""), "state": pl.lit(state)}
            yield found.with_columns(**told).select(list(ROW))


def _frames(workspace: Workspace, state: str, batches: list[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    kept = workspace.frames.of_batches(state, batches)
    for batch in batches:
        if batch in kept:
            yield batch, kept[batch]
        elif catalog.get(workspace.database, batch).counts is None:
            yield batch, getattr(_interpreted(workspace, batch).split, state)


def _referring(workspace: Workspace, batch: str, frame: pl.DataFrame, own: set[str], source: str) -> list[int]:
    """The lines of deals or touches that refer to one of the person's records in their source."""
    head = f"{source}:contact:"
    ids = {key.removeprefix(head) for key in own if key.startswith(head)}
    maybe = frame.filter(pl.col("cells").str.contains_any(sorted(ids))) if ids else frame.clear()
    columns = _mapping(workspace, batch).feeding("contact_source_id") if maybe.height else []
    cells = [
        (line, pl.Series([json.loads(said).get(column) or "" for column in columns], dtype=pl.String))
        for line, said in maybe.select("line", "cells").iter_rows()
    ]
    return [line for line, said in cells if ids & set(said.str.replace_all(PARTS, ";").str.split(";").explode())]


def held(workspace: Workspace, hashes: set[str]) -> pl.DataFrame:
    """ROW of rows that are held for one of these hashes."""
    with workspace.database.transaction() as connection:
        batches = list(connection.execute(select(Batch.batch).where(Batch.held > 0)).scalars())
    rows = [pl.DataFrame(schema=ROW)]
    for batch, frame in workspace.frames.of_batches("held", batches).items():
        told = {"batch": pl.lit(batch), "key": pl.lit(""), "state": pl.lit("held")}
        rows.append(frame.filter(pl.col("hash").is_in(hashes)).with_columns(**told).select(list(ROW)))
    return pl.concat(rows)


def in_all_batches(workspace: Workspace, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, and the same bytes under other batches: a file that came in as another source too."""
    query = select(Batch.batch, Batch.sha256, Batch.member)
    schema = dict.fromkeys(("batch", "sha256", "member"), pl.String())
    with workspace.database.transaction() as connection:
        places = pl.DataFrame([tuple(row) for row in connection.execute(query)], schema=schema, orient="row")
    known = rows.sort("batch", "line", "key", descending=[False, False, True]).unique(["batch", "line"], keep="first")
    spread = known.join(places, on="batch").select("line", "sha256", "member").unique()
    every = spread.join(places, on=["sha256", "member"]).select("batch", "line").unique()
    whole = every.join(known, on=["batch", "line"], how="left").with_columns(pl.col("key", "state").fill_null(""))
    return whole.select(list(ROW)).sort("batch", "line")
