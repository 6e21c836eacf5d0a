"""The platform's processes: Postgres, one code server, webserver, daemon. Up, down, and what runs.

Webserver and daemon point to the one code server, so the definitions load once.

Not here: how a process is started and stopped (`velocity_pipelines.platform.children`).
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from filelock import FileLock

from identity.errors import BadInputError, VelocityError
from velocity_pipelines.platform import children, graphql
from velocity_pipelines.platform.children import Child
from velocity_pipelines.platform.instance import LOCATION, dagster_home, environment
from velocity_pipelines.settings import Settings

START_SECONDS = 90.0
NAMES = ("code-server", "webserver", "daemon")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the platform."""

    name: str
    state: str  # up | down | died
    where: str


@dataclass(frozen=True, slots=True)
class Status:
    """What runs where; `url` of the UI while it is up."""

    processes: list[Part]
    url: str | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON answers."""
        return {
            "url": self.url,
            "processes": [{"name": p.name, "state": p.state, "where": p.where} for p in self.processes],
        }


def up(settings: Settings, progress: Progress) -> Status:
    """Start what does not run; `port_in_use` if the UI's port is taken. What it started is stopped if it fails."""
    from velocity_pipelines.platform.databases import dagster_dsn, embedded, open_workspace  # noqa: PLC0415

    with _lock(settings):
        known = [child for child in children.load(_file(settings)) if child.alive]
        if len(known) == len(NAMES):
            return status(settings)
        children.stop(known)
        _check_port(settings.webserver_port)
        progress("starting Postgres")
        if settings.database_url is None:
            embedded(settings).keep(on=True)
        open_workspace(settings)
        dagster_dsn(settings)
        started: list[Child] = []
        try:
            _start(settings, started, progress)
        except BaseException:
            children.stop(started[::-1])
            _stop_postgres(settings)
            raise
        children.save(_file(settings), started)
    return status(settings)


def _start(settings: Settings, started: list[Child], progress: Progress) -> None:
    progress("starting the code server")
    port = _free_port()
    where = ["-h", "127.0.0.1", "-p", str(port)]
    serve = ["api", "grpc", *where, "-m", "velocity_pipelines.definitions", "--location-name", LOCATION]
    started.append(_spawn(settings, "code-server", [*serve, "--max-workers", "4"], port))
    _wait(started[0], lambda: _listening(port))
    workspace = ["-w", str(_write_workspace(settings, port))]
    progress("starting webserver and daemon")
    ui = ["-h", "127.0.0.1", "-p", str(settings.webserver_port), *workspace]
    started.append(_spawn(settings, "webserver", ui, settings.webserver_port, tool="dagster-webserver"))
    started.append(_spawn(settings, "daemon", ["run", *workspace], None, tool="dagster-daemon"))
    _wait(started[1], lambda: _ready(settings))


def _spawn(settings: Settings, name: str, arguments: list[str], port: int | None, tool: str = "dagster") -> Child:
    program = str(Path(sys.executable).parent / tool)
    log = settings.home / "logs" / f"{name}.log"
    return children.spawn(name, [program, *arguments], environment(settings), log, port)


def down(settings: Settings, progress: Progress) -> Status:
    """Stop everything, daemon first, so that nothing new begins; the code server lets its runs end."""
    with _lock(settings):
        progress("stopping")
        order = {"daemon": 0, "webserver": 1, "code-server": 2}
        children.stop(sorted(children.load(_file(settings)), key=lambda child: order[child.name]))
        _file(settings).unlink(missing_ok=True)
        _stop_postgres(settings)
    return status(settings)


def _stop_postgres(settings: Settings) -> None:
    from velocity_pipelines.platform.databases import embedded  # noqa: PLC0415

    if settings.database_url is None and (settings.home / "postgres").exists():
        embedded(settings).keep(on=False)
        embedded(settings).stop()


def status(settings: Settings) -> Status:
    """What runs where."""
    known = {child.name: child for child in children.load(_file(settings))}
    parts = [_postgres(settings)]
    for name in NAMES:
        child = known.get(name)
        state = "down" if child is None else "up" if child.alive else "died"
        parts.append(Part(name, state, _where(child) if child and state == "up" else ""))
    return Status(parts, webserver_url(settings))


def webserver_url(settings: Settings) -> str | None:
    """URL of the running UI, None while the platform is down."""
    known = [child for child in children.load(_file(settings)) if child.alive]
    web = [child for child in known if child.name == "webserver"]
    return f"http://127.0.0.1:{web[0].port}" if web and len(known) == len(NAMES) else None


def _where(child: Child) -> str:
    return f"127.0.0.1:{child.port}, pid {child.pid}" if child.port else f"pid {child.pid}"


def _postgres(settings: Settings) -> Part:
    if settings.database_url:
        from resources.database import Database  # noqa: PLC0415

        url = Database(settings.database_url).url
        return Part("postgres", "named", f"{url.host}:{url.port or 5432}/{url.database}")
    if not (settings.home / "postgres").exists():
        return Part("postgres", "down", "")
    from velocity_pipelines.platform.databases import embedded  # noqa: PLC0415

    found = embedded(settings).status()
    return Part("postgres", "up" if found.running else "down", f"127.0.0.1:{found.port}" if found.running else "")


def _write_workspace(settings: Settings, port: int) -> Path:
    target = dagster_home(settings) / "workspace.yaml"
    server = f"host: 127.0.0.1, port: {port}, location_name: {LOCATION}"
    target.write_text(f"load_from:\n  - grpc_server: {{{server}}}\n")
    return target


def _ready(settings: Settings) -> bool:
    url = f"http://127.0.0.1:{settings.webserver_port}"
    try:
        return graphql.location_loaded(url, LOCATION)
    except httpx.TransportError:
        return False


def _wait(child: Child, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if not child.alive or time.monotonic() > deadline:
            raise VelocityError(
                "start_failed", f"the {child.name} did not start", f"see logs/{child.name}.log in the home"
            )
        time.sleep(0.1)


def _check_port(port: int) -> None:
    if _listening(port):
        hint = "stop what uses it, or set another VELOCITY_WEBSERVER_PORT"
        raise BadInputError("port_in_use", f"port {port} is in use", hint)


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _file(settings: Settings) -> Path:
    return settings.home / "platform.json"


def _lock(settings: Settings) -> FileLock:
    settings.home.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.home / "platform.lock", timeout=2 * START_SECONDS)
