"""The stand-in worker as a process that tests can kill, and a recorder of all that goes over a wire.

Not here: what is tested with them.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from resources.comfy.local import ROOT


class Standin:
    """A process that can be killed and started again on the same port and folder; `options` of its command line."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.port, self.options = folder, 0, options
        self.start()

    def start(self) -> None:
        """Start, and wait until it can be reached."""
        options = ["--folder", str(self.folder), "--port", str(self.port), "--until-stdin-closes", *self.options]
        command, pipe = [sys.executable, "-m", "resources.comfy.standin", *options], subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT)
        assert self.process.stdout is not None
        self.port = json.loads(self.process.stdout.readline())["port"]
        self.url = f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """End it as `kill -9` does."""
        with self.process:
            self.process.kill()

    def restart(self) -> None:
        """Kill it, and have it come back."""
        self.kill()
        self.start()

    def fault(self, **switches: Any) -> None:
        """Have it misbehave."""
        httpx.post(f"{self.url}/_standin/faults", json=switches).raise_for_status()

    def executions(self) -> dict[str, int]:
        """How often it executed which prompt since it started."""
        counts: dict[str, int] = httpx.get(f"{self.url}/_standin/executions").json()
        return counts

    def drop_sockets(self) -> None:
        """Have it close every websocket."""
        httpx.post(f"{self.url}/_standin/drop-sockets").raise_for_status()


class Recorder:
    """Stands before a local port and keeps every byte of both directions."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._parts: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def seen(self) -> bytes:
        """All that went through."""
        return b"".join(self._parts)

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._parts.append(data)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def recorded(port: int) -> Iterator[Recorder]:
    """A recorder for a block."""
    made = Recorder(port)
    try:
        yield made
    finally:
        made.close()
