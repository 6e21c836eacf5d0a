"""The worker's websocket as a hint: it says when to poll, and nothing depends on it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from resources.comfy.client import ComfyClient, Limits, prompt_id_for
from resources.comfy.hints import Hints
from resources.comfy.recipes import RECIPES
from resources.comfy.template import load
from tests.attempts import run_job
from tests.workers import Standin

PROMPT = prompt_id_for("job", 1)
CARD = load("client_card")
COLOURS = RECIPES[0].parameters("5f" * 32)


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.01)


def frame(kind: str, **data: Any) -> str:
    return json.dumps({"type": kind, "data": data})


class Talker:
    """A worker that only talks: sends these frames to whoever comes and holds the socket, or sends them elsewhere."""

    def __init__(self, *frames: str | bytes, closes: bool = False, elsewhere: str | None = None) -> None:
        self.frames, self.closes, self.elsewhere = frames, closes, elsewhere
        self.requests: list[Request] = []
        self.server = serve(self._talk, "127.0.0.1", 0, process_request=self._note)
        self.url = f"http://127.0.0.1:{self.server.socket.getsockname()[1]}/gpu/one/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _note(self, _: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        return Response(302, "Found", Headers(Location=self.elsewhere)) if self.elsewhere else None

    def _talk(self, connection: ServerConnection) -> None:
        for said in self.frames:
            connection.send(said)
        if not self.closes:
            for _ in connection:
                pass


@pytest.fixture
def talker() -> Iterator[Callable[..., Talker]]:
    made: list[Talker] = []

    def make(*frames: str | bytes, **options: Any) -> Talker:
        made.append(Talker(*frames, **options))
        return made[-1]

    yield make
    for each in made:
        each.server.shutdown()


@pytest.fixture
def listening() -> Iterator[Callable[..., Hints]]:
    made: list[Hints] = []

    def listen(url: str, **headers: str) -> Hints:
        made.append(Hints(url, headers))
        made[-1].pause([], 0)
        return made[-1]

    yield listen
    for each in made:
        each.close()


def test_what_is_told_of_a_prompt_ends_the_pause_for_it_and_for_no_other(
    talker: Callable[..., Talker], listening: Callable[..., Hints]
) -> None:
    told = talker(
        b"\x00preview", "no json", "[]", frame("status"), frame("progress_state", prompt_id=PROMPT, nodes={}),
        frame("executing", prompt_id="other", node="1"), frame("execution_success", prompt_id=PROMPT),
    )  # fmt: skip
    hints = listening(told.url)
    until(lambda: hints.still(PROMPT) is not None)
    began = time.monotonic()
    assert hints.pause([PROMPT, "other"], 60) == {PROMPT}
    assert time.monotonic() - began < 30
    assert hints.pause([PROMPT, "other"], 0.01) == set()  # is let go by its time alone
    hints.forget(PROMPT)
    assert hints.still(PROMPT) is None


def test_it_goes_by_the_path_with_the_headers_under_an_id_of_its_own(
    talker: Callable[..., Talker], listening: Callable[..., Hints]
) -> None:
    told = talker()
    hints = listening(told.url, Authorization="Bearer t")
    until(lambda: bool(told.requests))
    assert told.requests[0].path == f"/gpu/one/ws?clientId={hints.client_id}"
    assert told.requests[0].headers["Authorization"] == "Bearer t"
    assert Hints(told.url, {}).client_id != hints.client_id


def test_a_socket_that_closes_is_opened_again(talker: Callable[..., Talker], listening: Callable[..., Hints]) -> None:
    told = talker(closes=True)
    listening(told.url)
    until(lambda: len(told.requests) >= 2)


def test_of_what_happens_while_no_socket_is_open_nothing_is_known(
    talker: Callable[..., Talker], listening: Callable[..., Hints]
) -> None:
    hints = listening(talker(frame("executing", prompt_id=PROMPT, node="1"), closes=True).url)
    until(lambda: hints.still(PROMPT) is not None)
    until(lambda: hints.still(PROMPT) is None)


def test_a_redirect_is_not_followed(talker: Callable[..., Talker], listening: Callable[..., Hints]) -> None:
    other = talker()
    ingress = talker(elsewhere=other.url.replace("http", "ws", 1))
    listening(ingress.url, **{"X-Secret": "s"})
    until(lambda: len(ingress.requests) >= 2)  # it comes again, to the same place
    assert other.requests == []


def test_a_job_is_polled_as_soon_as_it_ends(standin: Standin) -> None:
    first, second = prompt_id_for("job", 1), prompt_id_for("job", 2)
    standin.fault(node_seconds=0.3)
    with ComfyClient(standin.url) as client:
        for prompt in (first, second):
            client.post(CARD.bind(COLOURS, f"velocity/{prompt}"), prompt)
        until(lambda: bool(client.pause([first], 0.1)))  # the socket is open
        began = time.monotonic()
        while not client.standing(second).has_ended:
            client.pause([second], 120)
        assert time.monotonic() - began < 60


@pytest.mark.parametrize("faults", [{"socket_frames": 1}, {"socket_frames": 3, "node_seconds": 0.05}])
def test_sockets_that_drop_change_nothing_of_what_comes_out(standin: Standin, faults: dict[str, Any]) -> None:
    standin.fault(**faults)
    with ComfyClient(standin.url) as client:
        for attempt in range(1, 4):
            assert run_job(client, CARD, "job", attempt, COLOURS, Limits(run=20)).status == "done"
    assert sum(standin.executions().values()) == 3


def test_a_worker_that_refuses_sockets_is_worked_with_all_the_same(standin: Standin) -> None:
    with ComfyClient(standin.url) as client:
        client._hints = Hints("http://127.0.0.1:1", {})  # nobody is there
        assert run_job(client, CARD, "job", 1, COLOURS, Limits(run=20)).status == "done"


def test_a_closed_client_listens_no_more(standin: Standin) -> None:
    with ComfyClient(standin.url) as client:
        run_job(client, CARD, "job", 1, COLOURS, Limits(run=20))
        threads = [thread for thread in threading.enumerate() if thread.name == "worker hints"]
        assert len(threads) == 1
    until(lambda: not threads[0].is_alive())
