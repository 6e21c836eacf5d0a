"""`velocity import` as one function: take files in, run them, and say what became of each.

Not here: words for people (`velocity_pipelines.cli`), reading of files (`velocity_pipelines.landing`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from identity.errors import BadInputError, VelocityError
from resources import catalog, publishing
from resources.workspace import Workspace
from velocity_pipelines import landing, launching
from velocity_pipelines.launching import Progress
from velocity_pipelines.settings import Settings

NO_COUNTS = {"received": 0, "accepted": 0, "rejected": 0, "superseded": 0, "held": 0}
NO_CHANGE = {"created": 0, "updated": 0, "merged": 0, "split": 0, "retired": 0}


@dataclass(frozen=True, slots=True)
class Request:
    """The files of one call and what the sender says of each."""

    files: list[tuple[Path, landing.Options]]
    wait: bool = True


@dataclass(slots=True)
class _File:
    path: Path
    arrival: catalog.Arrival | None = None
    status: str = "queued"
    error: VelocityError | None = None
    counts: dict[str, int] = field(default_factory=lambda: dict(NO_COUNTS))


def import_files(settings: Settings, workspace: Workspace, request: Request, progress: Progress) -> dict[str, Any]:
    """One run and one publication for all files that can be taken; the answer of the contract, in its shape."""
    workspace.storage.probe()
    files = [_take(workspace, path, options, progress) for path, options in request.files]
    waiting = list(dict.fromkeys(f.arrival.batch for f in files if f.arrival and f.status == "queued"))
    ran = launching.run_import(settings, waiting, progress, wait=request.wait) if waiting else None
    for file in files:
        _conclude(workspace, file, ran)
    return _answer(workspace, files, ran)


def exit_code(answer: dict[str, Any]) -> int:
    """2 if a batch was refused, else 1 if one failed, else 0."""
    states = {batch["status"] for batch in answer["batches"]}
    return 2 if "refused" in states else 1 if "failed" in states else 0


def _take(workspace: Workspace, path: Path, options: landing.Options, progress: Progress) -> _File:
    file = _File(path)
    try:
        offered = landing.offer(path, options)
        file.arrival = offered.arrival
        landing.take(workspace, offered, options.actor)
    except BadInputError as error:
        file.status, file.error = "refused", error
        progress(f"{path.name}: refused, {error.message}")
        return file
    if catalog.get(workspace.database, file.arrival.batch).published is not None:
        file.status = "duplicate"
    progress(f"{path.name}: {file.arrival.source} {file.arrival.entity}, {file.status}")
    return file


def _conclude(workspace: Workspace, file: _File, ran: launching.Ran | None) -> None:
    if file.arrival is None or file.status == "refused":
        return
    state = catalog.get(workspace.database, file.arrival.batch)
    file.counts = asdict(state.counts) if state.counts else file.counts
    if file.status == "queued" and state.published is not None:
        file.status = "published"
    elif file.status == "queued" and ran and ran.ok is False:
        file.status, file.error = "failed", _failure(ran)


def _failure(ran: launching.Ran) -> VelocityError:
    return VelocityError("run_failed", ran.error or f"run {ran.run_id} failed", f"open run {ran.run_id} in the UI")


def _answer(workspace: Workspace, files: list[_File], ran: launching.Ran | None) -> dict[str, Any]:
    shown = publishing.of_run(workspace.database, ran.run_id) if ran else None
    entities = shown.summary["entities"] if shown else {"contact": dict(NO_CHANGE), "account": dict(NO_CHANGE)}
    return {
        "version": shown.version if shown else publishing.newest(workspace.database),
        "run_id": ran.run_id if ran else None,
        "dry_run": False,
        "effect": None,
        "review": shown.summary["review"] if shown else 0,
        "entities": entities,
        "batches": [_batch_answer(file) for file in files],
    }


def _batch_answer(file: _File) -> dict[str, Any]:
    arrival = file.arrival
    known = {
        name: getattr(arrival, name, None) for name in ("batch", "member", "source", "entity", "mapping", "sha256")
    }
    error = file.error.as_dict() if file.error else None
    skipped = arrival.skipped if arrival else 0
    return {**known, "file": str(file.path), "status": file.status, **file.counts, "skipped": skipped, "error": error}
