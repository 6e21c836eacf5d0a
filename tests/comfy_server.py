"""A ComfyUI server as checks of its behaviour see it: the one that COMFY_BASE_URL names, or the stand-in.

Headers for the named one stand in COMFY_HEADERS, as a JSON object. The graphs need no model and no custom node; what
takes long is a chain of many resizes, so it takes long anywhere. Not here: the checks.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

HEADERS: dict[str, str] = json.loads(os.environ.get("COMFY_HEADERS", "{}"))
Graph = dict[str, Any]
COLOURS = itertools.count(int(time.time()) % 100_000)
PATIENCE = 90.0  # seconds


def new_id() -> str:
    """An id for a prompt or a client."""
    return str(uuid.uuid4())


def node(kind: str, **inputs: Any) -> Graph:
    """A node."""
    return {"class_type": kind, "inputs": inputs}


def colour() -> int:
    """A colour that no check has used, so that nothing is cached."""
    return next(COLOURS) * 7919 % 0xFFFFFF


def png(name: str, size: tuple[int, int] = (8, 8)) -> bytes:
    """A plain picture."""
    out = io.BytesIO()
    Image.new("RGB", size, name).save(out, "PNG")
    return out.getvalue()


def until(holds: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait for what is true."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"it did not come to this: {what}"
        time.sleep(0.03)
    return found


class Server:
    """One server; files of this run stand in folders of their own."""

    def __init__(self, url: str, restart: Callable[[], None] | None) -> None:
        self.url, self.restart = url.rstrip("/"), restart
        self.http = httpx.Client(base_url=f"{self.url}/", headers=HEADERS, timeout=30)
        self.folder = f"checks/{secrets.token_hex(4)}"

    def get(self, path: str, **query: Any) -> httpx.Response:
        """An answer."""
        return self.http.get(path, params=query or None)

    def json(self, path: str) -> Any:
        """The JSON of a good answer."""
        response = self.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return response.json()

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """An answer to JSON, or to nothing."""
        return self.http.post(path) if body is None else self.http.post(path, json=body)

    def good(self, name: str = "ok", of: int | None = None, side: int = 32) -> Graph:
        """A graph that succeeds."""
        plain = node("EmptyImage", width=side, height=side, batch_size=1, color=colour() if of is None else of)
        return {"1": plain, "2": node("ImageInvert", image=["1", 0]), "9": self.saving("2", name)}

    def saving(self, source: str, name: str = "ok") -> Graph:
        """A node that saves."""
        return node("SaveImage", images=[source, 0], filename_prefix=f"{self.folder}/{name}")

    def slow(self, steps: int = 24, side: int = 1500) -> Graph:
        """A graph that takes long."""
        graph = {"1": node("EmptyImage", width=side, height=side, batch_size=1, color=colour())}
        last = "1"
        for step in range(steps):
            size = {"width": side + step % 2, "height": side}
            graph[f"1{step:02}"] = node(
                "ImageScale", image=[last, 0], upscale_method="lanczos", crop="disabled", **size
            )
            last = f"1{step:02}"
        small = {"width": 16, "height": 16, "upscale_method": "nearest-exact", "crop": "disabled"}
        return {**graph, "900": node("ImageScale", image=[last, 0], **small), "9": self.saving("900", "slow")}

    def failing(self) -> Graph:
        """A graph that is taken and fails: it loads half a picture."""
        name = self.upload(f"half-{secrets.token_hex(3)}.png", png("red", (64, 64))[:40]).json()["name"]
        return {"1": node("LoadImage", image=f"{self.folder}/{name}"), "9": self.saving("1", "fail")}

    def upload(self, name: str, data: bytes, **form: str) -> httpx.Response:
        """Upload a picture."""
        files = {"image": (name, data, "image/png")}
        return self.http.post("upload/image", files=files, data={"subfolder": self.folder, **form})

    def submit(self, graph: Graph, client: str | None = "checks", prompt: str | None = None, **more: Any) -> str:
        """Queue a graph; its id."""
        body = {"prompt": graph, "prompt_id": prompt or new_id(), **more}
        response = self.post("prompt", body if client is None else {**body, "client_id": client})
        assert response.status_code == 200, (response.status_code, response.text[:300])
        return str(body["prompt_id"])

    def entry(self, prompt: str) -> Any:
        """Its entry in the history, or None."""
        return self.json(f"history/{prompt}").get(prompt)

    def wait(self, prompt: str) -> Any:
        """Its entry in the history, once it is there."""
        return until(lambda: self.entry(prompt), "the prompt ends")

    def ran(self, graph: Graph | None = None, **more: Any) -> Any:
        """The entry of a graph that is submitted and has ended."""
        return self.wait(self.submit(graph or self.good(), **more))

    def until_running(self, prompt: str) -> None:
        """Wait until it runs."""
        until(lambda: any(item[1] == prompt for item in self.json("queue")["queue_running"]), "the prompt runs")

    def running(self, steps: int) -> str:
        """A slow prompt that runs."""
        prompt = self.submit(self.slow(steps))
        self.until_running(prompt)
        return prompt

    def drain(self) -> None:
        """End all that waits or runs."""
        self.post("queue", {"clear": True})
        self.post("interrupt", {})
        until(lambda: not self.json("prompt")["exec_info"]["queue_remaining"], "the queue is empty")

    @contextmanager
    def socket(self, client: str | None = None, hello: Any = None) -> Iterator[Ear]:
        """A websocket that is listened to."""
        ear = Ear(f"ws{self.url.removeprefix('http')}/ws" + (f"?clientId={client}" if client else ""), hello)
        try:
            yield ear
        finally:
            ear.close()


class Ear:
    """A websocket and the frames that came so far."""

    def __init__(self, url: str, hello: Any) -> None:
        self.frames: list[dict[str, Any]] = []
        self.is_closed = False
        local = url.startswith(("ws://127.", "ws://localhost"))
        self.socket: ClientConnection = connect(
            url, additional_headers=HEADERS, max_size=2**26, proxy=None if local else True, legacy=True
        )
        if hello is not None:
            self.socket.send(json.dumps({"type": "feature_flags", "data": hello}))
        threading.Thread(target=self._listen, daemon=True).start()
        until(lambda: self.frames, "the first frame comes")

    def _listen(self) -> None:
        with suppress(ConnectionClosed):
            for message in self.socket:
                if isinstance(message, str):
                    self.frames.append(json.loads(message))
        self.is_closed = True

    def close(self) -> None:
        """Say good-bye."""
        self.socket.close()

    def cut(self) -> None:
        """Go without a word."""
        self.socket.socket.shutdown(2)

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """What was said in frames of these kinds."""
        return [frame["data"] for frame in self.frames if frame["type"] in kinds]

    def kinds(self, prompt: str) -> list[str]:
        """Kinds of the frames of a prompt, in order."""
        return [frame["type"] for frame in self.frames if frame["data"].get("prompt_id") == prompt]

    def until_end(self, prompt: str) -> None:
        """Wait for the frame that ends a prompt."""
        end = {"node": None, "prompt_id": prompt}
        until(lambda: any(end.items() <= said.items() for said in self.of("executing")), "the last frame comes")


def said(entry: Any) -> dict[str, Any]:
    """What the messages of an entry say, by kind and in order."""
    return dict(entry["status"]["messages"])


def images(entry: Any, of: str = "9") -> list[dict[str, Any]]:
    """Pictures that a node saved."""
    found: list[dict[str, Any]] = entry["outputs"][of]["images"]
    return found
