"""Our client against the stand-in as a real process: good work, refusals, cancelling, faults, death and return."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from websockets.sync.client import connect

from resources.comfy.client import ComfyClient, Limits, prompt_id_for
from resources.comfy.failures import ComfyError
from resources.comfy.local import local_worker
from resources.comfy.template import load
from tests.attempts import Outcome, ended, run_job
from tests.workers import Standin

COLOURS = {"background": 0x0F172A, "accent": 0x38BDF8, "panel": 0x1E293B}
CARD = load("client_card")


@pytest.fixture
def client(standin: Standin) -> Iterator[ComfyClient]:
    with ComfyClient(standin.url, timeout=10) as opened:
        yield opened


LIMITS = Limits(run=20, silence=5)


def run(client: ComfyClient, job: str, attempt: int = 1, limits: Limits = LIMITS, *, resumed: bool = False) -> Outcome:
    return run_job(client, CARD, job, attempt, COLOURS, limits, resumed=resumed)


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.02)


def test_a_card_is_made_where_the_template_says(client: ComfyClient) -> None:
    client.preflight(CARD.node_classes, CARD.models, CARD.oldest)
    outcome = run(client, "job")
    assert (outcome.status, outcome.failure, outcome.prompt_id) == ("done", None, prompt_id_for("job", 1))
    with Image.open(io.BytesIO(outcome.pictures["card"].data)) as image:
        assert image.info == {}  # the graph stays on the worker
        places = {
            (600, 100): 0x0F172A,
            (5, 5): 0x38BDF8,
            (64, 290): 0x1E293B,
            (1135, 589): 0x1E293B,
            (1136, 590): 0x0F172A,
        }
        for place, colour in places.items():
            assert image.getpixel(place) == (colour >> 16, colour >> 8 & 255, colour & 255)


def test_the_same_picture_has_the_same_pixels_from_run_to_run(client: ComfyClient) -> None:
    first, second = run(client, "one"), run(client, "two")
    assert first.prompt_id != second.prompt_id
    assert first.pictures["card"].pixel_sha256 == second.pictures["card"].pixel_sha256


def test_an_attempt_is_executed_once_however_often_it_is_asked_for(client: ComfyClient, standin: Standin) -> None:
    assert run(client, "job").status == "done"
    assert [run(client, "job", resumed=True).status for _ in range(2)] == ["done"] * 2
    assert standin.executions() == {prompt_id_for("job", 1): 1}


@pytest.mark.parametrize("fault", ["lost_answers", "troubled_answers", "cut_answers", "lose_every", "refused"])
def test_a_lost_answer_is_looked_up_before_it_is_sent_again(client: ComfyClient, standin: Standin, fault: str) -> None:
    standin.fault(**{fault: 1})
    assert run(client, "job").status == "done"
    assert standin.executions() == {prompt_id_for("job", 1): 1}


@pytest.mark.parametrize(
    ("fault", "times", "failure", "reason"),
    [
        ("hidden_outputs", 1, "permanent", "the worker made 0 pictures for card"),
        ("wrong_pictures", 1, "permanent", "the picture is 8 x 8 pixels, not as declared"),
        ("missing_files", 1, "lost", "a file that the worker made is gone"),
        ("cut_files", 4, "lost", "what the worker made cannot be fetched"),
    ],
)
def test_a_success_without_its_picture_is_a_failure(
    client: ComfyClient, standin: Standin, fault: str, times: int, failure: str, reason: str
) -> None:
    standin.fault(**{fault: times})
    outcome = run(client, "job")
    assert (outcome.status, outcome.failure, outcome.reason) == ("failed", failure, reason)
    assert run(client, "job", attempt=2).status == "done"


def test_a_worker_that_answers_too_late_is_a_transport_failure(standin: Standin) -> None:
    standin.fault(answer_seconds=2)
    with ComfyClient(standin.url, timeout=0.2) as hasty:
        assert run(hasty, "job", limits=Limits(silence=0.1)).failure == "transport"


def test_many_jobs_at_once_all_come_out_though_answers_are_lost_and_the_worker_is_killed(tmp_path: Path) -> None:
    faults = {"lose_every": 5, "socket_frames": 11, "node_seconds": 0.01}
    standin = Standin(tmp_path / "worker", "--faults", json.dumps(faults))
    done: list[str] = []

    def make(job: str) -> None:
        for attempt in range(1, 30):
            with ComfyClient(standin.url, timeout=10) as client:
                outcome = run(client, job, attempt, Limits(run=20, silence=5))
            if outcome.status == "done":
                done.append(outcome.pictures["card"].pixel_sha256)
                return
            assert outcome.failure in {"transport", "lost"}, outcome.reason

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(make, f"job {number}") for number in range(24)]
        until(lambda: len(done) >= 6, seconds=60)
        standin.restart()
        for job in jobs:
            job.result()
    standin.kill()
    assert len(done) == 24
    assert len(set(done)) == 1


def test_a_submission_that_is_never_answered_is_a_transport_failure(client: ComfyClient, standin: Standin) -> None:
    standin.fault(refused=9)
    outcome = run(client, "job")
    assert (outcome.status, outcome.failure) == ("failed", "transport")
    assert standin.executions() == {}


def test_a_bad_graph_is_permanent(client: ComfyClient) -> None:
    graph = CARD.bind(COLOURS, "velocity/x")
    graph["1"]["inputs"]["width"] = 0
    with pytest.raises(ComfyError, match="value_smaller_than_min at EmptyImage") as failed:
        client.post(graph, prompt_id_for("bad", 1))
    assert failed.value.failure == "permanent"


def test_a_half_good_graph_is_refused(client: ComfyClient) -> None:
    graph = CARD.bind(COLOURS, "velocity/x")
    graph["8"] = {"class_type": "SaveImage", "inputs": {"images": ["1", 9], "filename_prefix": "velocity/y"}}
    with pytest.raises(ComfyError, match="exception_during_validation"):
        client.post(graph, prompt_id_for("half", 1))


def test_out_of_memory_is_a_matter_of_capacity_and_passes(client: ComfyClient, standin: Standin) -> None:
    standin.fault(out_of_memory=1)
    failed = run(client, "job")
    assert (failed.status, failed.failure) == ("failed", "capacity")
    assert (failed.reason or "").endswith("failed with torch.OutOfMemoryError")
    assert run(client, "job", attempt=2).status == "done"


def test_a_job_past_its_limit_is_cancelled(client: ComfyClient, standin: Standin) -> None:
    standin.fault(node_seconds=5)
    outcome = run(client, "slow", limits=Limits(run=0.3))
    assert (outcome.status, outcome.failure) == ("failed", "capacity")
    until(lambda: client.standing(outcome.prompt_id).state == "cancelled")


def test_a_job_that_somebody_cancels_is_told_as_cancelled_and_no_other_is(
    client: ComfyClient, standin: Standin
) -> None:
    standin.fault(node_seconds=0.3)
    outcomes: dict[str, Outcome] = {}
    threads = [threading.Thread(target=lambda j=job: outcomes.update({j: run(client, j)})) for job in ("one", "two")]
    for thread in threads:
        thread.start()
    until(lambda: client.standing(prompt_id_for("one", 1)).state != "unknown")
    until(lambda: client.standing(prompt_id_for("two", 1)).state != "unknown")
    assert client.cancel(prompt_id_for("one", 1))
    standin.fault(node_seconds=0)
    for thread in threads:
        thread.join()
    assert outcomes["two"].status == "done"
    # one that waits is gone without a trace, one that ran says so
    assert (outcomes["one"].status, outcomes["one"].failure) in {("failed", "interrupted"), ("failed", "lost")}
    assert not client.cancel(prompt_id_for("one", 1))


def test_a_killed_worker_comes_back_empty_and_the_job_is_lost(client: ComfyClient, standin: Standin) -> None:
    standin.fault(node_seconds=5)
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(run(client, "job", limits=Limits(silence=20))))
    thread.start()
    until(lambda: client.standing(prompt_id_for("job", 1)).state == "running")
    standin.kill()
    threading.Timer(0.5, standin.start).start()
    thread.join()
    assert [outcome.failure for outcome in outcomes] == ["lost"]
    assert run(client, "job", attempt=2).status == "done"


def test_a_picture_that_was_finished_outlives_the_memory_of_it(client: ComfyClient, standin: Standin) -> None:
    assert run(client, "job").status == "done"
    standin.restart()
    assert run(client, "job", resumed=True).status == "done"
    assert standin.executions() == {}


def test_a_dead_worker_is_a_transport_failure(client: ComfyClient, standin: Standin) -> None:
    standin.kill()
    assert run(client, "job", limits=Limits(silence=0.3)).failure == "transport"


def test_a_redirect_is_a_refusal_and_not_followed(client: ComfyClient, standin: Standin) -> None:
    standin.fault(redirected=True)
    outcome = run(client, "job")
    assert (outcome.status, outcome.failure) == ("failed", "permanent")
    assert "login" in (outcome.reason or "")


def test_an_uploaded_logo_can_be_loaded_by_a_graph(client: ComfyClient) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 2), (255, 0, 0, 0)).save(out, "PNG")
    fitted = {"image": ["2", 0], "target_width": 16, "target_height": 16, "padding_color": "white"}
    laid = {"destination": ["4", 0], "source": ["2", 0], "mask": ["3", 0], "x": 0, "y": 0, "resize_source": False}
    graph = {
        "1": node("LoadImage", image=client.upload_image(out.getvalue())),
        "2": node("ImageScaleToMaxDimension", image=["1", 0], upscale_method="area", largest_size=8),
        "3": node("InvertMask", mask=["1", 1]),
        "4": node("ResizeAndPadImage", **fitted, interpolation="bilinear"),
        "5": node("ImageCompositeMasked", **laid),
        "9": node("SaveImage", images=["5", 0], filename_prefix="velocity/logo"),
    }
    prompt = prompt_id_for("logo", 1)
    client.post(graph, prompt)
    with Image.open(io.BytesIO(client.fetch(ended(client, prompt).outputs["9"][0]))) as image:
        assert image.size == (16, 16)
        assert [image.getpixel(place) for place in ((1, 1), (8, 8))] == [(255, 255, 255), (255, 0, 0)]


def test_dropped_sockets_do_not_stop_a_job(client: ComfyClient, standin: Standin) -> None:
    with connect(f"ws://127.0.0.1:{standin.port}/ws?clientId=watcher", proxy=None) as socket:
        assert json.loads(socket.recv(timeout=10))["type"] == "status"
        standin.fault(node_seconds=0.1)
        prompt = prompt_id_for("job", 1)
        client.client_id = "watcher"
        client.post(CARD.bind(COLOURS, f"velocity/{prompt}"), prompt)
        until(lambda: json.loads(socket.recv(timeout=10))["type"] == "executing")
        standin.drop_sockets()
    assert ended(client, prompt).state == "done"


def test_a_page_of_another_origin_is_turned_away(standin: Standin) -> None:
    foreign = httpx.post(f"{standin.url}/interrupt", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_the_local_worker_goes_with_its_block_and_leaves_nothing(tmp_path: Path) -> None:
    with local_worker(tmp_path) as url, ComfyClient(url) as client:
        assert run(client, "job").status == "done"
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/system_stats")


def test_the_stand_in_ends_with_whoever_started_it(standin: Standin) -> None:
    assert standin.process.stdin is not None
    standin.process.stdin.close()
    assert standin.process.wait(5) == 0
