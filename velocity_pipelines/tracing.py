"""From values back to the cells that they came from: the evidence read again, only the lines that are asked for, and
normalised again, a batch at a time.

Not here: which candidates there are (`identity.survivorship_reasons`), and what is told of them
(`velocity_pipelines.explaining_cells`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from identity.fields import Entity
from identity.frames import Schema
from identity.mapping import Mapping
from identity.survivorship_candidates import in_role
from identity.survivorship_rules import MAIN
from quality_checks.validation import NOBODY, split_part
from resources import catalog, erasures
from resources.catalog import Arrival
from resources.readers.table import LINE
from resources.workspace import Workspace

CELLS: Schema = {  # values to trace: of which field in which role of which record, and where that stands
    "entity": pl.String(),
    "field": pl.String(),
    "role": pl.String(),
    "value": pl.String(),
    "batch": pl.String(),
    "line": pl.Int64(),
    "derived": pl.Boolean(),
}
TRACED: Schema = {
    "file": pl.String(),
    "member": pl.String(),
    "sha256": pl.String(),  # of the evidence
    "cells": pl.String(),  # the raw cells that feed the field, by column, as JSON
    "verified": pl.Boolean(),  # whether normalising them gives the value
}
DERIVED = {"name": "company_name", "domain": "company_domain"}  # a derived account stands in the row of a contact
GROUP = ("entity", "field", "role", "derived")


@dataclass(frozen=True, slots=True)
class Reread:
    """Lines of a batch: as their bytes say (`raw`) and as its mapping reads them (`clean`), both with `_line`."""

    arrival: Arrival
    mapping: Mapping
    raw: pl.DataFrame
    clean: pl.DataFrame


def trace(workspace: Workspace, cells: pl.DataFrame) -> pl.DataFrame:
    """A frame with CELLS in it, and TRACED beside them, in its order; each file is read once."""
    numbered = cells.with_row_index("_n")
    made = [numbered.clear().with_columns(pl.lit(None, dtype).alias(name) for name, dtype in TRACED.items())]
    for (batch,), mine in numbered.group_by("batch", maintain_order=True):
        got = reread(workspace, str(batch), mine["line"].unique())
        made += [_traced(got, part) for part in mine.partition_by(GROUP, maintain_order=True)]
    return pl.concat(made).sort("_n").drop("_n")


def reread(workspace: Workspace, batch: str, lines: pl.Series) -> Reread:
    """These lines of a batch, from its bytes as they stand now, which are hashed again; `unknown_batch`,
    `evidence_changed`.
    """
    arrival = catalog.get(workspace.database, batch).arrival
    mapping = Mapping.from_dict(catalog.rules(workspace.database, batch))
    with (
        workspace.database.lock(erasures.LOCK, shared=True),
        erasures.open_kept(workspace, arrival.sha256, arrival.file, arrival.member) as table,
    ):
        found = [part.rows.filter(pl.col(LINE).is_in(lines.implode())) for part in table.parts()]
    raw = pl.concat(found)
    return Reread(arrival, mapping, raw, split_part(raw, mapping, arrival.received_at, NOBODY).accepted)


def _traced(got: Reread, cells: pl.DataFrame) -> pl.DataFrame:
    """Cells of one field in one role of one batch."""
    entity, field, role, derived = cells.select(GROUP).row(0)
    columns = _columns(got.mapping, field, role, derived=derived)
    said = _said(got.clean, DERIVED[field] if derived else field, role, entity)
    raw = got.raw.select(line=LINE, cells=pl.struct(columns).struct.json_encode() if columns else pl.lit("{}"))
    joined = cells.join(raw, on="line", how="left").join(said, on="line", how="left")
    same = (
        pl.col("said").list.contains(pl.col("value"))
        if isinstance(said.schema["said"], pl.List)
        else pl.col("said").eq_missing(pl.col("value"))
    )
    facts = {name: pl.lit(getattr(got.arrival, name)) for name in ("file", "member", "sha256")}
    verified = (pl.col("cells").is_not_null() & same).fill_null(value=False)
    return joined.with_columns(**facts, verified=verified).select(*cells.columns, *TRACED)


def _columns(mapping: Mapping, field: str, role: str, *, derived: bool) -> list[str]:
    """The columns of the file that feed a field in a role."""
    if role == MAIN:
        return mapping.feeding(DERIVED[field] if derived else field)
    return [column for column, target in mapping.columns.items() if target == f"{role}_{field}"]


def _said(clean: pl.DataFrame, field: str, role: str, entity: Entity) -> pl.DataFrame:
    """What the rows say of a field in a role: `line`, `said`."""
    if role == MAIN:
        return clean.select(line=LINE, said=field if field in clean.columns else pl.lit(None, pl.String))
    return clean.select(line=LINE, said=in_role(clean["attributes"], role, (field,), entity)[field])
