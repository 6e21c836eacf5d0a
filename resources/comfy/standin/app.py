"""The stand-in's HTTP routes, in the shape of the real server's; fault switches stand below `/_standin`.

Not here: execution (`resources.comfy.standin.worker`).
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from resources.comfy.standin.nodes import NODES
from resources.comfy.standin.worker import Prompt, Worker, flaws

VERSION = "0.33.0"


def build(worker: Worker) -> Starlette:
    """The application around a worker; every route stands below `/api` too."""

    async def system_stats(_: Request) -> Response:
        device = {"name": "cpu", "type": "cpu", "vram_total": 0, "vram_free": 0}
        return JSONResponse({"system": {"comfyui_version": VERSION}, "devices": [device]})

    async def object_info(request: Request) -> Response:
        name = request.path_params["name"]
        return JSONResponse({name: _description(name)} if name in NODES else {})

    async def submit(request: Request) -> Response:
        body = await request.json()
        prompt_id, graph = body.get("prompt_id", str(uuid.uuid4())), body.get("prompt", {})
        if not _canonical(prompt_id):
            return _refusal("invalid_prompt_id", {})
        wrong = flaws(graph)
        if wrong or not any(NODES[n["class_type"]][2] for n in graph.values()):
            return _refusal(next(iter(wrong.values()), "prompt_no_outputs"), wrong)
        prompt = worker.submit(prompt_id, graph)
        return JSONResponse({"prompt_id": prompt.id, "number": prompt.number, "node_errors": {}})

    async def job(request: Request) -> Response:
        prompt = worker.prompts.get(request.path_params["id"])
        if prompt is None:
            return JSONResponse({"error": "Job not found"}, status_code=404)
        return JSONResponse({"id": prompt.id, "status": prompt.status, "outputs": prompt.outputs})

    async def cancel(request: Request) -> Response:
        return JSONResponse({"cancelled": worker.cancel(request.path_params["id"])})

    async def queue(_: Request) -> Response:
        by_state = {state: [_entry(p) for p in worker.prompts.values() if p.status == state] for state in QUEUED}
        return JSONResponse({"queue_running": by_state["in_progress"], "queue_pending": by_state["pending"]})

    async def history(request: Request) -> Response:
        prompt = worker.prompts.get(request.path_params["id"])
        return JSONResponse({prompt.id: _past(prompt)} if prompt and prompt.status not in QUEUED else {})

    async def view(request: Request) -> Response:
        query = request.query_params
        path = (worker.folder / query.get("subfolder", "") / query.get("filename", "")).resolve()
        if not path.is_file() or worker.folder.resolve() not in path.parents:
            return PlainTextResponse("", status_code=404)
        out = io.BytesIO()
        with Image.open(path) as image:
            image.convert("RGB").save(out, "PNG")
        return Response(out.getvalue(), media_type="image/png")

    async def delay(request: Request) -> Response:
        worker.delay = float((await request.json())["seconds"])
        return JSONResponse({})

    return Starlette(
        routes=[
            *_both("/system_stats", system_stats),
            *_both("/object_info/{name}", object_info),
            *_both("/prompt", submit, "POST"),
            *_both("/queue", queue),
            *_both("/history/{id}", history),
            *_both("/view", view),
            Route("/api/jobs/{id}", job),
            Route("/api/jobs/{id}/cancel", cancel, methods=["POST"]),
            Route("/_standin/delay", delay, methods=["POST"]),
        ]
    )


QUEUED = ("pending", "in_progress")
Endpoint = Callable[[Request], Awaitable[Response]]


def _both(path: str, endpoint: Endpoint, method: str = "GET") -> list[Route]:
    return [Route(prefix + path, endpoint, methods=[method]) for prefix in ("", "/api")]


def _description(name: str) -> dict[str, Any]:
    _, inputs, is_output = NODES[name]
    return {"input": {"required": {i: ["*"] for i in inputs}}, "name": name, "output_node": is_output}


def _refusal(kind: str, nodes: dict[str, str]) -> Response:
    error = {"type": kind, "message": kind, "details": "", "extra_info": {}}
    errors = {node: {"errors": [{"type": reason}]} for node, reason in nodes.items()}
    return JSONResponse({"error": error, "node_errors": errors}, status_code=400)


def _canonical(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def _entry(prompt: Prompt) -> list[Any]:
    return [prompt.number, prompt.id, prompt.graph, {}, []]


def _past(prompt: Prompt) -> dict[str, Any]:
    good = prompt.status == "completed"
    return {"outputs": prompt.outputs, "status": {"status_str": "success" if good else "error", "completed": good}}
