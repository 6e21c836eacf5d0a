"""Processes apart: found again by pid and start time, stopped with all that they started, and nothing else."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from velocity_pipelines.platform import children
from velocity_pipelines.platform.children import Child

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Child]]:
    """Starts a process that runs some Python."""
    started: list[Child] = []

    def spawn(code: str) -> Child:
        command = [sys.executable, "-c", code]
        started.append(children.spawn(f"p{len(started)}", command, dict(os.environ), tmp_path / f"p{len(started)}.log"))
        return started[-1]

    yield spawn
    children.stop(started)
    assert not [p for child in started for p in child.family()]


def wait_for_text(log: Path) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if log.exists() and "\n" in log.read_text():
            return log.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{log.name} stays empty")


def test_stop_ends_what_a_process_started(start: Callable[[str], Child], tmp_path: Path) -> None:
    child = start(PARENT)
    grandchild = psutil.Process(int(wait_for_text(tmp_path / "p0.log")))
    assert {p.pid for p in child.family()} == {child.pid, grandchild.pid}
    children.stop([child])
    assert not child.alive
    assert not grandchild.is_running()


def test_stop_finds_what_outlived_a_killed_process(start: Callable[[str], Child], tmp_path: Path) -> None:
    child = start(PARENT)
    grandchild = psutil.Process(int(wait_for_text(tmp_path / "p0.log")))
    os.kill(child.pid, signal.SIGKILL)
    psutil.Process(child.pid).wait(10)
    assert not child.alive
    assert [p.pid for p in child.family()] == [grandchild.pid]
    children.stop([child])
    assert not grandchild.is_running()


def test_a_process_that_was_given_the_pid_later_is_left_alone(start: Callable[[str], Child]) -> None:
    other = start("import time; time.sleep(60)")
    remembered = Child("code-server", other.pid, other.started - 5, None)
    assert not remembered.alive
    children.stop([remembered])
    assert other.alive


def test_ignored_signals_are_not_inherited(start: Callable[[str], Child], tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        start("import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, flush=True)")
    finally:
        signal.signal(signal.SIGINT, before)
    assert wait_for_text(tmp_path / "p0.log").strip() == "True"


def test_processes_are_remembered(tmp_path: Path) -> None:
    known = [Child("webserver", 12, 34.5, 3000), Child("daemon", 13, 35.25, None)]
    file = tmp_path / "platform.json"
    assert children.load(file) == []
    children.save(file, known)
    assert children.load(file) == known
