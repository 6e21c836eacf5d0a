"""The client of a worker, against answers written down here in the shapes that a real server gave."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.comfy.client import ComfyClient, Limits, Output, prompt_id_for
from resources.comfy.failures import ComfyError, Throttled, Unhealthy

PROMPT = prompt_id_for("job", 1)
NOT_FOUND = httpx.Response(404, json={"error": "Job not found"})
Answer = httpx.Response | Exception
LIMITS = Limits(queue=0.05, run=0.05, silence=0.05)


class Worker:
    """Answers by method and path, the last one for ever; remembers what was asked."""

    def __init__(self, answers: dict[str, Answer | list[Answer]]) -> None:
        self.answers = {path: [*found] if isinstance(found, list) else [found] for path, found in answers.items()}
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answers = self.answers[f"{request.method} {request.url.path}"]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def paths(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.asked]


def client_of(worker: Callable[[httpx.Request], httpx.Response], base: str = "", **more: Any) -> ComfyClient:
    return ComfyClient(f"https://comfy.example.com{base}", transport=httpx.MockTransport(worker), **more)


def job(status: str, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"id": PROMPT, "status": status, **more})


def failure_of(answer: Answer) -> ComfyError:
    with pytest.raises(ComfyError) as failed:
        client_of(Worker({"GET /system_stats": answer})).version()
    return failed.value


@given(st.text(), st.integers(min_value=1))
def test_a_prompt_id_is_one_canonical_uuid_for_each_attempt(name: str, attempt: int) -> None:
    prompt = prompt_id_for(name, attempt)
    assert str(uuid.UUID(prompt)) == prompt == prompt_id_for(name, attempt)
    assert prompt not in {prompt_id_for(name, attempt + 1), prompt_id_for(name + "x", attempt)}


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (httpx.Response(302, headers={"location": "https://login.example.com"}), "permanent"),
        (httpx.Response(401, json={"error": "unauthorized"}), "permanent"),
        (httpx.Response(403, text="no"), "permanent"),
        (httpx.Response(404, text="no"), "permanent"),
        (httpx.Response(413, html="<h1>413</h1>"), "permanent"),
        (httpx.Response(429, text="slow down"), "transport"),
        (httpx.Response(500, text="Server got itself in trouble"), "transport"),
        (httpx.Response(502, html="<h1>502 Bad Gateway</h1>"), "transport"),
        (httpx.Response(200, html="<form>sign in</form>"), "permanent"),
        (httpx.Response(200, json=["no", "object"]), "permanent"),
        (httpx.Response(200, json={"system": None}), "permanent"),
        (httpx.Response(200, headers={"content-type": "application/json"}, content=b'{"system": {'), "transport"),
        (httpx.ConnectError("refused"), "transport"),
        (httpx.ReadTimeout("too long"), "transport"),
        (httpx.RemoteProtocolError("peer closed"), "transport"),
    ],
)
def test_answers_fall_into_classes(answer: Answer, failure: str) -> None:
    assert failure_of(answer).failure == failure


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(302, headers={"location": "/login"}), Unhealthy),
        (httpx.Response(401, json={"error": "Unauthorized"}), Unhealthy),
        (httpx.Response(403, text="no"), Unhealthy),
        (httpx.Response(404, html="<h1>no such place</h1>"), Unhealthy),
        (httpx.Response(200, html="<form>sign in</form>"), Unhealthy),
        (httpx.Response(200, json=["no", "object"]), Unhealthy),
        (httpx.Response(200, json={"queue_running": [[3]]}), Unhealthy),
        (httpx.Response(200, json={"queue_running": 3}), Unhealthy),
        (httpx.Response(429, text="slow down"), Throttled),
        (httpx.Response(502, html="<h1>502 Bad Gateway</h1>"), ComfyError),
    ],
)
def test_what_says_nothing_of_the_prompt_is_told_from_what_does(answer: httpx.Response, kind: type[ComfyError]) -> None:
    worker = Worker({f"GET /api/jobs/{PROMPT}": httpx.Response(404, text="Not Found"), "GET /queue": answer})
    with pytest.raises(ComfyError) as failed:
        client_of(worker).standing(PROMPT)
    assert type(failed.value) is kind


@pytest.mark.parametrize("answer", [httpx.Response(302, headers={"location": "/"}), httpx.Response(401, text="no")])
def test_a_login_page_is_told_as_one(answer: httpx.Response) -> None:
    worker = Worker({"GET /system_stats": answer})
    with pytest.raises(ComfyError, match="wants a login"):
        client_of(worker).version()
    assert len(worker.asked) == 1  # and not followed


def test_path_prefix_and_headers_go_with_every_request() -> None:
    worker = Worker({"GET /gpu/one/system_stats": httpx.Response(200, json={"system": {"comfyui_version": "0.33.0"}})})
    assert client_of(worker, "/gpu/one/", headers={"Authorization": "Bearer t"}).version() == "0.33.0"
    assert worker.asked[0].headers["authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("found", "oldest", "good"),
    [("0.28.0", "0.28", True), ("0.27.9", "0.28", False), ("0.33.0", "0.34", False), ("1.0", "0.28", True)],
)
def test_versions_are_compared_as_numbers(found: str, oldest: str, good: bool) -> None:
    worker = Worker({"GET /system_stats": httpx.Response(200, json={"system": {"comfyui_version": found}})})
    if good:
        assert client_of(worker).version(oldest) == found
    else:
        with pytest.raises(ComfyError, match="is needed"):
            client_of(worker).version(oldest)


def test_preflight_names_the_node_or_model_that_is_missing() -> None:
    worker = Worker({
        "GET /system_stats": httpx.Response(200, json={"system": {"comfyui_version": "0.33.0"}}),
        "GET /object_info/SaveImage": httpx.Response(200, json={"SaveImage": {}}),
        "GET /object_info/Rare": httpx.Response(200, json={}),
        "GET /models/upscale_models": httpx.Response(200, json=["two.pth"]),
    })  # fmt: skip
    client = client_of(worker)
    client.preflight(["SaveImage"], {"upscale_models": ["two.pth"]})
    with pytest.raises(ComfyError, match="no node Rare"):
        client.preflight(["SaveImage", "Rare"])
    with pytest.raises(ComfyError, match=r"no upscale_models/four\.pth"):
        client.preflight(["SaveImage"], {"upscale_models": ["two.pth", "four.pth"]})


def test_of_an_address_the_host_alone_is_told() -> None:
    with ComfyClient("https://comfy.example.com:8443/gpu/one", {"Authorization": "s"}) as client:
        assert client.host == "comfy.example.com"


def test_a_refused_graph_is_permanent_and_repeats_nothing_of_the_answer() -> None:
    node = {"class_type": "LoadImage", "errors": [{"type": "custom_validation_failed", "details": "ann.png"}]}
    for status in (400, 200):
        body = {"prompt_id": PROMPT, "node_errors": {"1": node}, "error": {"type": "prompt for ann@example.com"}}
        refusal = httpx.Response(status, json=body)
        worker = Worker({"POST /prompt": refusal})
        with pytest.raises(ComfyError) as failed:
            client_of(worker).post({}, PROMPT)
        assert failed.value.failure == "permanent"
        assert "custom_validation_failed at LoadImage" in failed.value.message
        assert "ann" not in str(failed.value.as_dict())


@pytest.mark.parametrize(
    "odd",
    [
        {"error": "no memory for ann@example.com"},
        {"node_errors": ["ann"]},
        {"node_errors": {"1": "ann"}},
        {"node_errors": {"1": {"errors": "ann"}}},
        {"node_errors": {"1": {"errors": ["ann"]}}},
        {"node_errors": {"1": {"errors": []}}},
    ],
)
def test_a_refusal_of_another_shape_is_a_refusal(odd: dict[str, Any]) -> None:
    worker = Worker({"POST /prompt": httpx.Response(400, json=odd)})
    with pytest.raises(ComfyError, match="refused the graph: 400") as failed:
        client_of(worker).post({}, PROMPT)
    assert failed.value.failure == "permanent"
    assert "ann" not in str(failed.value.as_dict())


@pytest.mark.parametrize("system", ["0.33.0", ["0.33.0"], 33])
def test_a_worker_that_tells_no_version_is_none(system: object) -> None:
    with pytest.raises(ComfyError, match="does not tell its version"):
        client_of(Worker({"GET /system_stats": httpx.Response(200, json={"system": system})})).version()


def test_without_a_jobs_route_the_queue_is_asked_before_the_history() -> None:
    done = {"outputs": {}, "status": {"status_str": "success", "messages": []}}
    worker = Worker({
        f"GET /api/jobs/{PROMPT}": httpx.Response(404, text="Not Found"),
        "GET /queue": httpx.Response(200, json={"queue_running": [], "queue_pending": [[3, PROMPT, {}, {}, []]]}),
        f"GET /history/{PROMPT}": httpx.Response(200, json={PROMPT: done}),
    })  # fmt: skip
    client = client_of(worker)
    assert client.standing(PROMPT).state == "waiting"
    worker.answers["GET /queue"] = [httpx.Response(200, json={"queue_running": [], "queue_pending": []})]
    assert client.standing(PROMPT).state == "done"
    assert worker.paths[-2:] == ["GET /queue", f"GET /history/{PROMPT}"]


@pytest.mark.parametrize(
    ("kind", "failure"),
    [("torch.OutOfMemoryError", "capacity"), ("torch.cuda.OutOfMemoryError", "capacity"), ("ValueError", "permanent")],
)
def test_a_failed_node_is_classed_by_the_type_of_its_exception(kind: str, failure: str) -> None:
    error = {"exception_type": kind, "node_type": "LoadImage", "exception_message": "cannot read ann.png"}
    standing = client_of(Worker({f"GET /api/jobs/{PROMPT}": job("failed", execution_error=error)})).standing(PROMPT)
    assert standing.failure == failure
    assert standing.reason == f"node LoadImage failed with {kind}"


def test_history_tells_cancelled_from_failed() -> None:
    def entry(message: str) -> dict[str, Any]:
        return {PROMPT: {"outputs": {}, "status": {"status_str": "error", "messages": [[message, {}]]}}}

    empty = httpx.Response(200, json={"queue_running": [], "queue_pending": []})
    answers = {f"GET /api/jobs/{PROMPT}": httpx.Response(404, text=""), "GET /queue": empty}
    for message, state in (("execution_interrupted", "cancelled"), ("execution_error", "failed")):
        history = httpx.Response(200, json=entry(message))
        worker = Worker({**answers, f"GET /history/{PROMPT}": history})
        assert client_of(worker).standing(PROMPT).state == state


@pytest.mark.parametrize("broken", [{"outputs": {"9": {"images": [{"name": "x"}]}}}, {"outputs": {"9": None}}])
def test_an_answer_of_another_shape_fails_its_prompt_alone(broken: dict[str, Any]) -> None:
    with pytest.raises(ComfyError, match="no ComfyUI server") as failed:
        client_of(Worker({f"GET /api/jobs/{PROMPT}": job("completed", **broken)})).standing(PROMPT)
    assert (type(failed.value), failed.value.failure) == (ComfyError, "permanent")


def test_uploads_are_named_by_content_and_fetched_without_the_graph() -> None:
    kept = httpx.Response(200, json={"name": "x.png", "subfolder": "velocity", "type": "input"})
    picture = httpx.Response(200, headers={"content-type": "image/png"}, content=b"png")
    worker = Worker({"POST /upload/image": kept, "GET /view": picture})
    client = client_of(worker)
    assert client.upload_image(b"a logo") == "velocity/x.png"
    name = hashlib.sha256(b"a logo").hexdigest()[:32]
    assert f'filename="{name}.png"'.encode() in worker.asked[0].content
    assert client.fetch(Output("card.png", "velocity", "output")) == b"png"
    assert worker.asked[1].url.params["channel"] == "rgb"


@pytest.mark.parametrize(
    ("answer", "failure"), [(httpx.Response(404), "lost"), (httpx.Response(200, html="<p>"), "permanent")]
)
def test_a_picture_that_is_none(answer: httpx.Response, failure: str) -> None:
    with pytest.raises(ComfyError) as failed:
        client_of(Worker({"GET /view": answer})).fetch(Output("card.png", "", "output"))
    assert failed.value.failure == failure
