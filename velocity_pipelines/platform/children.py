"""Processes that outlive the command that started them: started apart, found again, stopped without harm to others.

Not here: which processes there are (`velocity_pipelines.platform.processes`).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

STOP_SECONDS, LEFT_SECONDS = 30.0, 5.0


@dataclass(frozen=True, slots=True)
class Child:
    """A process that we started; `started` tells it from another that was given the same pid since."""

    name: str
    pid: int
    started: float  # seconds since the epoch
    port: int | None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return same_process(self.pid, self.started)

    def family(self) -> list[psutil.Process]:
        """It and all that it started, which may have outlived it: the processes of its session.

        A pid is not given away while a session bears its number, unless the whole session has ended.
        """
        if psutil.pid_exists(self.pid) and _started(self.pid) not in (None, self.started):
            return []
        return [found for pid in psutil.pids() if (found := _member(pid, self.pid))]


def same_process(pid: int, started: float) -> bool:
    """Whether that very process lives, and not another that was given its pid."""
    try:
        found = psutil.Process(pid)
        return found.create_time() == started and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _started(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def _member(pid: int, session: int) -> psutil.Process | None:
    try:
        found = psutil.Process(pid) if os.getsid(pid) == session else None
        return found if found and found.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, psutil.NoSuchProcess):
        return None


def spawn(name: str, command: list[str], environ: dict[str, str], log: Path, port: int | None = None) -> Child:
    """Start a process in a session of its own, in the folder of its log, its output appended to that."""
    with log.open("ab") as stream:
        process = subprocess.Popen(
            command,
            cwd=log.parent,  # a `.env` or a module in the folder of the caller is none of its business
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
            preexec_fn=_default_signals,  # noqa: PLW1509 - two calls of signal.signal, no lock is taken
        )
    child = Child(name, process.pid, psutil.Process(process.pid).create_time(), port)
    process.returncode = 0  # it outlives us on purpose: nobody is to warn that it still runs
    return child


def _default_signals() -> None:
    """A shell's background job ignores these, and what it starts would inherit that and could not be stopped."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def stop(children: list[Child]) -> None:
    """Ask all to end, wait for them, then see to what they left behind; end by force what does not end by itself."""
    families = [p for child in children for p in child.family()]
    _end([p for p in families if p.pid in {child.pid for child in children}], STOP_SECONDS)
    _end([p for child in children for p in child.family()], LEFT_SECONDS)


def _end(processes: list[psutil.Process], seconds: float) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(processes, timeout=seconds)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=LEFT_SECONDS)


def save(file: Path, children: list[Child]) -> None:
    """Remember the processes."""
    part = file.with_name(file.name + ".part")
    part.write_text(json.dumps([asdict(child) for child in children]))
    part.replace(file)


def load(file: Path) -> list[Child]:
    """The processes that were remembered, none if there is no such file."""
    try:
        return [Child(**facts) for facts in json.loads(file.read_text())]
    except FileNotFoundError:
        return []
