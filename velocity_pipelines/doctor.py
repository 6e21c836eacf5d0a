"""Configuration, connections, versions and disk: what is wrong, and what to do about it.

Not here: mending anything.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version

from identity.errors import BadInputError, VelocityError
from resources import erasures, log
from resources.migrations import NEWEST, current
from resources.storage import Storage
from resources.workspace import Workspace
from velocity_pipelines.settings import Settings

LEAST_FREE = 1024**3  # bytes
LIBRARIES = ("dagster", "polars", "splink", "duckdb", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    ok: bool
    what: str

    def as_dict(self) -> dict[str, object]:
        """For JSON answers."""
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; each check says by itself what is wrong."""
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("libraries", lambda: ", ".join(f"{name} {version(name)}" for name in LIBRARIES)),
        ("settings", lambda: f"{settings.env}, home {settings.home}"),
        ("disk", lambda: _disk(settings)),
        ("storage", lambda: _storage(settings)),
        ("database", lambda: database(open_workspace(settings))),
        ("log", lambda: chain(open_workspace(settings))),
        ("erasures", lambda: erased(open_workspace(settings))),
        ("worker", lambda: _worker(settings)),
    ]
    return [found(name, check) for name, check in checks]


def found(name: str, check: Callable[[], str]) -> Finding:
    """What a check says, or what is wrong and what to do."""
    try:
        return Finding(name, True, check())
    except VelocityError as error:
        return Finding(name, False, f"{error.message}: {error.hint}" if error.hint else error.message)


def _python() -> str:
    found = ".".join(map(str, sys.version_info[:3]))
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise VelocityError("python", f"Python {found} is not supported", "use 3.11, 3.12 or 3.13")
    return found


def _disk(settings: Settings) -> str:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError("home_unusable", f"{settings.home}: {error.strerror}", "set VELOCITY_HOME") from None
    free = shutil.disk_usage(settings.home).free
    if free < LEAST_FREE:
        raise VelocityError("disk", f"only {free // 1024**2} MB are free below {settings.home}", "free some space")
    return f"{free // 1024**3} GB free"


def _storage(settings: Settings) -> str:
    Storage(settings.storage_url).probe()
    return settings.storage_url


def database(workspace: Workspace) -> str:
    """Where the database is and that its schema is the code's; `schema`."""
    with workspace.database.transaction() as connection:
        at = current(connection)
    if at != NEWEST:
        raise VelocityError("schema", f"the schema is at {at}, the code at {NEWEST}", "run `velocity resolve`")
    url = workspace.database.url
    return f"{url.host}:{url.port}/{url.database}, schema at {at}"


def chain(workspace: Workspace) -> str:
    """How many entries the log has, all of them as they were written; `log`."""
    with workspace.database.transaction() as connection:
        verdict = log.verify(connection)
    if verdict.broken_at is not None:
        raise VelocityError("log", f"entry {verdict.broken_at}: {verdict.reason}", "restore the database from a backup")
    return f"{verdict.entries} entries, chain whole"


def erased(workspace: Workspace) -> str:
    """How many persons are erased, none by halves; `erasures`."""
    state = erasures.read(workspace)
    if state.unfinished():
        ids = ", ".join(said["erases"] for _, said in state.unfinished())
        raise VelocityError("erasures", f"not finished: {ids}", "run `velocity erase` for it again")
    if state.ids():
        erasures.checked(workspace.erasure_key, state)
    return f"{len(state.ids())} persons erased"


def _worker(settings: Settings) -> str:
    if settings.comfy_url is None:
        return "none set: a local stand-in serves enrichment"
    from resources.comfy import ComfyClient, check_worker_url  # noqa: PLC0415
    from resources.comfy.template import load, shipped  # noqa: PLC0415

    check_worker_url(settings.comfy_url, settings.env)
    with ComfyClient(settings.comfy_url, dict(settings.comfy_headers)) as client:
        said = [f"{settings.comfy_url}, ComfyUI {client.version()}"]
        templates = [load(name) for name in shipped()]
        lacks = {template.name: client.lacks(template) for template in templates}
    said += [f"no {name}: it has no {missing}" for name, missing in lacks.items() if missing]
    models = {file: licence for template in templates for file, licence in template.licences.items()}
    return "; ".join(said + [f"model {file}: {licence}" for file, licence in sorted(models.items())])
