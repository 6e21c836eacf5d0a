"""`velocity import` as one function: take files in, run them, and say what became of each.

Not here: words for people (`velocity_pipelines.cli`), reading of files (`velocity_pipelines.landing`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from identity.errors import BadInputError, VelocityError
from identity.fields import RESOLVED
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
    dry_run: bool = False
    expect: str | None = None  # the effect that a dry run gave


@dataclass(slots=True)
class _File:
    path: Path
    options: landing.Options
    offered: landing.Offered | None = None
    status: str = "queued"
    error: VelocityError | None = None
    counts: dict[str, int] = field(default_factory=lambda: dict(NO_COUNTS))

    @property
    def batch(self) -> str:
        """Its batch; only a file that was not refused has one."""
        if self.offered is None:
            raise ValueError("a refused file has no batch")
        return self.offered.arrival.batch


def import_files(settings: Settings, workspace: Workspace, request: Request, progress: Progress) -> dict[str, Any]:
    """One run and one publication for all files that can be taken; the answer of the contract, in its shape."""
    workspace.storage.probe()
    files: list[_File] = []
    for path, options in request.files:
        files.append(_offer(workspace, path, options, progress, files))
    foreseen = _foresee(workspace, files) if request.dry_run or request.expect else None
    if foreseen:
        if request.dry_run:
            return _answer(files, None, foreseen)
        if foreseen.effect != request.expect:
            hint = "make a dry run again, with the same --received-at"
            raise BadInputError("effect_changed", "the import would no longer do what the dry run said", hint)
    for file in _queued(files):
        landing.take(workspace, file.offered, file.options.actor)  # type: ignore[arg-type]
    waiting = list(dict.fromkeys(file.batch for file in _queued(files)))
    follows = foreseen.follows if foreseen else None
    ran: launching.Ran | None = None
    if waiting:
        ran = launching.run_import(settings, waiting, progress, wait=request.wait, follows=follows)
    if request.expect and ran and ran.ok is False:
        _take_back(workspace, _queued(files))
    for file in files:
        _conclude(workspace, file, ran)
    shown = publishing.of_run(workspace.database, ran.run_id) if ran else None
    answer = _answer(files, ran, shown)
    return {**answer, "version": shown.version if shown else publishing.newest(workspace.database)}


def exit_code(answer: dict[str, Any]) -> int:
    """2 if a batch was refused, else 1 if one failed, else 0."""
    states = {batch["status"] for batch in answer["batches"]}
    return 2 if "refused" in states else 1 if "failed" in states else 0


def _offer(
    workspace: Workspace, path: Path, options: landing.Options, progress: Progress, before: list[_File]
) -> _File:
    file = _File(path, options)
    try:
        file.offered = landing.recognise(workspace, landing.offer(path, options), options)
    except BadInputError as error:
        file.status, file.error = "refused", error
        progress(f"{path.name}: refused, {error.message}")
        return file
    if file.offered.is_shown or any(file.batch == other.batch for other in before if other.offered):
        file.status = "duplicate"
    arrival = file.offered.arrival
    progress(f"{path.name}: {arrival.source} {arrival.entity}, {file.status}")
    return file


def _queued(files: list[_File]) -> list[_File]:
    return [file for file in files if file.status == "queued"]


def _foresee(workspace: Workspace, files: list[_File]) -> publishing.Foreseen:
    from velocity_pipelines.preview import preview  # noqa: PLC0415 - only a dry run evaluates in this process

    seen = preview(workspace, [file.offered for file in _queued(files) if file.offered])
    for file in _queued(files):
        file.counts = asdict(seen.counts[file.batch])
    return seen.foreseen


def _take_back(workspace: Workspace, files: list[_File]) -> None:
    """What was to be published only as foreseen, and was not, is not left for the next run to publish."""
    for file in files:
        if catalog.get(workspace.database, file.batch).published is None:
            catalog.withdraw(workspace.database, file.batch, "platform", "not published as it was foreseen")


def _conclude(workspace: Workspace, file: _File, ran: launching.Ran | None) -> None:
    if file.status == "refused":
        return
    state = catalog.get(workspace.database, file.batch)
    file.counts = asdict(state.counts) if state.counts else file.counts
    if file.status == "queued" and state.published is not None:
        file.status = "reinstated" if file.offered and file.offered.is_withdrawn else "published"
    elif file.status == "queued" and ran and ran.ok is False:
        file.status, file.error = "failed", _failure(ran)


def _failure(ran: launching.Ran) -> VelocityError:
    return VelocityError("run_failed", ran.error or f"run {ran.run_id} failed", f"open run {ran.run_id} in the UI")


def _answer(
    files: list[_File], ran: launching.Ran | None, shown: publishing.Shown | publishing.Foreseen | None
) -> dict[str, Any]:
    dry = isinstance(shown, publishing.Foreseen)
    nothing = {entity: dict(NO_CHANGE) for entity in RESOLVED}
    return {
        "version": None,
        "run_id": ran.run_id if ran else None,
        "dry_run": dry,
        "effect": shown.effect if isinstance(shown, publishing.Foreseen) else None,
        "review": shown.summary["review"] if shown else 0,
        "entities": {entity: shown.summary["entities"][entity] for entity in RESOLVED} if shown else nothing,
        "batches": [_batch_answer(file, dry=dry) for file in files],
    }


def _batch_answer(file: _File, *, dry: bool) -> dict[str, Any]:
    arrival = file.offered.arrival if file.offered else None
    known = {
        name: getattr(arrival, name, None) for name in ("batch", "member", "source", "entity", "mapping", "sha256")
    }
    error = file.error.as_dict() if file.error else None
    skipped = arrival.skipped if arrival else 0
    answer = {**known, "file": str(file.path), "status": file.status, **file.counts, "skipped": skipped, "error": error}
    return {**answer, "batch": None} if dry else answer
