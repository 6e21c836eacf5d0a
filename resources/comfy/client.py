"""A client of one ComfyUI worker, built on what the server really does.

Queue and history of the worker are memory: Postgres is the truth, and a prompt id is looked up before it is posted
again, since the server never de-duplicates. Redirects are not followed: a login page is a refusal, not an answer.

Not here: what is asked of the worker (`resources.comfy.template`, `resources.comfy.job`).
"""

from __future__ import annotations

import ipaddress
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from identity.errors import BadInputError
from resources.comfy.failures import ComfyError

OLDEST = (0, 28)
NAMESPACE = uuid.UUID("0a5f0d3c-7d1c-5b70-9d55-6c1b0f4c2e11")  # ours alone, of no meaning
State = Literal["unknown", "waiting", "running", "done", "failed", "cancelled"]
STATES: dict[str, State] = {
    "pending": "waiting", "in_progress": "running", "completed": "done", "failed": "failed", "cancelled": "cancelled",
}  # fmt: skip


def check_worker_url(url: str, env: str) -> str:
    """The URL, or `bad_worker_url`: outside local a worker is named over https, never addressed by number."""
    parts = urlsplit(url)
    if env == "local":
        return url
    try:
        ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        if parts.scheme == "https":
            return url
        raise BadInputError("bad_worker_url", "VELOCITY_COMFY_URL is not https", "put the worker behind TLS") from None
    raise BadInputError("bad_worker_url", "VELOCITY_COMFY_URL is an IP address", "use the worker's name")


def prompt_id(job: str, attempt: int) -> str:
    """The one prompt id of an attempt: a canonical UUID that follows from job and attempt."""
    return str(uuid.uuid5(NAMESPACE, f"{job}/{attempt}"))


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a node saved."""

    filename: str
    subfolder: str
    type: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a prompt stands; `outputs` by node when it is done."""

    state: State
    outputs: dict[str, list[Output]]


class ComfyClient:
    """One worker. A context manager that holds its connections."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, timeout: float = 30.0) -> None:
        self._client = httpx.Client(
            base_url=url.rstrip("/") + "/", headers=dict(headers or {}), timeout=timeout, follow_redirects=False
        )

    def __enter__(self) -> ComfyClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def version(self) -> str:
        """Version of the server; `permanent` if it is too old for what we rely on."""
        found = str(self._json("GET", "system_stats")["system"]["comfyui_version"])
        numbers = tuple(int(part) for part in found.split(".")[:2])
        if numbers < OLDEST:
            raise ComfyError(
                "permanent", f"the worker runs ComfyUI {found}, 0.28 is the oldest that works", "update it"
            )
        return found

    def preflight(self, node_classes: list[str]) -> None:
        """`permanent` if the worker is too old or lacks a node class."""
        self.version()
        for name in node_classes:
            if name not in self._json("GET", f"object_info/{name}"):
                raise ComfyError("permanent", f"the worker has no node {name}", "install it there")

    def submit(self, graph: dict[str, Any], prompt: str, client_id: str) -> None:
        """Queue a graph under a prompt id, once: one that the worker knows already is left alone."""
        if self.standing(prompt).state != "unknown":
            return
        answer = self._json("POST", "prompt", {"prompt": graph, "prompt_id": prompt, "client_id": client_id})
        if answer.get("node_errors"):
            raise ComfyError("permanent", f"the worker refused {len(answer['node_errors'])} nodes of the graph")

    def standing(self, prompt: str) -> Standing:
        """How a prompt stands: by the jobs route, else in the queue, else in the history, in this order."""
        response = self._send("GET", f"api/jobs/{prompt}")
        if response.status_code == httpx.codes.OK:
            body = _body(response)
            return Standing(STATES.get(body["status"], "running"), _outputs(body.get("outputs") or {}))
        if "error" in _body(response, strict=False):
            return Standing("unknown", {})
        return self._queue_then_history(prompt)

    def _queue_then_history(self, prompt: str) -> Standing:
        """History first would lose a job that ends between the two looks."""
        queue = self._json("GET", "queue")
        for name, state in (("queue_running", "running"), ("queue_pending", "waiting")):
            if any(entry[1] == prompt for entry in queue[name]):
                return Standing(STATES["in_progress"] if state == "running" else STATES["pending"], {})
        entry = self._json("GET", f"history/{prompt}").get(prompt)
        if entry is None:
            return Standing("unknown", {})
        good = entry["status"]["status_str"] == "success"
        return Standing("done" if good else "failed", _outputs(entry.get("outputs") or {}))

    def wait(self, prompt: str, seconds: float, poll: float = 0.1) -> Standing:
        """Poll until a prompt has ended; `lost` if the worker forgot it, `capacity` if the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            now = self.standing(prompt)
            if now.state == "unknown":
                raise ComfyError("lost", "the worker no longer knows the job", "it was restarted; try again")
            if now.state not in ("waiting", "running"):
                return now
            time.sleep(poll)
        raise ComfyError("capacity", f"the worker did not end the job in {seconds:.0f} s")

    def cancel(self, prompt: str) -> bool:
        """Ask for one prompt to be cancelled, and no other; False if it had ended or was never there."""
        return bool(self._json("POST", f"api/jobs/{prompt}/cancel").get("cancelled"))

    def fetch(self, output: Output) -> bytes:
        """The picture itself, without the graph that the server embeds."""
        where = {"filename": output.filename, "subfolder": output.subfolder, "type": output.type, "channel": "rgb"}
        response = self._send("GET", "view", params=where)
        if response.status_code != httpx.codes.OK:
            raise ComfyError("lost", "a file that the worker made is gone", "try again")
        return response.content

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return _body(self._send(method, path, json=body))

    def _send(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        try:
            response = self._client.request(method, path, **{k: v for k, v in kwargs.items() if v is not None})
        except httpx.TransportError as error:
            raise ComfyError("transport", f"the worker does not answer: {type(error).__name__}", "is it up?") from None
        if response.is_redirect or response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise ComfyError("permanent", "the worker's ingress wants a login", "check VELOCITY_COMFY_HEADERS")
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ComfyError(
                "transport", f"the worker answered {response.status_code}", "unknown whether it took the job"
            )
        return response


def _body(response: httpx.Response, *, strict: bool = True) -> dict[str, Any]:
    """JSON by content type; errors of an ingress come as text or HTML."""
    is_json = response.headers.get("content-type", "").startswith("application/json")
    if strict and (response.status_code >= httpx.codes.BAD_REQUEST or not is_json):
        raise ComfyError("permanent", f"the worker refused with {response.status_code}")
    body = response.json() if is_json else {}
    return body if isinstance(body, dict) else {}


def _outputs(by_node: dict[str, Any]) -> dict[str, list[Output]]:
    return {
        node: [Output(i["filename"], i.get("subfolder", ""), i.get("type", "output")) for i in found.get("images", [])]
        for node, found in by_node.items()
    }
