"""A client of one ComfyUI worker, built on what the server really does.

Queue and history of the worker are memory: Postgres is the truth, and a prompt id is looked up before it is posted
again, since the server never de-duplicates. Polling is the truth; the worker's websocket says when to poll, and
which prompts stand still.

Not here: what is asked of the worker (`resources.comfy.template`, `resources.comfy.fetching`), HTTP
(`resources.comfy.wire`).
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from resources.comfy.address import check_worker_url
from resources.comfy.failures import ComfyError, Unhealthy, scrubbed
from resources.comfy.hints import Hints
from resources.comfy.standing import UNKNOWN, Output, Standing, of_history, of_job, of_queue, shaped
from resources.comfy.template import Template
from resources.comfy.upload import FOLDER, Upload
from resources.comfy.wire import Wire, body, is_json, stranger

__all__ = ["ComfyClient", "Limits", "Output", "Standing", "check_worker_url", "prompt_id_for"]

OLDEST = "0.28"
CLIENT_ID = "velocity"  # of a client that does not listen
NAMESPACE = uuid.UUID("0a5f0d3c-7d1c-5b70-9d55-6c1b0f4c2e11")  # ours alone, of no meaning


def prompt_id_for(job: str, attempt: int) -> str:
    """The one prompt id of an attempt: a canonical UUID that follows from job and attempt."""
    return str(uuid.uuid5(NAMESPACE, f"{job}/{attempt}"))


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that a prompt may wait in the queue, run, stand still, and take in all; and that the worker may be silent
    about it.
    """

    queue: float = 600.0
    run: float = 300.0
    still: float = 180.0
    total: float = 1200.0
    silence: float = 30.0


LIMITS = Limits()


