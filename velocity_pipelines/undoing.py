"""Taking an import out again, and what that would do.

Not here: how a batch is marked (`resources.catalog`).
"""

from __future__ import annotations

from typing import Any

from resources import catalog, publishing
from resources.workspace import Workspace
from velocity_pipelines import launching
from velocity_pipelines.deciding import Author
from velocity_pipelines.importing import NO_CHANGE
from velocity_pipelines.launching import Progress
from velocity_pipelines.settings import Settings


def undo(settings: Settings, workspace: Workspace, batch: str, who: Author, progress: Progress) -> dict[str, Any]:
    """Withdraw a batch and publish what remains; `unknown_batch`, `already_undone`."""
    seq = catalog.withdraw(workspace.database, batch, who.actor, who.reason)
    ran, _ = launching.run_resolve(settings, [], progress)
    shown = publishing.of_run(workspace.database, ran.run_id)
    told = {"version": shown.version if shown else None, "run_id": ran.run_id, "ok": ran.ok, "error": ran.error}
    return {"batch": batch, "decision": seq, "dry_run": False, "effect": None, **told, **_summary(shown)}


def foresee(workspace: Workspace, batch: str) -> dict[str, Any]:
    """What `undo` would do; nothing is written."""
    from velocity_pipelines.preview import preview_without  # noqa: PLC0415 - only a dry run evaluates in this process

    catalog.get(workspace.database, batch)
    seen = preview_without(workspace, batch)
    told = {"version": None, "run_id": None, "ok": True, "error": None}
    return {"batch": batch, "decision": None, "dry_run": True, "effect": seen.effect, **told, **_summary(seen)}


def _summary(seen: publishing.Shown | publishing.Foreseen | None) -> dict[str, Any]:
    if seen is None:
        return {"review": 0, "entities": {"contact": dict(NO_CHANGE), "account": dict(NO_CHANGE)}}
    return {"review": seen.summary["review"], "entities": seen.summary["entities"]}
