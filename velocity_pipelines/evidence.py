"""Evidence shown and checked: the very bytes of a batch, of one of its rows, and whether all are as they came.

Not here: how it is kept (`resources.storage`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from identity.errors import BadInputError, VelocityError
from resources import catalog
from resources.readers import open_evidence
from resources.readers.table import FROM, LINE, TO
from resources.workspace import Workspace


def get(workspace: Workspace, batch: str, out: Path) -> dict[str, Any]:
    """Write the bytes of a batch's file to `out`; its name and hash. `unknown_batch`, `bad_path`."""
    arrival = catalog.get(workspace.database, batch).arrival
    with workspace.storage.local("evidence", arrival.sha256) as path:
        try:
            shutil.copyfile(path, out)
        except OSError as error:
            raise BadInputError("bad_path", f"{out} cannot be written: {error.strerror}", "check --out") from None
    return {"batch": batch, "file": arrival.file, "sha256": arrival.sha256, "bytes": arrival.size, "out": str(out)}


def row(workspace: Workspace, batch: str, line: int) -> dict[str, Any]:
    """The row that begins on a line, as it came: its cells, and where the format has such a thing its bytes."""
    arrival = catalog.get(workspace.database, batch).arrival
    with open_evidence(workspace.storage, arrival.sha256, arrival.file, arrival.member) as table:
        for part in table.parts():
            found = part.rows.filter(pl.col(LINE) == line)
            if found.height:
                facts = found.row(0, named=True)
                cells = {name: facts[name] for name in table.header}
                place = {"line": line, "begin": facts[FROM], "end": facts[TO], "cells": cells}
                return {"batch": batch, "file": arrival.file, "member": arrival.member, **place}
    raise BadInputError("unknown_line", f"no row of batch {batch} begins on line {line}", "rows name their first line")


def verify(workspace: Workspace, progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Hash the evidence of every batch again; those whose bytes are gone or changed, with the reason."""
    damaged = []
    files = catalog.evidence(workspace.database)
    for number, (sha256, batches) in enumerate(files.items(), start=1):
        if number % 1000 == 0:
            progress(f"{number} of {len(files)} files")
        try:
            with workspace.storage.local("evidence", sha256):
                pass
        except VelocityError as error:
            damaged += [{"batch": batch, "sha256": sha256, "code": error.code} for batch in batches]
    return damaged
