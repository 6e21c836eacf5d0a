"""Release gates: what must hold before an environment is released, each with what was seen.

A gate is green because something was looked at; what cannot be looked at is red. Not here: mending anything, and what
is wrong with a machine (`velocity_pipelines.doctor`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from identity.contracts.checking import checked
from identity.errors import VelocityError
from resources import catalog, contracts
from resources.comfy.address import check_worker_url
from resources.workspace import Workspace
from velocity_pipelines import evidence
from velocity_pipelines.doctor import Finding, chain, database, erased, found
from velocity_pipelines.settings import Environment, Settings

SAMPLE = 50  # files of evidence that are hashed again; `velocity evidence verify` takes all


def judge(settings: Settings, env: Environment) -> list[Finding]:
    """All gates of an environment, seen from here."""
    return [
        found("settings", partial(_settings, env)),
        found("worker_url", partial(_worker, settings.comfy_url, env)),
        *(found(name, partial(_look, gate, settings)) for name, gate in GATES.items()),
    ]


def _look(gate: Callable[[Workspace], str], settings: Settings) -> str:
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415 - slow, and kept once it is open

    return gate(open_workspace(settings))


def _settings(env: Environment) -> str:
    """Whether what is configured here would do there."""
    Settings.read({**os.environ, "VELOCITY_ENV": env})
    return f"complete for {env}"


def _worker(url: str | None, env: Environment) -> str:
    if url is None:
        if env != "local":
            raise VelocityError("no_worker", "VELOCITY_COMFY_URL is not set", "a stand-in would make the pictures")
        return "none set: a local stand-in serves enrichment"
    host = urlsplit(check_worker_url(url, env)).hostname
    return f"{host}, by name over TLS" if env != "local" else str(host)


def _evidence(workspace: Workspace) -> str:
    damaged = evidence.verify(workspace, lambda _: None, sample=SAMPLE)
    if damaged:
        first = damaged[0]
        told = f"batch {first['batch']}: {first['code'].replace('_', ' ')}"
        raise VelocityError("evidence", told, "`velocity evidence verify` names all")
    total = len(catalog.evidence(workspace.database))
    return f"{min(SAMPLE, total)} of {total} files hashed again, all as they came"


def _contracts(workspace: Workspace) -> str:
    with workspace.database.transaction() as connection:
        active = [known for known in contracts.listed(connection) if known.active]
        for known in active:
            checked(known.name, contracts.text(connection, known))
    return ", ".join(f"{known.name} {known.version}" for known in active)


GATES: dict[str, Callable[[Workspace], str]] = {
    "schema": database,
    "audit_chain": chain,
    "evidence": _evidence,
    "contracts": _contracts,
    "erasures": erased,
}
