"""Websockets: status for everybody, the frames of a prompt for the client that sent it. Nothing is replayed.

Not here: what the frames say (`resources.comfy.standin.executor`).
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from resources.comfy.standin.faults import Faults

Frame = tuple[str, dict[str, Any], str | None]


class Sockets:
    """Open sockets by client id. As on the real server the second of an id takes the first one's place, and goes
    silent when the first closes."""

    def __init__(self, features: dict[str, Any], faults: Faults) -> None:
        self._features, self._faults = features, faults
        self._sent: Counter[str] = Counter()
        self._open: dict[str, WebSocket] = {}
        self._frames: asyncio.Queue[Frame] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.remaining: Callable[[], int] = lambda: 0
        self.position: Callable[[], tuple[str | None, str | None]] = lambda: (None, None)

    def send(self, kind: str, data: dict[str, Any], client: str | None) -> None:
        """Hand a frame over, from any thread; to all where no client is named."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has closed: the process ends
                self._loop.call_soon_threadsafe(self._frames.put_nowait, (kind, data, client))

    def status(self) -> None:
        """Tell everybody how many prompts are open."""
        self.send("status", self._status(), None)

    async def publish(self) -> None:
        """Send frames in the order in which they came, for ever."""
        self._loop = asyncio.get_running_loop()
        while True:
            kind, data, client = await self._frames.get()
            for name in list(self._open) if client is None else [client]:
                if name in self._open:
                    with suppress(WebSocketDisconnect, RuntimeError):
                        await _send(self._open[name], kind, data)
                        await self._dropped(name)

    async def serve(self, socket: WebSocket) -> None:
        """One socket from its opening to its end."""
        await socket.accept()
        client = socket.query_params.get("clientId") or uuid.uuid4().hex
        self._open[client] = socket
        with suppress(WebSocketDisconnect, RuntimeError):
            await _send(socket, "status", {**self._status(), "sid": client})
            runner, node = self.position()
            if runner == client and node is not None:
                await _send(socket, "executing", {"node": node})
            await self._listen(socket)
        self._open.pop(client, None)

    async def _dropped(self, client: str) -> None:
        """Close a socket whose frames are used up."""
        self._sent[client] += 1
        if self._faults.socket_frames and not self._sent[client] % self._faults.socket_frames:
            await self._open[client].close()

    async def drop(self) -> None:
        """Close every socket, as a proxy may at any time."""
        for socket in list(self._open.values()):
            with suppress(RuntimeError):
                await socket.close()

    async def _listen(self, socket: WebSocket) -> None:
        """Clients say what they can; everything else is overheard."""
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if _kind(message.get("text")) == "feature_flags":
                await _send(socket, "feature_flags", self._features)

    def _status(self) -> dict[str, Any]:
        return {"status": {"exec_info": {"queue_remaining": self.remaining()}}}


async def _send(socket: WebSocket, kind: str, data: dict[str, Any]) -> None:
    await socket.send_text(json.dumps({"type": kind, "data": data}))


def _kind(text: str | None) -> str | None:
    try:
        said = json.loads(text or "null")
    except ValueError:
        return None
    return said.get("type") if isinstance(said, dict) else None
