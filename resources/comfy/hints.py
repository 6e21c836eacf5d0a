"""What a worker's websocket says of our own prompts: a reason to poll at once, and that they go on. Never the truth.

Nothing is replayed, frames get lost with their socket, and a second socket of one client id may go silent for good: so
each listener has an id of its own. A socket that is not there changes nothing but how soon the next poll comes; one
that is there and says nothing of a prompt for long tells that it stands still.

Not here: polling (`resources.comfy.client`).
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Literal

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, reconnect

from resources.comfy.address import is_loopback

PING = 20.0  # seconds; ingresses close what is silent for a minute
OPENING = 10.0  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a socket is opened again
LARGEST = 8 * 2**20  # bytes of a frame; previews are thrown away unread
TURNS = {"execution_start", "execution_success", "execution_error", "execution_interrupted"}
MOVES = TURNS | {"executing", "executed", "progress", "progress_state"}


class Hints:
    """Listens in a thread of its own from the first question on, until it is closed."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.client_id = f"velocity-{uuid.uuid4().hex}"
        self._address = f"ws{url.removeprefix('http').rstrip('/')}/ws?clientId={self.client_id}"
        self._headers, self._proxy = dict(headers), _proxy(url)
        self._told = threading.Condition()
        self._news: set[str] = set()
        self._moved: dict[str, float] = {}  # when a prompt last went on, while this socket is open
        self._closed = threading.Event()
        self._socket: ClientConnection | None = None
        self._thread: threading.Thread | None = None

    def pause(self, prompts: Iterable[str], seconds: float) -> set[str]:
        """Wait, but no longer than until something is told of any of these prompts; of which ones."""
        self._start()
        wanted = set(prompts)
        with self._told:
            self._told.wait_for(lambda: self._news & wanted, seconds)
            told = self._news & wanted
            self._news -= told
        return told

    def still(self, prompt: str) -> float | None:
        """Seconds since the prompt was last told to go on; None where that was never told, or not by this socket."""
        with self._told:
            moved = self._moved.get(prompt)
        return None if moved is None else time.monotonic() - moved

    def forget(self, prompt: str) -> None:
        """The prompt has ended."""
        with self._told:
            self._news.discard(prompt)
            self._moved.pop(prompt, None)

    def close(self) -> None:
        """Listen no more."""
        with self._told:
            self._closed.set()
            socket, thread = self._socket, self._thread
        if socket is not None:
            with suppress(OSError, WebSocketException):
                socket.close()
        if thread is not None:
            thread.join(OPENING)

    def _start(self) -> None:
        with self._told:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._listen, name="worker hints", daemon=True)
                self._thread.start()

    def _listen(self) -> None:
        pause = FIRST_PAUSE
        while not self._closed.is_set():
            with suppress(OSError, WebSocketException), self._straight() as socket:
                pause = FIRST_PAUSE
                self._opened(socket)
                for frame in socket:
                    self._hear(frame)
            with self._told:
                self._moved.clear()  # what is told meanwhile nobody hears
            self._closed.wait(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    def _straight(self) -> _Straight:
        return _Straight(
            self._address,
            additional_headers=self._headers,
            proxy=self._proxy,
            open_timeout=OPENING,
            close_timeout=1,
            ping_interval=PING,
            max_size=LARGEST,
        )

    def _opened(self, socket: ClientConnection) -> None:
        with self._told:
            self._socket = socket
            is_late = self._closed.is_set()
        if is_late:
            socket.close()

    def _hear(self, frame: str | bytes) -> None:
        kind, data = _read(frame)
        prompt = data.get("prompt_id")
        if not isinstance(prompt, str):
            return
        with self._told:
            if kind in MOVES:
                self._moved[prompt] = time.monotonic()
            if kind in TURNS or (kind == "executing" and data.get("node") is None):
                self._news.add(prompt)
                self._told.notify_all()


class _Straight(reconnect):
    """Follows no redirect: the library would take all headers but the usual credentials along to another host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """A redirect is a refusal."""
        return exc


def _proxy(url: str) -> Literal[True] | None:
    """Whether the machine's proxy is asked: for the same workers as by the requests."""
    return None if is_loopback(url) else True


def _read(frame: str | bytes) -> tuple[str, dict[str, Any]]:
    """Kind and facts of a frame; none where it is a picture or no frame of the server."""
    if isinstance(frame, bytes):
        return "", {}
    with suppress(ValueError, AttributeError):
        said = json.loads(frame)
        kind, data = said.get("type"), said.get("data")
        if isinstance(kind, str) and isinstance(data, dict):
            return kind, data
    return "", {}
