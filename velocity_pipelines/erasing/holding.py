"""Rows in which somebody comes in again who was erased: held, shown by hash and line, let in by a person.

Not here: how they are recognised (`identity.recognition`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from identity.errors import BadInputError
from resources import catalog, erasures, log, publishing
from resources.tables import Batch
from resources.workspace import Workspace
from velocity_pipelines import launching
from velocity_pipelines.deciding import Author
from velocity_pipelines.launching import Progress
from velocity_pipelines.settings import Settings


def held(workspace: Workspace) -> list[dict[str, Any]]:
    """The held rows by batch and line: the hash by which each is known, and the erasure that it belongs to."""
    with workspace.database.transaction() as connection:
        rows = connection.execute(select(Batch.batch, Batch.file, Batch.seq).where(Batch.held > 0).order_by(Batch.seq))
        batches = {batch: (file, seq) for batch, file, seq in rows}
    found, frames = erasures.read(workspace), workspace.frames.of_batches("held", list(batches))
    return [
        {"batch": batch, "file": batches[batch][0], **row, "erasure": found.known(batches[batch][1]).get(row["hash"])}
        for batch, frame in frames.items()
        for row in frame.sort("line").to_dicts()
    ]


def release(
    settings: Settings, workspace: Workspace, batch: str, lines: list[int], who: Author, tell: Progress
) -> dict[str, Any]:
    """Let held rows of a batch in and publish; `unknown_batch`, `not_held`."""
    catalog.get(workspace.database, batch)
    there = {row["line"] for row in held(workspace) if row["batch"] == batch}
    if not set(lines) <= there or not lines:
        raise BadInputError("not_held", f"these are no held rows of {batch}", "`velocity erase held` lists them")
    with workspace.database.transaction() as connection:
        said = {"releases": {batch: sorted(set(lines))}, "reason": who.reason}
        seq = log.append(connection, "erasure", said, who.actor)
    ran = launching.run_import(settings, [batch], tell)
    shown = publishing.of_run(workspace.database, ran.run_id)
    told = {"run_id": ran.run_id, "ok": ran.ok, "error": ran.error, "version": shown.version if shown else None}
    return {"release": seq, "batch": batch, "lines": sorted(set(lines)), **told}
