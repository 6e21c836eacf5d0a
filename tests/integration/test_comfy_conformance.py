"""The shared checks of a ComfyUI server, run against the stand-in, or against the server that COMFY_BASE_URL names."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resources.comfy.local import ROOT

CHECKS = Path(__file__).parents[2].parent / "shared" / "comfy" / "conformance.py"
pytestmark = pytest.mark.skipif(not CHECKS.is_file(), reason="the shared conformance checks are not here")

RESTART = """\
import json, os, pathlib, signal, subprocess, sys, time
pid, folder, port, root = sys.argv[1:]
path = pathlib.Path(pid)
if path.exists():
    os.kill(int(path.read_text()), signal.SIGKILL)
    time.sleep(0.2)
command = [sys.executable, "-m", "resources.comfy.standin", "--folder", folder, "--port", port]
null = subprocess.DEVNULL
process = subprocess.Popen(command, cwd=root, stdin=null, stdout=null, stderr=null, start_new_session=True)
path.write_text(str(process.pid))
"""


def checked(url: str, report: Path, *more: str) -> dict[str, list[str]]:
    """Names of checks by result."""
    command: list[str | Path] = [sys.executable, CHECKS, "--url", url, "--json", report, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert report.is_file(), done.stderr[-2000:]
    results: dict[str, list[str]] = {}
    for name, result, _ in json.loads(report.read_text())["results"]:
        results.setdefault(result, []).append(name)
    return results


@pytest.mark.skipif("COMFY_BASE_URL" in os.environ, reason="COMFY_BASE_URL names another server")
def test_the_stand_in_passes_all_that_a_real_server_passes(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "restart.py").write_text(RESTART)
    pid = tmp_path / "pid"
    restart = [sys.executable, *map(str, (tmp_path / "restart.py", pid, tmp_path / "worker", port, ROOT))]
    subprocess.run(restart, check=True)
    try:
        wait_for(port)
        shell = shlex.join(restart)
        results = checked(f"http://127.0.0.1:{port}", tmp_path / "report.json", "--restart-cmd", shell)
    finally:
        os.kill(int(pid.read_text()), 15)
    assert set(results) == {"pass", "skip"}, results
    assert all("_old_" in name for name in results["skip"])  # checks of versions before the one that we behave like
    assert len(results["pass"]) == 76


@pytest.mark.skipif("COMFY_BASE_URL" not in os.environ, reason="COMFY_BASE_URL names no server")
def test_the_named_server_passes(tmp_path: Path) -> None:
    token = os.environ.get("COMFY_TOKEN")
    results = checked(os.environ["COMFY_BASE_URL"], tmp_path / "report.json", *(["--token", token] if token else []))
    assert "fail" not in results, results["fail"]


def wait_for(port: int) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < end, "the stand-in did not start"
            time.sleep(0.05)
        else:
            return
