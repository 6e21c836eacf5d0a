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
from resources import catalog, erasures
from resources.readers.table import FROM, LINE, TO
from resources.workspace import Workspace


def get(workspace: Workspace, batch: str, out: Path) -> dict[str, Any]:
    """Write the bytes of a batch's file to `out`; its name and hash, and if rows of it were erased, how many, and the
    hash that it has now. `unknown_batch`, `bad_path`.
    """
    arrival = catalog.get(workspace.database, batch).arrival
    found = erasures.read(workspace)
    now, rows = found.evidence(arrival.sha256), found.files().get(arrival.sha256, {})
    with workspace.storage.local("evidence", now) as path:
        try:
            shutil.copyfile(path, out)
        except OSError as error:
            raise BadInputError("bad_path", f"{out} cannot be written: {error.strerror}", "check --out") from None
    told = {
        "batch": batch,
        "file": arrival.file,
        "sha256": arrival.sha256,
        "bytes": out.stat().st_size,
        "out": str(out),
    }
    return {**told, "erased": sum(map(len, rows.values())), "became": now if rows else None}


def row(workspace: Workspace, batch: str, line: int) -> dict[str, Any]:
    """The row that begins on a line, as it came: its cells, and where the format has such a thing its bytes."""
    arrival = catalog.get(workspace.database, batch).arrival
    if line in erasures.withheld(workspace, batch).erased:
        raise BadInputError("erased", f"the row on line {line} of batch {batch} was erased", "`velocity erase list`")
    with erasures.open_kept(workspace, arrival.sha256, arrival.file, arrival.member) as table:
        for part in table.parts():
            found = part.rows.filter(pl.col(LINE) == line)
            if found.height:
                facts = found.row(0, named=True)
                cells = {name: facts[name] for name in table.header}
                place = {"line": line, "begin": facts[FROM], "end": facts[TO], "cells": cells}
                return {"batch": batch, "file": arrival.file, "member": arrival.member, **place}
    raise BadInputError("unknown_line", f"no row of batch {batch} begins on line {line}", "rows name their first line")


def verify(workspace: Workspace, progress: Callable[[str], None], sample: int | None = None) -> list[dict[str, Any]]:
    """Hash the evidence of every batch again; those whose bytes are gone or changed, with the reason. Where rows were
    erased the blanked file is to be there, and the one that came is not. `sample`: only so many files, spread evenly.
    """
    damaged: list[dict[str, Any]] = []
    files, found = catalog.evidence(workspace.database), erasures.read(workspace)
    if sample is not None:
        names, most = list(files), min(sample, len(files))
        files = {name: files[name] for name in (names[place * len(names) // most] for place in range(most))}
    stale = set(workspace.storage.listed("evidence")) - {found.evidence(sha256) for sha256 in files}
    stale &= found.files().keys()
    for number, (sha256, batches) in enumerate(files.items(), start=1):
        if number % 1000 == 0:
            progress(f"{number} of {len(files)} files")
        try:
            with workspace.storage.local("evidence", found.evidence(sha256)):
                pass
            code = "erasure_unfinished" if sha256 in stale else None
        except VelocityError as error:
            code = error.code
        damaged += [{"batch": batch, "sha256": sha256, "code": code} for batch in batches if code]
    return damaged


def erased(workspace: Workspace) -> list[dict[str, Any]]:
    """The files of which rows were erased: the hash that each arrived under, the one that it has now, its rows."""
    found = erasures.read(workspace)
    return [
        {"sha256": sha256, "became": found.evidence(sha256), "rows": sum(map(len, rows.values()))}
        for sha256, rows in found.files().items()
    ]
