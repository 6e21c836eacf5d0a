"""Carrying an erasure out. The intent is in the log before anything is destroyed; from then on no evaluation sees the
person. Whatever kills it, the same command continues it.

Not here: what is to be destroyed (`velocity_pipelines.erasing.plan`), and who may ask for it (`asking`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from identity.errors import VelocityError
from identity.redaction import Person
from resources import catalog, erasures, log
from resources.blanking import blank
from resources.erasing import frames, names, payloads, pictures, scouring, tables
from resources.erasing.known import Erased
from resources.erasure_key import key_id, keyed
from resources.erasures import LOCK, checked
from resources.storage import digest_of
from resources.workspace import Workspace
from velocity_pipelines import launching
from velocity_pipelines.deciding import Author
from velocity_pipelines.erasing.plan import Plan
from velocity_pipelines.settings import Settings

Progress = Callable[[str], None]


def begin(workspace: Workspace, found: Plan, who: Author, requested: int | None) -> int:
    """Enter the intent: what is to be destroyed, by hashes alone. Under the locks of `carry_out`."""
    before = erasures.read(workspace)
    key = checked(workspace.erasure_key, before) if before.ids() else workspace.erasure_key.make()
    said: dict[str, Any] = {
        "erases": found.canonical_id,
        "ids": found.ids,
        "stood": [list(one) for one in found.stood],
        "requested": requested,
        "reason": who.reason,
        "key": key_id(key),
        "batches": found.batches,
        "files": _blanked(workspace, found, before),
        "hashes": sorted(keyed(key, found.tokens)),
        "accounts": found.accounts,
    }
    person = Person.of(found.ids, found.keys, found.names)
    with workspace.database.transaction() as connection:
        jobs = pictures.jobs_of(connection, found.ids, found.stood)
        restated, destroyed = payloads.left_of(connection, person, jobs)
        said |= {"reason": person.hides(who.reason), "restated": restated, "destroyed": destroyed}
        return payloads.enter(connection, said, who.actor)


def _blanked(workspace: Workspace, found: Plan, before: erasures.Erasures) -> dict[str, Any]:
    """Each file of theirs without the rows, kept beside the old one: where it stands now, and the rows by table."""
    files: dict[str, Any] = {}
    arrivals = [(catalog.get(workspace.database, batch).arrival, lines) for batch, lines in found.batches.items()]
    for arrival, lines in arrivals:
        facts = files.setdefault(arrival.sha256, {"name": arrival.file, "rows": {}})
        facts["rows"][arrival.member] = lines
    for sha256, facts in files.items():
        rows = {member: frozenset(lines) for member, lines in facts["rows"].items()}
        with TemporaryDirectory(prefix="velocity-") as folder:
            out = Path(folder) / "blanked"
            with workspace.storage.local("evidence", before.evidence(sha256)) as path:
                blank(path, facts.pop("name"), rows, out)
            facts["became"] = workspace.storage.put_file("evidence", out)
    return files


def carry_out(
    settings: Settings,
    workspace: Workspace,
    found: Callable[[], Plan],
    who: Author,
    requested: int | None,
    tell: Progress,
) -> dict[str, Any]:
    """Erase what is found under the locks, or continue what was begun; the number of the entry and the new version."""
    with workspace.database.lock("lane"), workspace.database.lock(LOCK):
        wanted = found()
        unfinished = _unfinished(workspace, wanted.canonical_id)
        seq = unfinished or begin(workspace, wanted, who, requested)
        said = _said(workspace, seq)
        tell("destroying evidence and frames")
        frames.purge(workspace, said["batches"])
        _drop_evidence(workspace)
        _drop_landed(settings, said)
    tell("publishing without the person")
    ran, _ = launching.run_resolve(settings, [], tell)
    if not ran.ok:
        raise VelocityError("run_failed", ran.error or f"run {ran.run_id} failed", "run the same command again")
    return {"erasure": seq, "run_id": ran.run_id, "refused": _finish(workspace, seq, said, who, tell)}


def _finish(workspace: Workspace, seq: int, said: dict[str, Any], who: Author, tell: Progress) -> list[str]:
    with workspace.database.lock("lane"), workspace.database.lock(LOCK):
        erased = Erased.of(checked(workspace.erasure_key, erasures.read(workspace)), said)
        tell("destroying what history, ids and pictures hold")
        names.purge(workspace, seq, erased, who.actor)
        tables.purge(workspace, said, erased)
        with workspace.aside("replay"):
            pass  # what a killed replay left
        frames.sweep(workspace)
        tell("writing the tables anew")
        refused = scouring.scour(workspace.database)
        with workspace.database.transaction() as connection:
            log.append(connection, "erasure", {"completes": seq}, who.actor)
    return refused


def _unfinished(workspace: Workspace, canonical_id: str) -> int | None:
    begun = erasures.read(workspace).unfinished()
    return next((seq for seq, said in begun if said["erases"] == canonical_id), None)


def _said(workspace: Workspace, seq: int) -> dict[str, Any]:
    with workspace.database.transaction() as connection:
        return log.payload(connection, seq)


def _drop_evidence(workspace: Workspace) -> None:
    """Destroy the bytes in whose place blanked ones stand; never what is some batch's evidence now."""
    found, files = erasures.read(workspace), catalog.evidence(workspace.database)
    kept = {found.evidence(sha256) for sha256 in files}
    former = {
        digest
        for _, said in found.of("erases")
        for sha256, f in said["files"].items()
        for digest in (sha256, f["became"])
    }
    for digest in sorted(former - kept):
        workspace.storage.destroy("evidence", digest)


def _drop_landed(settings: Settings, said: dict[str, Any]) -> None:
    """The same files where the landing sensor has put them."""
    with suppress(FileNotFoundError):
        for path in (settings.landing / "taken").iterdir():
            if path.is_file() and digest_of(path) in said["files"]:
                path.unlink()
