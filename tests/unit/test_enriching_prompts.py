"""What becomes of a prompt that ends for us before it ends for its worker."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from resources.comfy.client import ComfyClient, Limits, prompt_id_for
from resources.comfy.recipes import RECIPES
from resources.comfy.template import load
from tests.attempts import run_job
from tests.unit.test_comfy_client import Answer, Worker, client_of

CARD = load("client_card")
COLOURS = RECIPES[0].parameters("0" * 64)
PROMPT = prompt_id_for("job", 1)
LIMITS = Limits(silence=0.2, run=0.1, queue=0.1)
TAKEN = httpx.Response(200, json={"prompt_id": PROMPT, "node_errors": {}})
STANDING, CANCEL = f"GET /api/jobs/{PROMPT}", f"POST /api/jobs/{PROMPT}/cancel"


def job(status: str, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"id": PROMPT, "status": status, **more})


def asked(standing: list[Answer]) -> tuple[Worker, ComfyClient]:
    cancelled = httpx.Response(200, json={"cancelled": True})
    worker = Worker({"POST /prompt": TAKEN, STANDING: standing, CANCEL: cancelled})
    return worker, client_of(worker)


@pytest.mark.parametrize(
    ("standing", "failure", "cancels"),
    [
        ([job("in_progress"), job("in_progress", execution_status=["odd"])], "permanent", 1),
        ([job("in_progress")], "capacity", 1),
        ([job("failed", execution_error={"exception_type": "ValueError"})], "permanent", 0),
        ([job("completed", outputs={})], "permanent", 0),
    ],
)
def test_what_may_still_run_is_cancelled_once(standing: list[Answer], failure: str, cancels: int) -> None:
    worker, client = asked(standing)
    outcome = run_job(client, CARD, "job", 1, COLOURS, LIMITS)
    assert outcome.failure == failure
    assert worker.paths.count(CANCEL) == cancels


def test_a_refused_graph_is_not_cancelled() -> None:
    worker, client = asked([])
    worker.answers["POST /prompt"] = [httpx.Response(400, json={"error": {"type": "invalid_prompt"}})]
    assert run_job(client, CARD, "job", 1, COLOURS, LIMITS).failure == "permanent"
    assert worker.paths == ["POST /prompt"]