class ComfyClient:
    """One worker. A context manager that holds its connections; `timeout` in seconds a request.

    It listens to the worker's websocket once it pauses, if it may; `transport` takes the network's place in tests.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        *,
        listens: bool = True,
    ) -> None:
        self._wire = Wire(url, headers or {}, timeout, transport)
        self._hints = Hints(url, headers or {}) if listens and transport is None else None
        self.host = urlsplit(url).hostname  # of the worker: all of its address that is ever written down
        self.client_id = self._hints.client_id if self._hints else CLIENT_ID

    def __enter__(self) -> ComfyClient:
        return self

    def __exit__(self, *_: object) -> None:
        if self._hints:
            self._hints.close()
        self._wire.close()

    def version(self, oldest: str = OLDEST) -> str:
        """Version of the server; `permanent` if it is older than we or a template rely on."""
        stats = self._told("system_stats")
        found = re.match(r"\d+(\.\d+)*", str(_mapping(stats.get("system")).get("comfyui_version")))
        if found is None:
            raise ComfyError("permanent", "the worker does not tell its version", "is it a ComfyUI server?")
        needed = max(oldest, OLDEST, key=_numbers)
        if _numbers(found[0]) < _numbers(needed):
            raise ComfyError("permanent", f"the worker runs ComfyUI {found[0]}, {needed} is needed", "update it")
        return found[0]

    def preflight(
        self, node_classes: Iterable[str], models: Mapping[str, list[str]] | None = None, oldest: str = OLDEST
    ) -> None:
        """`permanent` if the worker is too old, or lacks a node class or a model file (by folder)."""
        self.version(oldest)
        missing = self._missing(node_classes, models or {})
        if missing:
            raise ComfyError("permanent", f"the worker has no {missing}", "put it there")

    def lacks(self, template: Template) -> str | None:
        """The first node or model that a template needs and the worker has not; None: it can be made here."""
        return self._missing(template.node_classes, template.models)

    def _missing(self, node_classes: Iterable[str], models: Mapping[str, list[str]]) -> str | None:
        for name in node_classes:
            if name not in self._wire.json(dict, "GET", f"object_info/{name}"):
                return f"node {name}"
        for folder, names in models.items():
            there = self._wire.json(list, "GET", f"models/{folder}")
            missing = [name for name in names if name not in there]
            if missing:
                return f"{folder}/{min(missing)}"
        return None

    def post(self, graph: Mapping[str, Any], prompt: str) -> None:
        """Queue a graph under a prompt id that was never sent, or was looked up and is unknown; `transport` leaves open
        whether it is queued.

        Pictures of ours that it loads go first; the same picture has the same name, whoever sends it.
        """
        for picture in _uploads(graph):
            self.upload_image(picture.png)
        sent = {"prompt": graph, "prompt_id": prompt, "client_id": self.client_id}
        response = self._wire.send("POST", "prompt", json=sent)
        if response.status_code == HTTPStatus.OK and not is_json(response):
            raise stranger()
        answer = body(dict, response) if is_json(response) else {}
        if response.status_code != HTTPStatus.OK or answer.get("node_errors") or answer.get("prompt_id") != prompt:
            raise ComfyError("permanent", f"the worker refused the graph: {_refusal(answer, response.status_code)}")

    def _told(self, path: str) -> dict[str, Any]:
        """What every server tells whoever asks; `Unhealthy` where it does not."""
        try:
            return self._wire.json(dict, "GET", path)
        except ComfyError as error:
            raise stranger() if error.failure == "permanent" and not isinstance(error, Unhealthy) else error from None

    def standing(self, prompt: str) -> Standing:
        """How a prompt stands: by the jobs route, else in the queue, else in the history, in this order.

        History first would lose a job that ends between the two looks.
        """
        response = self._wire.send("GET", f"api/jobs/{prompt}")
        if response.status_code == HTTPStatus.OK and is_json(response):
            return shaped(of_job, body(dict, response))
        if response.status_code == HTTPStatus.NOT_FOUND and is_json(response):
            return UNKNOWN
        queued = of_queue(self._told("queue"), prompt)
        if queued != UNKNOWN:
            return queued
        entry = self._told(f"history/{prompt}").get(prompt)
        return UNKNOWN if entry is None else shaped(of_history, entry)

    def still(self, prompt: str) -> float | None:
        """Seconds since the worker last said that a prompt goes on; None where it cannot be known."""
        return self._hints.still(prompt) if self._hints else None

    def forget(self, prompt: str) -> None:
        """A prompt is of no interest any more."""
        if self._hints:
            self._hints.forget(prompt)

    def pause(self, prompts: Iterable[str], seconds: float) -> set[str]:
        """Wait, but no longer than until the worker says that one of these prompts went on; those are worth a look."""
        if self._hints:
            return self._hints.pause(prompts, seconds)
        time.sleep(seconds)
        return set()

    def cancel(self, prompt: str) -> bool:
        """Ask for one prompt to be cancelled, and no other; False if it had ended or was never there."""
        return bool(self._wire.json(dict, "POST", f"api/jobs/{prompt}/cancel").get("cancelled"))

    def fetch(self, output: Output) -> bytes:
        """The picture as PNG bytes, without the graph that the server embeds; `lost` if the file is gone."""
        where = {"filename": output.filename, "subfolder": output.subfolder, "type": output.type, "channel": "rgb"}
        response = self._wire.send("GET", "view", params=where)
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise ComfyError("lost", "a file that the worker made is gone", "try again")
        if response.status_code != HTTPStatus.OK:
            raise ComfyError("permanent", f"the worker answered {response.status_code} and no picture")
        if not response.headers.get("content-type", "").startswith("image/"):
            raise stranger()
        return response.content

    def upload_image(self, png: bytes) -> str:
        """Put a picture where a graph can load it; the value for LoadImage. Named by content, never by client."""
        files, form = {"image": (Upload(png).filename, png, "image/png")}, {"subfolder": FOLDER, "overwrite": "true"}
        kept = self._wire.json(dict, "POST", "upload/image", files=files, data=form)
        return f"{kept.get('subfolder')}/{kept.get('name')}"

    def free(self) -> None:
        """Ask the worker to let go of models and memory, after it ran out of it."""
        self._wire.send("POST", "free", json={"unload_models": True, "free_memory": True})


def _uploads(graph: Mapping[str, Any]) -> list[Upload]:
    """Pictures of ours that the nodes of a graph load."""
    return [value for node in graph.values() for value in node["inputs"].values() if isinstance(value, Upload)]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _refusal(answer: Mapping[str, Any], status: int) -> str:
    """Type of the error and class of the first node that it names; the server's own text may repeat our input."""
    nodes = list(_mapping(answer.get("node_errors")).values())
    if not nodes:
        return f"{status} {scrubbed(_mapping(answer.get('error')).get('type'))}"
    node = _mapping(nodes[0])
    errors = node.get("errors")
    first = _mapping(errors[0]) if isinstance(errors, list) and errors else {}
    return f"{status} {scrubbed(first.get('type'))} at {scrubbed(node.get('class_type'))}"


def _mapping(said: object) -> Mapping[str, Any]:
    """An object of an answer; empty where it is something else."""
    return said if isinstance(said, dict) else {}
