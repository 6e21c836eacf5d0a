"""Processes that outlive the command that started them: started apart, found again, stopped without harm to others.

Not here: which processes there are (`velocity_pipelines.platform.processes`).
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Child:
    """A process that we started; `started` tells it from another that was given the same pid since."""

    name: str
    pid: int
    started: float
    port: int | None

    def process(self) -> psutil.Process | None:
        """The process if it still is the one that we started and lives."""
        with contextlib.suppress(psutil.NoSuchProcess):
            found = psutil.Process(self.pid)
            if abs(found.create_time() - self.started) < 1 and found.status() != psutil.STATUS_ZOMBIE:
                return found
        return None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process() is not None


def spawn(name: str, command: list[str], environ: dict[str, str], log: Path, port: int | None = None) -> Child:
    """Start a process in a session of its own, its output appended to a log file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        process = subprocess.Popen(
            command,
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
    """Ask each to end, in order, with everything that it started; end by force what does not."""
    for child in children:
        process = child.process()
        if process is None:
            continue
        family = [process, *process.children(recursive=True)]
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
        _, left = psutil.wait_procs(family, timeout=STOP_SECONDS)
        for survivor in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                survivor.kill()
        psutil.wait_procs(left, timeout=5)


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
