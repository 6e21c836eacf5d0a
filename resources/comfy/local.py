"""A stand-in worker as a child process, for machines without a GPU.

Not here: the stand-in itself (`resources.comfy.standin`).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from identity.errors import VelocityError

ROOT = Path(__file__).parents[2]  # the child finds our packages here, wherever we were started
GRACE = 5.0  # seconds


@contextmanager
def local_worker(home: Path | None = None) -> Iterator[str]:
    """URL of a stand-in that lives as long as the block; it ends by itself when this process dies.

    Its pictures stand in a folder of its own below `home` (else the system's for temporary files), and go with it.
    """
    with tempfile.TemporaryDirectory(prefix="velocity-worker-", dir=home, ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "resources.comfy.standin", "--folder", folder, "--until-stdin-closes"]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
            try:
                yield _url(process)
            finally:
                _stop(process)


def _url(process: subprocess.Popen[str]) -> str:
    """Where it listens; it says so when it can be reached."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise VelocityError("worker_not_started", "the local stand-in worker did not start", "see its output above")
    return str(json.loads(line)["url"])


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
