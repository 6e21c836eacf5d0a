"""`velocity import` as one function: take files in, run them, and say what became of each.

Not here: words for people (`velocity_pipelines.cli`), reading of files (`velocity_pipelines.landing`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from identity.errors import BadInputError, VelocityError
from identity.fields import RESOLVED
from resources import catalog, publishing
from resources.workspace import Workspace
from velocity_pipelines import landing, launching
from velocity_pipelines.launching import Progress
from velocity_pipelines.settings import Settings

NO_COUNTS = dict.fromkeys((f.name for f in fields(catalog.Counts)), 0)
NO_CHANGE = {"created": 0, "updated": 0, "merged": 0, "split": 0, "retired": 0}


@dataclass(frozen=True, slots=True)
class Request:
    """The files of one call and what the sender says of each."""

    files: list[tuple[Path, landing.Options]]
    wait: bool = True
    dry_run: bool = False
    expect: str | None = None  # the effect that a dry run gave


@dataclass(slots=True)
class _Part:
    """A table of a file, or a file that has none that can be read."""

    path: Path
    actor: str
    member: str = ""
    offered: landing.Offered | None = None
    status: str = "queued"
    error: VelocityError | None = None
    counts: dict[str, int] = field(default_factory=lambda: dict(NO_COUNTS))

    @property
    def batch(self) -> str:
        """Its batch; only what was not refused has one."""
        if self.offered is None:
            raise ValueError("what was refused has no batch")
        return self.offered.arrival.batch


def import_files(settings: Settings, workspace: Workspace, request: Request, progress: Progress) -> dict[str, Any]:
    """One run and one publication for all files that can be taken; the answer of the contract, in its shape."""
    workspace.storage.probe()
    files: list[_Part] = []
    for path, options in request.files:
        for found in landing.offer(path, options):
            files.append(_recognised(workspace, found, options, progress, files))
    foreseen = _foresee(workspace, files) if request.dry_run or request.expect else None
    if foreseen:
        if request.dry_run:
            return _answer(files, None, foreseen)
        if foreseen.effect != request.expect:
            hint = "make a dry run again, with the same --received-at"
            raise BadInputError("effect_changed", "the import would no longer do what the dry run said", hint)
    for file in _queued(files):
        _take(workspace, file)
    waiting = list(dict.fromkeys(file.batch for file in _queued(files)))
    follows = foreseen.follows if foreseen else None
    ran: launching.Ran | None = None
    if waiting:
        ran = launching.run_import(settings, waiting, progress, wait=request.wait, follows=follows)
    if request.expect and ran and ran.ok is False:
        _take_back(workspace, _queued(files))
    for file in files:
        _conclude(workspace, file, ran)
    _put_back(settings, workspace, [file for file in files if file.status == "failed"], progress)
    shown = publishing.of_run(workspace.database, ran.run_id) if ran else None
    answer = _answer(files, ran, shown)
    return {**answer, "version": shown.version if shown else publishing.newest(workspace.database)}


def exit_code(answer: dict[str, Any]) -> int:
    """2 if a batch was refused, else 1 if one failed, else 0."""
    states = {batch["status"] for batch in answer["batches"]}
    return 2 if "refused" in states else 1 if "failed" in states else 0


def _recognised(
    workspace: Workspace,
    found: landing.Offered | landing.Refused,
    options: landing.Options,
    progress: Progress,
    before: list[_Part],
) -> _Part:
    if isinstance(found, landing.Refused):
        progress(f"{found.path.name}: refused, {found.error.message}")
        return _Part(found.path, options.actor, found.member, status="refused", error=found.error)
    offered = landing.recognise(workspace, found, options)
    arrival = offered.arrival
    part = _Part(found.path, options.actor, arrival.member, offered)
    if offered.is_shown or any(part.batch == other.batch for other in before if other.offered):
        part.status = "duplicate"
    progress(f"{found.path.name}: {arrival.source} {arrival.entity}, {part.status}")
    return part


def _take(workspace: Workspace, part: _Part) -> None:
    try:
        landing.take(workspace, part.offered, part.actor)  # type: ignore[arg-type]
    except BadInputError as error:
        if error.code != "file_changed":
            raise
        part.status, part.error, part.offered = "refused", error, None


def _queued(files: list[_Part]) -> list[_Part]:
    return [file for file in files if file.status == "queued"]


def _foresee(workspace: Workspace, files: list[_Part]) -> publishing.Foreseen:
    from velocity_pipelines.preview import preview  # noqa: PLC0415 - only a dry run evaluates in this process

    seen = preview(workspace, [file.offered for file in _queued(files) if file.offered])
    for file in _queued(files):
        file.counts = asdict(seen.counts[file.batch])
    return seen.foreseen


def _take_back(workspace: Workspace, files: list[_Part]) -> None:
    """What was to be published only as foreseen, and was not, is not left for the next run to publish."""
    for file in files:
        if catalog.get(workspace.database, file.batch).published is None:
            catalog.withdraw(workspace.database, file.batch, "platform", "not published as it was foreseen")


def _put_back(settings: Settings, workspace: Workspace, failed: list[_Part], progress: Progress) -> None:
    """Where reading a batch anew failed, its former reading takes its place again."""
    former = [(file.offered.former, file.actor) for file in failed if file.offered and file.offered.former]
    for reading, actor in former:
        catalog.register(workspace.database, reading.arrival, reading.rules, actor)
    if former:
        launching.run_import(settings, [reading.arrival.batch for reading, _ in former], progress)


def _conclude(workspace: Workspace, file: _Part, ran: launching.Ran | None) -> None:
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
    files: list[_Part], ran: launching.Ran | None, shown: publishing.Shown | publishing.Foreseen | None
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


def _batch_answer(file: _Part, *, dry: bool) -> dict[str, Any]:
    arrival = file.offered.arrival if file.offered else None
    known = {name: getattr(arrival, name, None) for name in ("batch", "source", "entity", "mapping", "sha256")}
    error = file.error.as_dict() if file.error else None
    answer = {"file": str(file.path), "member": file.member, "status": file.status, **file.counts, "error": error}
    return {**known, **answer, **({"batch": None} if dry else {})}
