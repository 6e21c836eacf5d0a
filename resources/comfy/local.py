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


@contextmanager
def local_worker() -> Iterator[str]:
    """URL of a stand-in that lives as long as the block; it ends by itself when this process dies."""
    with tempfile.TemporaryDirectory(prefix="velocity-worker-") as folder:
        command = [sys.executable, "-m", "resources.comfy.standin", "--folder", folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            try:
                yield json.loads(process.stdout.readline())["url"]
            finally:
                process.terminate()
