"""The rejected rows of a batch: shown, or as a file to mend and import again.

Not here: why a row is rejected (`quality_checks.validation`).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from identity.errors import BadInputError
from identity.mapping import OWN_PREFIX
from resources import catalog
from resources.workspace import Workspace

REASON_COLUMNS = ("line", "column", "value", "reason")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def rejected_rows(workspace: Workspace, batch: str) -> list[dict[str, Any]]:
    """The rejected rows of a batch, by line; `unknown_batch` if there is none of that id."""
    catalog.get(workspace.database, batch)
    frame = workspace.frames.of_batches("rejected", [batch]).get(batch)
    return [] if frame is None else frame.select(REASON_COLUMNS).to_dicts()


def write_rejected(workspace: Workspace, batch: str, out: Path) -> int:
    """Write the rejected rows as CSV in their original columns, with the reason in columns that a reimport ignores."""
    catalog.get(workspace.database, batch)
    frame = workspace.frames.of_batches("rejected", [batch]).get(batch)
    rows = [] if frame is None else frame.to_dicts()
    header = list(json.loads(rows[0]["cells"])) if rows else []
    own = [OWN_PREFIX + name for name in REASON_COLUMNS]
    try:
        with out.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([*header, *own])
            for row in rows:
                cells = json.loads(row["cells"])
                writer.writerow([*(cells[name] for name in header), *(_safe(row[name]) for name in REASON_COLUMNS)])
    except OSError as error:
        raise BadInputError("bad_path", f"{out} cannot be written: {error.strerror}", "check --out") from None
    return len(rows)


def _safe(value: object) -> str:
    """A cell of ours that a spreadsheet will not run; the original cells go back as they came."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
