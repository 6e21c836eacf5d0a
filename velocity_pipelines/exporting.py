"""Published tables as files.

Not here: how the tables come about.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from identity.defusing import defused
from identity.errors import BadInputError
from identity.fields import RESOLVED
from resources import publishing
from resources.tables import PUBLISHED
from resources.workspace import Workspace

TABLES = {
    "contacts": ("contact",),
    "accounts": ("account",),
    "crosswalk": ("crosswalk",),
    "360": ("contact_360", "account_360"),
    "relations": ("contact_account",),
    "hierarchy": ("account_hierarchy",),
    "owners": ("owner",),
    "deleted": ("deleted_record",),
}
CROSSWALK = ["source", "entity", "source_id", "canonical_id", "derived", "batch"]
EDGES = ["entity", "left", "right", "bits", "answer", "cut", "epoch"]


def export(workspace: Workspace, what: str, entity: str | None, out: Path, form: str) -> int:
    """Write a published table as Parquet or CSV; its number of rows, or `bad_path` where it cannot be written."""
    frame = _edges(workspace, entity) if what == "edges" else _table(workspace, what, entity)
    try:
        if form == "parquet":
            frame.write_parquet(out)
        else:
            _flat(frame).write_csv(out)
    except OSError as error:
        why = error.strerror or ("it is a folder" if out.is_dir() else "there is no such folder")  # Polars says nothing
        raise BadInputError("bad_path", f"{out} cannot be written: {why}", "check --out") from None
    return frame.height


def _table(workspace: Workspace, what: str, entity: str | None) -> pl.DataFrame:
    names = tuple(n for n in TABLES[what] if what != "360" or entity is None or n.startswith(entity))
    frames = publishing.read_tables(workspace.database, names)
    if what == "360":
        parts = [frames[n].with_columns(entity=pl.lit(n.removesuffix("_360"))) for n in names]
        return pl.concat(parts, how="diagonal").sort("canonical_id")
    whole = frames[names[0]].sort(PUBLISHED[names[0]])
    if entity is not None and "entity" in whole.columns:
        whole = whole.filter(pl.col("entity") == entity)
    return whole.select(CROSSWALK) if what == "crosswalk" else whole


def _edges(workspace: Workspace, entity: str | None) -> pl.DataFrame:
    parts = [
        publishing.live_edges(workspace, e).with_columns(entity=pl.lit(e)).select(EDGES)
        for e in RESOLVED
        if entity in (None, e)
    ]
    return pl.concat(parts).sort("entity", "left", "right")


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists as JSON text, which is what a CSV cell can hold, and no cell that a spreadsheet would run."""
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    as_json = lambda values: json.dumps(list(values), ensure_ascii=False)  # noqa: E731
    plain = frame.with_columns(pl.col(name).map_elements(as_json, return_dtype=pl.String) for name in lists)
    return plain.with_columns(defused(pl.col(pl.String())))
