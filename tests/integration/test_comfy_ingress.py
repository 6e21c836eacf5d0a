"""A worker behind an ingress: a path prefix, a header that opens it, limits and error pages that are no JSON."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from resources.comfy.client import ComfyClient, Limits
from resources.comfy.recipes import RECIPES
from resources.comfy.standin.app import build
from resources.comfy.template import load
from tests.attempts import Outcome, run_job
from velocity_pipelines.settings import Settings

PREFIX, TOKEN, MOST = b"/gpu/one", b"Bearer t0ken", 1000
CARD, EMBLEM = RECIPES[0], RECIPES[3]
KEY = "5f" * 32


class Ingress:
    """Stands before a worker: opens for the token, below the prefix, for small requests, as long as it is up."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.is_up, self.sockets = app, True, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or answer with a page."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if headers.get(b"authorization") != TOKEN:
            await PlainTextResponse('{"error":"unauthorized"}', 401)(scope, receive, send)
        elif not scope["path"].encode().startswith(PREFIX + b"/"):
            await HTMLResponse("<h1>404 Not Found</h1>", 404)(scope, receive, send)
        elif not self.is_up:
            await HTMLResponse("<h1>502 Bad Gateway</h1>", 502)(scope, receive, send)
        elif int(headers.get(b"content-length", b"0")) > MOST and scope["path"].endswith("/upload/image"):
            await HTMLResponse("<h1>413 Request Entity Too Large</h1>", 413)(scope, receive, send)
        else:
            self.sockets += scope["type"] == "websocket"
            path = scope["path"].removeprefix(PREFIX.decode())
            await self.app({**scope, "path": path, "raw_path": path.encode()}, receive, send)


@pytest.fixture
def ingress(tmp_path: Path) -> Iterator[tuple[Ingress, str]]:
    made = Ingress(build(tmp_path / "worker", has_models=True, wanted={"node_seconds": 0.05}))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        options = uvicorn.Config(made, log_level="critical", ws="websockets-sansio", timeout_graceful_shutdown=1)
        server = uvicorn.Server(options)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        end = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < end, "it did not start"
            time.sleep(0.01)
        yield made, f"http://127.0.0.1:{listener.getsockname()[1]}{PREFIX.decode()}/"
        server.should_exit = True
        thread.join(10)


def run(url: str, headers: dict[str, str], recipe: Any = CARD) -> Outcome:
    with ComfyClient(url, headers, timeout=10) as client:
        return run_job(client, load(recipe.template), "job", 1, recipe.parameters(KEY), Limits(run=20, silence=0.1))


def configured(tmp_path: Path) -> dict[str, str]:
    """The headers as an origin has them: from a file."""
    file = tmp_path / "headers"
    file.write_text(json.dumps({"Authorization": TOKEN.decode()}))
    return dict(Settings.read({"VELOCITY_COMFY_HEADERS_FILE": str(file)}).comfy_headers)


def test_a_job_goes_by_the_prefix_and_the_headers_of_a_file(ingress: tuple[Ingress, str], tmp_path: Path) -> None:
    front, url = ingress
    assert run(url, configured(tmp_path)).status == "done"
    assert front.sockets == 1  # the websocket goes the same way


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer another"}])
def test_without_the_right_header_it_is_a_refusal_that_repeats_nothing(
    ingress: tuple[Ingress, str], headers: dict[str, str]
) -> None:
    outcome = run(ingress[1], headers)
    assert (outcome.failure, outcome.reason) == ("permanent", "the worker's ingress wants a login")


def test_without_the_prefix_what_answers_is_no_server(ingress: tuple[Ingress, str], tmp_path: Path) -> None:
    outcome = run(ingress[1].removesuffix("gpu/one/"), configured(tmp_path))
    assert outcome.failure == "permanent"


def test_a_picture_too_large_for_the_ingress_is_permanent(ingress: tuple[Ingress, str], tmp_path: Path) -> None:
    outcome = run(ingress[1], configured(tmp_path), EMBLEM)
    assert (outcome.failure, outcome.reason) == ("permanent", "the worker refused with 413")


def test_an_error_page_of_the_ingress_leaves_open_what_happened(ingress: tuple[Ingress, str], tmp_path: Path) -> None:
    front, url = ingress
    front.is_up = False
    outcome = run(url, configured(tmp_path))
    assert (outcome.failure, outcome.reason) == ("transport", "the worker does not answer any more")
