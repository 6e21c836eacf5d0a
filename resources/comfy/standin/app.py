"""The stand-in put together: every route stands at the top and below `/api`, as on the real server.

Not here: the process (`resources.comfy.standin.__main__`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from resources.comfy.standin import transfer
from resources.comfy.standin.describe import Models, object_info
from resources.comfy.standin.executor import Executor
from resources.comfy.standin.faults import Faults
from resources.comfy.standin.files import Files
from resources.comfy.standin.memory import Memory
from resources.comfy.standin.sockets import Sockets
from resources.comfy.standin.submitting import Prompts

VERSION = "0.33.0"  # the server that this behaves like
FEATURES = {"supports_preview_metadata": True, "max_upload_size": transfer.LARGEST, "assets": False}


def build(folder: Path, *, has_models: bool = False, wanted: dict[str, Any] | None = None) -> ASGIApp:
    """The application; its files stay in the folder when the process ends, and all else is forgotten.

    `wanted` are switches of `Faults` to begin with; KeyError names one that does not exist.
    """
    files, faults = Files(folder, has_models=has_models), Faults()
    faults.change(wanted or {})
    sockets = Sockets(FEATURES, faults)
    memory = Memory(sockets.status)
    executor = Executor(memory, files, faults, sockets.send)
    sockets.remaining = lambda: memory.remaining
    sockets.position = lambda: executor.position

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        publisher = asyncio.create_task(sockets.publish())
        executor.start()
        yield
        publisher.cancel()

    comfy: list[BaseRoute] = [
        *_about(files.models()),
        *Prompts(memory, files, faults).routes(),
        *transfer.routes(files, faults),
        WebSocketRoute("/ws", sockets.serve),
    ]
    switches = Mount("/_standin", routes=_switches(faults, sockets))
    app = Starlette(routes=[switches, Mount("/api", routes=comfy), *comfy], lifespan=running)
    return Front(app, faults)


class Front:
    """What stands before all routes: foreign pages are turned away, and a login page may cover everything."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self._faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        answer = self._answer(HTTPConnection(scope)) if scope["type"] in {"http", "websocket"} else None
        if scope["type"] == "http":
            await asyncio.sleep(self._faults.answer_seconds)
        await (answer or self._app)(scope, receive, send)

    def _answer(self, connection: HTTPConnection) -> Response | None:
        origin = connection.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != connection.headers.get("host"):
            return PlainTextResponse("", status_code=403)
        if connection.url.path.startswith("/_standin"):
            return None
        if self._faults.redirected:
            return RedirectResponse("/login", status_code=302)
        if self._faults.strike("throttled"):
            return PlainTextResponse("slow down", status_code=429)
        return None


def _about(known: Models) -> list[Route]:
    async def system_stats(_: Request) -> Response:
        device = {"name": "cpu", "type": "cpu", "index": None, "vram_total": 0, "vram_free": 0}
        return JSONResponse({"system": {"comfyui_version": VERSION}, "devices": [device]})

    async def features(_: Request) -> Response:
        return JSONResponse(FEATURES)

    async def nodes(_: Request) -> Response:
        return JSONResponse(object_info(known))

    async def node(request: Request) -> Response:
        name = request.path_params["name"]
        return JSONResponse({key: node for key, node in object_info(known).items() if key == name})

    async def folders(_: Request) -> Response:
        return JSONResponse(list(known))

    async def models(request: Request) -> Response:
        found = known.get(request.path_params["folder"])
        return Response(status_code=404) if found is None else JSONResponse(found)

    async def free(_: Request) -> Response:
        return Response()

    return [
        Route("/system_stats", system_stats),
        Route("/features", features),
        Route("/object_info", nodes),
        Route("/object_info/{name}", node),
        Route("/models", folders),
        Route("/models/{folder}", models),
        Route("/free", free, methods=["POST"]),
    ]


def _switches(faults: Faults, sockets: Sockets) -> list[Route]:
    async def change(request: Request) -> Response:
        try:
            faults.change(await request.json())
        except (KeyError, ValueError) as wrong:
            return JSONResponse({"error": f"no such switch, or not its type: {wrong}"}, status_code=400)
        return Response()

    async def executions(_: Request) -> Response:
        return JSONResponse(dict(faults.executed))

    async def drop_sockets(_: Request) -> Response:
        await sockets.drop()
        return Response()

    return [
        Route("/faults", change, methods=["POST"]),
        Route("/executions", executions),
        Route("/drop-sockets", drop_sockets, methods=["POST"]),
    ]
