"""The platform's processes: Postgres, one code server, webserver, daemon. Up, down, and what runs.

Webserver and daemon point to the one code server, so the definitions load once.

Not here: how a process is started and stopped (`velocity_pipelines.platform.children`).
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

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
    with _lock(settings):
        known = children.load(_file(settings))
        if all(child.alive for child in known) and len(known) == len(NAMES):
            return status(settings)
        _stop_processes(known)
        _check_port(settings.webserver_port)
        started: list[Child] = []
        try:
            _start_postgres(settings, progress)
            _start(settings, started, progress)
        except BaseException:
            _stop(settings, started)
            raise
    return status(settings)


def _start_postgres(settings: Settings, progress: Progress) -> None:
    progress("starting Postgres")
    from velocity_pipelines.platform.databases import dagster_dsn, embedded, open_workspace  # noqa: PLC0415 - slow

    if settings.database_url is None:
        embedded(settings).keep(on=True)
    open_workspace(settings)
    dagster_dsn(settings)


def _start(settings: Settings, started: list[Child], progress: Progress) -> None:
    def start(name: str, port: int | None, module: str, *arguments: str) -> Child:
        command = [sys.executable, "-m", module, *arguments]
        log = settings.home / "logs" / f"{name}.log"
        started.append(children.spawn(name, command, environment(settings), log, port))
        children.save(_file(settings), started)  # at once: whatever happens now, `down` finds it
        return started[-1]

    progress("starting the code server")
    port, ui = _free_port(), settings.webserver_port
    workspace = ("-w", str(_write_workspace(settings, port)))
    server = ("velocity_pipelines.platform.code_server", "--port", str(port), "--location-name", LOCATION)
    code = start("code-server", port, *server)
    _wait(code, lambda: _listening(port))
    progress("starting webserver and daemon")
    web = start("webserver", ui, "dagster_webserver", "-h", "127.0.0.1", "-p", str(ui), *workspace)
    start("daemon", None, "dagster._daemon", "run", *workspace)
    _wait(web, lambda: _ready(settings))


def down(settings: Settings, progress: Progress) -> Status:
    """Stop everything; the code server lets its runs end, for half a minute."""
    with _lock(settings):
        progress("stopping")
        _stop(settings, children.load(_file(settings)))
    return status(settings)


def _stop_processes(known: list[Child]) -> None:
    """The code server last, so that it can end its runs and is given no new one."""
    children.stop([child for child in known if child.name != "code-server"])
    children.stop([child for child in known if child.name == "code-server"])


def _stop(settings: Settings, known: list[Child]) -> None:
    _stop_processes(known)
    _file(settings).unlink(missing_ok=True)
    if settings.database_url is None and (settings.home / "postgres").exists():
        from velocity_pipelines.platform.databases import embedded  # noqa: PLC0415

        server = embedded(settings)
        server.keep(on=False)
        if server.status().running:
            with server.hold():  # the last user stops it
                pass


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
    """URL of the running UI, None while the platform is down or on its way."""
    known = [child for child in children.load(_file(settings)) if child.alive]
    port = next((child.port for child in known if child.name == "webserver"), None)
    return _url(port) if port and len(known) == len(NAMES) and _listening(port) else None


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _where(child: Child) -> str:
    return f"127.0.0.1:{child.port}, pid {child.pid}" if child.port else f"pid {child.pid}"


def _postgres(settings: Settings) -> Part:
    if settings.database_url:
        named = urlsplit(settings.database_url)
        return Part("postgres", "named", f"{named.hostname}:{named.port or 5432}{named.path}")
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
    if not _listening(settings.webserver_port):
        return False
    return graphql.location_loaded(_url(settings.webserver_port), LOCATION)


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


@contextmanager
def _lock(settings: Settings) -> Iterator[None]:
    """One `up` or `down` at a time."""
    dagster_home(settings)
    lock = FileLock(settings.home / "platform.lock")
    try:
        lock.acquire(timeout=2 * START_SECONDS)
    except Timeout:
        raise VelocityError("busy", "another `up` or `down` is at work", "wait for it to end") from None
    try:
        yield
    finally:
        lock.release()
