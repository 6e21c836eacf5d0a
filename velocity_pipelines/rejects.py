"""The rejected rows of a batch: shown, or as a file to mend and import again.

Not here: why a row is rejected (`quality_checks.validation`).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl

from identity.defusing import defused
from identity.errors import BadInputError
from identity.mapping import OWN_PREFIX
from resources import catalog
from resources.workspace import Workspace

REASON_COLUMNS = ("line", "column", "value", "reason")
MORE = "more"  # cells of a row that has more than its header


def rejected_rows(workspace: Workspace, batch: str) -> list[dict[str, Any]]:
    """The rejected rows of a batch, by line, and which rows of later batches mend them; `unknown_batch`."""
    mends = catalog.mends(workspace.database, batch)
    rows = _rejected(workspace, batch).select(REASON_COLUMNS).to_dicts()
    return [{**row, "mended_by": [f"{by}:{line}" for by, line in mends.get(row["line"], [])]} for row in rows]


def write_rejected(workspace: Workspace, batch: str, out: Path) -> int:
    """Write the rejected rows as CSV in their original columns, with the reason in columns that a reimport ignores.

    Cells that a spreadsheet would run are defused; a reimport takes that off again.
    """
    rows = _rejected(workspace, batch).to_dicts()
    header = list(json.loads(rows[0]["cells"])) if rows else []
    own = [OWN_PREFIX + name for name in ("batch", *REASON_COLUMNS, MORE)]
    lines = [_line(batch, row, header) for row in rows]
    frame = pl.DataFrame(lines, schema=dict.fromkeys([*header, *own], pl.String()), orient="row")
    frame = frame.with_columns(defused(pl.all())) if frame.height else frame
    try:
        frame.write_csv(out)
    except OSError as error:
        why = error.strerror or "there is no such folder"
        raise BadInputError("bad_path", f"{out} cannot be written: {why}", "check --out") from None
    return len(rows)


def _rejected(workspace: Workspace, batch: str) -> pl.DataFrame:
    from quality_checks.validation import REJECTED  # noqa: PLC0415

    catalog.get(workspace.database, batch)
    found = workspace.frames.of_batches("rejected", [batch]).get(batch)
    return pl.DataFrame(schema=REJECTED) if found is None else found


def _line(batch: str, row: dict[str, Any], header: list[str]) -> list[str | None]:
    """The cells of a rejected row under its header, then ours."""
    by_name = json.loads(row["cells"])
    cells = [by_name[name] for name in header]
    more = ""
    if row["column"] is None and all(cell is None for cell in cells[1:]) and "," in (cells[0] or ""):
        apart = next(csv.reader([cells[0]]))  # a row that did not fit stands in its first column, as one line of CSV
        cells = [*apart[: len(header)], *[None] * (len(header) - len(apart))]
        more = ",".join(apart[len(header) :])
    own = [batch, *(None if row[name] is None else str(row[name]) for name in REASON_COLUMNS), more or None]
    return [*cells, *own]
