"""The running server, as its data folder tells of it: found, waited for, stopped.

Not here: starting it (`resources.embedded.cluster`).
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from identity.errors import VelocityError

STOP_SECONDS = 60.0
PORT_LINE, STATUS_LINE = 3, 7


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The server process; `port` is 0 and `ready` false until it has written them down."""

    pid: int
    port: int
    ready: bool


def find(data: Path) -> Postmaster | None:
    """The server that has this data folder open, None if there is none.

    The pid alone would not do: after a crash it may belong to another program, even to another Postgres.
    """
    lines = _lines(data)
    pid = _pid(lines)
    if pid is None or not _is_server_of(pid, data):
        return None
    if len(lines) <= STATUS_LINE:
        return Postmaster(pid, 0, ready=False)
    return Postmaster(pid, int(lines[PORT_LINE]), lines[STATUS_LINE].strip() == "ready")


def forget_foreign_pid(data: Path) -> None:
    """Remove the pid of a crashed server if another program has it by now: Postgres would take that for a server.

    Where the pid is dead Postgres itself knows what to do, and looks for orphans of the old server besides.
    """
    pid = _pid(_lines(data))
    if pid is not None and psutil.pid_exists(pid) and not _is_server_of(pid, data):
        (data / "postmaster.pid").unlink(missing_ok=True)


def wait_ready(data: Path, seconds: float) -> Postmaster | None:
    """The server once it takes connections; None if there is none, or none any more. `postgres_slow` after a while."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        running = find(data)
        if running is None or running.ready:
            return running
        time.sleep(0.02)
    raise slow()


def slow() -> VelocityError:
    """The error of a server that takes long, after a crash perhaps."""
    return VelocityError("postgres_slow", "Postgres is not ready yet", "see postgres.log in the home, then try again")


def stop(data: Path) -> bool:
    """Stop the server, ending its connections; False if none ran. `postgres_stuck` if it does not end."""
    running = find(data)
    if running is None:
        return False
    try:
        process = psutil.Process(running.pid)
        for number in (signal.SIGINT, signal.SIGQUIT):  # with a last checkpoint; without, left to crash recovery
            process.send_signal(number)
            if _ended(process):
                return True
    except psutil.NoSuchProcess:
        return True
    raise VelocityError("postgres_stuck", f"Postgres does not end (pid {running.pid})", "see postgres.log in the home")


def end_orphans(data: Path) -> None:
    """End what a killed server left behind: a busy query would keep the next server from starting until it is done."""
    if find(data) is None:
        for process in psutil.process_iter():
            if _is_server_of(process.pid, data):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGQUIT)


def _ended(process: psutil.Process) -> bool:
    """Wait until it ends. A zombie has ended; if it is ours we collect it, and in a container perhaps nobody does."""
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if not process.is_running():
            return True
        if process.status() == psutil.STATUS_ZOMBIE:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)
            return True
        time.sleep(0.02)
    return False


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _pid(lines: list[str]) -> int | None:
    return int(lines[0]) if lines and re.fullmatch(r"[0-9]{1,9}", lines[0].strip()) else None


def _is_server_of(pid: int, data: Path) -> bool:
    """Whether the process lives and works in the data folder, as a server does."""
    try:
        return Path(psutil.Process(pid).cwd()) == data.resolve()
    except psutil.Error:
        return False
