"""Who may erase whom: what would be destroyed is listed first; outside of local somebody else has to approve.

Not here: carrying it out (`velocity_pipelines.erasing.doing`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from identity.errors import BadInputError
from resources import catalog, erasures, log, publishing
from resources.tables import LogEntry
from resources.workspace import Workspace
from velocity_pipelines.deciding import Author
from velocity_pipelines.erasing.doing import Progress, carry_out
from velocity_pipelines.erasing.plan import Plan, plan
from velocity_pipelines.settings import Settings


def listed(workspace: Workspace, found: Plan) -> dict[str, Any]:
    """What an erasure would destroy: each row with its file, and a hash over all (`effect`)."""
    files = {batch: catalog.get(workspace.database, batch).arrival for batch in found.batches}
    rows = [
        {**row, "file": files[row["batch"]].file, "member": files[row["batch"]].member} for row in found.rows.to_dicts()
    ]
    return {"erases": found.canonical_id, "rows": rows, "effect": found.effect, "accounts": found.accounts}


def is_begun(workspace: Workspace, canonical_id: str) -> bool:
    """Whether an erasure of that id waits to be continued."""
    return any(canonical_id in said["ids"] for _, said in erasures.read(workspace).unfinished())


def ask(
    settings: Settings, workspace: Workspace, name: str, who: Author, expect: str | None, tell: Progress
) -> dict[str, Any]:
    """Erase a contact, or outside of local ask for it; continue what was begun. `effect_changed`, `nothing_to_erase`,
    `reason_names_person`.
    """
    if settings.env == "local" or (expect is None and is_begun(workspace, name.rpartition(":")[2])):
        return _carry_out(settings, workspace, name, who, None, expect, tell)
    found = _checked(plan(workspace, name), who, expect)
    said = {"requests": found.canonical_id, "effect": found.effect, "reason": who.reason}
    with workspace.database.transaction() as connection:
        seq = log.append(connection, "erasure", said, who.actor)
    return {"state": "requested", "request": seq, "erasure": None, "run_id": None, "version": None, "refused": []}


def _checked(found: Plan, who: Author, effect: str | None) -> Plan:
    if effect is not None and effect != found.effect:
        raise BadInputError("effect_changed", "other rows than those listed would be erased now", "list them again")
    if found.rows.is_empty():
        raise BadInputError("nothing_to_erase", f"nothing of {found.canonical_id} is here", "`velocity erase held`")
    lower = who.reason.lower()
    if any(text.lower() in lower for text in (*found.spoken, *found.keys)):
        hint = "the reason stays in the log: name a request by its number"
        raise BadInputError("reason_names_person", "the reason names the person", hint)
    return found


def approve(settings: Settings, workspace: Workspace, request: int, who: Author, tell: Progress) -> dict[str, Any]:
    """Carry out what somebody else asked for; `unknown_request`, `not_allowed`, `effect_changed`."""
    found = erasures.read(workspace)
    asked = dict(found.of("requests")).get(request)
    done = {said["requested"] for _, said in found.of("erases")}
    if asked is None or (request in done and not is_begun(workspace, asked["requests"])):
        raise BadInputError("unknown_request", f"no request {request} waits", "`velocity erase list` lists them")
    with workspace.database.transaction() as connection:
        by = connection.execute(select(LogEntry.actor).where(LogEntry.seq == request)).scalar_one()
    if by == who.actor:
        raise BadInputError("not_allowed", "who asked for an erasure cannot approve it", "somebody else has to")
    return _carry_out(settings, workspace, asked["requests"], who, request, asked["effect"], tell)


def _carry_out(
    settings: Settings,
    workspace: Workspace,
    name: str,
    who: Author,
    request: int | None,
    effect: str | None,
    tell: Progress,
) -> dict[str, Any]:
    def found() -> Plan:
        now = plan(workspace, name)
        return now if is_begun(workspace, now.canonical_id) else _checked(now, who, effect)

    done = carry_out(settings, workspace, found, who, request, tell)
    shown = publishing.of_run(workspace.database, done["run_id"])
    return {"state": "erased", "request": request, **done, "version": shown.version if shown else None}


def requests(workspace: Workspace) -> list[dict[str, Any]]:
    """Every request and erasure, oldest first, with its state: requested, unfinished or erased."""
    found = erasures.read(workspace)
    begun, open_ = dict(found.of("erases")), {seq for seq, _ in found.unfinished()}
    answered = {said["requested"] for said in begun.values()}
    waiting = [
        {"number": seq, "erases": said["requests"], "reason": said["reason"], "state": "requested", "rows": None}
        for seq, said in found.of("requests")
        if seq not in answered
    ]
    carried = [
        {
            "number": seq, "erases": said["erases"], "reason": said["reason"],
            "state": "unfinished" if seq in open_ else "erased", "rows": sum(map(len, said["batches"].values())),
        }
        for seq, said in begun.items()
    ]  # fmt: skip
    return sorted([*waiting, *carried], key=lambda one: int(one["number"]))
