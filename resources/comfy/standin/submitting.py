"""Routes for prompts: submit, queue, history, jobs, cancel.

Not here: judging a graph (`resources.comfy.standin.validate`), keeping prompts (`resources.comfy.standin.memory`).
"""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from resources.comfy.standin import jobs
from resources.comfy.standin.executor import now
from resources.comfy.standin.faults import Faults, cut
from resources.comfy.standin.files import Files
from resources.comfy.standin.memory import Item, Memory, Twin
from resources.comfy.standin.validate import error, validate

SECRETS = ("auth_token_comfy_org", "api_key_comfy_org")  # are taken, and never shown


class Prompts:
    """The routes over one memory."""

    def __init__(self, memory: Memory, files: Files, faults: Faults) -> None:
        self._memory, self._files, self._faults = memory, files, faults

    def routes(self) -> list[BaseRoute]:
        """Paths as the server has them."""
        return [
            Route("/prompt", self.submit, methods=["POST"]),
            Route("/prompt", self.remaining),
            Route("/queue", self.queue),
            Route("/queue", self.change_queue, methods=["POST"]),
            Route("/history", self.history),
            Route("/history", self.change_history, methods=["POST"]),
            Route("/history/{prompt}", self.past),
            Route("/interrupt", self.interrupt, methods=["POST"]),
            Route("/jobs", self.jobs),
            Route("/jobs/{prompt}", self.job),
            Route("/jobs/{prompt}/cancel", self.cancel, methods=["POST"]),
        ]

    async def submit(self, request: Request) -> Response:
        """Judge a graph and queue it."""
        if self._faults.strike("refused"):
            return HTMLResponse("<h1>503 Service Unavailable</h1>", status_code=503)
        try:
            body = json.loads(await request.body())
        except ValueError:
            return _trouble()
        answer = _submitted(body, self._memory, self._files)
        return self._spoilt(answer) if answer.status_code == HTTPStatus.OK else answer

    def _spoilt(self, answer: Response) -> Response:
        """What becomes of the answer to a prompt that is queued."""
        if self._faults.loses() or self._faults.strike("lost_answers"):
            return HTMLResponse("<h1>502 Bad Gateway</h1>", status_code=502)
        if self._faults.strike("troubled_answers"):
            return _trouble()
        return cut(answer) if self._faults.strike("cut_answers") else answer

    async def remaining(self, _: Request) -> Response:
        """How many prompts are open."""
        return JSONResponse({"exec_info": {"queue_remaining": self._memory.remaining}})

    async def queue(self, _: Request) -> Response:
        """Open prompts."""
        running, pending, _history = self._memory.looked_at()
        return JSONResponse({"queue_running": running, "queue_pending": pending})

    async def change_queue(self, request: Request) -> Response:
        """Take waiting prompts out."""
        body = await request.json()
        if body.get("clear"):
            self._memory.drop(None)
        if "delete" in body:
            self._memory.drop(body["delete"])
        return Response()

    async def history(self, request: Request) -> Response:
        """Ended prompts, the newest ones if not all."""
        most = int(request.query_params.get("max_items", -1))
        entries = list(self._memory.looked_at()[2].items())
        return JSONResponse(dict(entries if most < 0 else entries[-most:]))

    async def past(self, request: Request) -> Response:
        """An ended prompt, or nothing."""
        prompt = request.path_params["prompt"]
        entry = self._memory.looked_at()[2].get(prompt)
        return JSONResponse({} if entry is None else {prompt: entry})

    async def change_history(self, request: Request) -> Response:
        """Forget ended prompts."""
        body = await request.json()
        self._memory.forget(None if body.get("clear") else body.get("delete", []))
        return Response()

    async def interrupt(self, request: Request) -> Response:
        """Interrupt the running prompt, whose id may be named."""
        body = json.loads(await request.body() or "{}")
        self._memory.interrupt(body.get("prompt_id"))
        return Response()

    async def jobs(self, request: Request) -> Response:
        """All prompts. One with a null workflow breaks the list, as on the real server."""
        try:
            return JSONResponse(jobs.listed(self._memory, request.query_params))
        except jobs.BadFilter as refusal:
            return JSONResponse({"error": str(refusal)}, status_code=400)
        except AttributeError:
            return _trouble()

    async def job(self, request: Request) -> Response:
        """One prompt."""
        try:
            found = jobs.one(self._memory, request.path_params["prompt"])
        except AttributeError:
            return _trouble()
        return JSONResponse({"error": "Job not found"}, status_code=404) if found is None else JSONResponse(found)

    async def cancel(self, request: Request) -> Response:
        """Cancel one prompt, waiting or running."""
        prompt = request.path_params["prompt"]
        return JSONResponse({"cancelled": self._memory.drop([prompt]) or self._memory.interrupt(prompt)})


def _submitted(body: Any, memory: Memory, files: Files) -> Response:
    if not isinstance(body, dict) or "prompt" not in body:
        return _refusal(error("no_prompt", "No prompt provided", "No prompt provided"), {})
    graph, extra = body["prompt"], body.get("extra_data", {})
    if not isinstance(graph, dict) or not isinstance(extra, dict):
        return _trouble()
    prompt = body.get("prompt_id", str(uuid.uuid4()))
    if not _is_canonical(prompt):
        return _refusal(error("invalid_prompt_id", "prompt_id must be a canonical UUID"), {})
    verdict = validate(graph, files)
    if verdict.error:
        return _refusal(verdict.error, verdict.node_errors)
    number = body["number"] if "number" in body else memory.number(front=bool(body.get("front")))
    extra = {key: value for key, value in extra.items() if key not in SECRETS} | {"create_time": now()}
    if "client_id" in body:
        extra["client_id"] = body["client_id"]
    try:
        memory.put(Item(number, prompt, graph, extra, verdict.good))
    except Twin:
        return _trouble()
    return JSONResponse({"prompt_id": prompt, "number": number, "node_errors": verdict.node_errors})


def _refusal(cause: dict[str, Any], node_errors: dict[str, Any]) -> Response:
    return JSONResponse({"error": cause, "node_errors": node_errors}, status_code=400)


def _trouble() -> Response:
    return PlainTextResponse("500 Internal Server Error\n\nServer got itself in trouble", status_code=500)


def _is_canonical(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False
