"""Lanes on the stand-in as a real process: what becomes of each job, whatever happens to the worker or the lane."""

from __future__ import annotations

import io
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from PIL import Image

from resources import log
from resources.comfy.client import ComfyClient, Limits, prompt_id_for
from resources.comfy.failures import ComfyError, Unhealthy
from resources.comfy.recipes import RECIPES
from resources.comfy.template import load
from resources.enriching import figures, planning, queue
from resources.enriching.book import Book
from resources.enriching.lane import Lane, Pace
from resources.enriching.serving import served
from resources.workspace import Workspace
from tests.enriching import CARD, add_clients, begun, change, drawn, jobs_of, planned, publish
from tests.integration.test_comfy_worker import until
from tests.workers import Standin

PACE = Pace(limits=Limits(run=20, silence=3))


@pytest.fixture
def client(standin: Standin) -> Iterator[ComfyClient]:
    with ComfyClient(standin.url, timeout=5) as opened:
        yield opened


def work(
    workspace: Workspace, client: ComfyClient, jobs: list[str], run_id: str = "a-run", pace: Pace = PACE
) -> Counter[str]:
    return +Lane(client, Book(workspace, run_id, RECIPES, worker=client.host), pace, lambda _line: None).run(jobs)


def events(workspace: Workspace, job: str) -> list[str]:
    query = "select event from enrichment_event where job = :job order by id"
    return workspace.database.frame(query, job=job)["event"].to_list()


def attempts(workspace: Workspace, job: str) -> list[tuple[int, str, str | None]]:
    query = "select attempt, state, failure from enrichment_attempt where job = :job order by attempt"
    return list(workspace.database.frame(query, job=job).iter_rows())


def in_background(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_lane_makes_each_artefact_once_and_notes_what_happened(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 12)
    jobs = planned(workspace, 12)
    assert work(workspace, client, jobs) == {"done": 12}
    assert {job["state"] for name, job in jobs_of(workspace).items() if name in jobs} == {"done"}
    assert standin.executions() == {prompt_id_for(job, 1): 1 for job in jobs}
    assert [event for event in events(workspace, jobs[0]) if event != "running"] == [
        "claimed", "submitted", "fetched", "accepted",
    ]  # fmt: skip
    assert work(workspace, client, jobs) == {}


def test_an_artefact_leads_back_to_what_was_sent_and_to_the_receipt(workspace: Workspace, client: ComfyClient) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    work(workspace, client, [job])
    row = workspace.database.frame("select * from artefact_evidence").row(0, named=True)
    assert (row["job"], row["canonical_id"], row["run_id"], row["version_360"]) == (job, "c000001", "a-run", 1)
    assert (row["prompt_id"], row["template_version"]) == (prompt_id_for(job, 1), load(CARD).version)
    assert row["worker"] == "127.0.0.1"
    with Image.open(io.BytesIO(workspace.storage.get("artefacts", row["sha256"]))) as card:
        assert (card.size, card.format, card.info) == ((1200, 630), "PNG", {})
    with workspace.database.transaction() as connection:
        ((seq, receipt),) = log.payloads(connection, "receipt")
        assert log.verify(connection).broken_at is None
    assert (seq, receipt["job"], receipt["prompt_id"]) == (row["receipt"], job, row["prompt_id"])
    assert receipt["made"]["card"] == {"sha256": row["sha256"], "pixel_sha256": row["pixel_sha256"]}
    fetched = workspace.storage.get("artefacts", receipt["fetched"]["card"]["sha256"])
    assert fetched != workspace.storage.get("artefacts", row["sha256"])


@pytest.mark.parametrize("fault", ["lost_answers", "refused"])
def test_a_submission_without_an_answer_is_looked_up_and_executed_once(
    workspace: Workspace, client: ComfyClient, standin: Standin, fault: str
) -> None:
    add_clients(workspace, 3)
    jobs = planned(workspace, 3)
    standin.fault(**{fault: 2})
    assert work(workspace, client, jobs) == {"done": 3}
    assert standin.executions() == {prompt_id_for(job, 1): 1 for job in jobs}


def test_a_worker_that_comes_back_empty_has_what_it_finished_adopted_and_the_rest_made_again(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 6)
    jobs = planned(workspace, 6)
    standin.fault(node_seconds=0.2)
    done: list[Counter[str]] = []
    thread = in_background(lambda: done.append(work(workspace, client, jobs)))
    until(lambda: sum(standin.executions().values()) >= 2)
    standin.kill()
    standin.start()
    thread.join()
    assert done[0]["done"] == 6
    ended = [attempts(workspace, job) for job in jobs]
    assert all(one[-1][1:] == ("done", None) for one in ended)
    assert {failure for one in ended for _, state, failure in one if state == "failed"} == {"lost"}
    assert workspace.database.frame("select count(*) from enrichment_artefact").item() == 6


def test_out_of_memory_is_tried_once_more_and_then_the_worker_is_left(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 3)
    jobs = planned(workspace, 3)
    standin.fault(out_of_memory=1)
    assert work(workspace, client, jobs) == {"done": 3, "again": 1}
    publish(workspace, "update client set display_name = 'B'")
    more = planned(workspace, 3)
    standin.fault(out_of_memory=9)
    with pytest.raises(ComfyError, match="ran out of memory again"):
        work(workspace, client, more)
    standin.fault(out_of_memory=0)
    change(workspace, "update enrichment_job set next_at = now() where next_at is not null")
    left = queue.handed_out(workspace, 100)
    assert work(workspace, client, left, "another")["done"] == 3


@pytest.mark.parametrize("limits", [Limits(run=0.3), Limits(still=0.3)])
def test_a_prompt_past_its_deadline_is_cancelled_and_is_a_matter_of_capacity(
    workspace: Workspace, client: ComfyClient, standin: Standin, limits: Limits
) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    standin.fault(node_seconds=5)
    pace = Pace(limits=limits, patience=0)
    assert work(workspace, client, [job], pace=pace) == {"again": 1}
    assert attempts(workspace, job) == [(1, "failed", "capacity")]
    until(lambda: client.standing(prompt_id_for(job, 1)).state == "cancelled")


def test_whoever_else_cancels_a_prompt_has_it_made_again(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    standin.fault(node_seconds=2)
    thread = in_background(lambda: work(workspace, client, [job]))
    until(lambda: client.standing(prompt_id_for(job, 1)).state == "running")
    client.cancel(prompt_id_for(job, 1))
    standin.fault(node_seconds=0)
    thread.join()
    assert attempts(workspace, job) == [(1, "failed", "interrupted"), (2, "done", None)]


def test_a_job_that_somebody_cancels_ends_when_the_worker_says_so_and_no_other_does(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 2)
    one, two = planned(workspace, 2)
    standin.fault(node_seconds=0.5)
    thread = in_background(lambda: work(workspace, client, [one, two]))
    until(lambda: client.standing(prompt_id_for(one, 1)).state == "running")
    assert queue.cancel(workspace, one) == "cancelling"
    until(lambda: jobs_of(workspace)[one]["state"] == "cancelled")
    standin.fault(node_seconds=0)
    thread.join()
    assert client.standing(prompt_id_for(one, 1)).state == "cancelled"
    assert attempts(workspace, one) == [(1, "cancelled", None)]
    assert attempts(workspace, two) == [(1, "done", None)]


def test_who_is_terminated_cancels_its_own_prompts_and_leaves_those_of_others(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 3)
    jobs = planned(workspace, 3)
    foreign = prompt_id_for("somebody else's", 1)
    client.post(load(CARD).bind(RECIPES[0].parameters("0" * 64), "elsewhere"), foreign)

    def terminated(_line: str) -> None:
        raise KeyboardInterrupt

    standin.fault(node_seconds=0.4)
    lane = Lane(client, Book(workspace, "a-run", RECIPES), Pace(), terminated)
    lane._told = time.monotonic() - 14
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        lane.run(jobs)
    assert time.monotonic() - began < 10
    assert {jobs_of(workspace)[job]["state"] for job in jobs} <= {"cancelled", "done"}
    until(lambda: client.standing(foreign).state == "done")
    assert queue.abandoned(workspace) == []


def test_what_a_dead_lane_left_is_adopted_where_it_is_finished_and_made_again_where_it_is_lost(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 3)
    finished, sent, never = planned(workspace, 3)
    for job in (finished, sent, never):
        begun(workspace, job, "dead")
    recipe = next(r for r in RECIPES if r.template == CARD)
    for job in (finished, sent):
        key = jobs_of(workspace)[job]["content_key"]
        prompt = prompt_id_for(job, 1)
        client.post(load(CARD).bind(recipe.parameters(key), f"velocity/{prompt}"), prompt)
        until(lambda p=prompt: client.standing(p).has_ended)
    change(workspace, "update enrichment_job set lease_until = now()")
    assert work(workspace, client, queue.handed_out(workspace, 0)) == {"done": 3, "again": 1}
    assert standin.executions() == {
        prompt_id_for(finished, 1): 1,
        prompt_id_for(sent, 1): 1,
        prompt_id_for(never, 2): 1,
    }
    assert "adopted" in events(workspace, finished)


def test_what_a_dead_lane_left_and_nobody_wants_is_cancelled(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 2)
    changed, cancelled = planned(workspace, 2)
    standin.fault(node_seconds=5)
    recipe = next(r for r in RECIPES if r.template == CARD)
    for job in (changed, cancelled):
        begun(workspace, job, "dead")
        prompt = prompt_id_for(job, 1)
        client.post(load(CARD).bind(recipe.parameters("0" * 64), f"velocity/{prompt}"), prompt)
    assert queue.cancel(workspace, cancelled) == "cancelling"
    publish(workspace, "update client set display_name = 'B' where canonical_id = :id",
           id=jobs_of(workspace)[changed]["canonical_id"])  # fmt: skip
    change(workspace, "update enrichment_job set lease_until = now()")
    assert work(workspace, client, queue.handed_out(workspace, 0)) == {"stale": 1, "cancelled": 1}
    assert [jobs_of(workspace)[job]["state"] for job in (changed, cancelled)] == ["stale", "cancelled"]


def test_a_worker_that_is_gone_has_its_jobs_left_as_they_are(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 2)
    jobs = planned(workspace, 2)
    standin.kill()
    book = Book(workspace, "a-run", RECIPES)
    with pytest.raises(ComfyError, match="does not answer"):
        served(client, book, jobs, lambda _line: None)
    assert {jobs_of(workspace)[job]["state"] for job in jobs} == {"planned"}
    with pytest.raises(ComfyError, match="does not answer any more"):
        work(workspace, client, jobs)
    assert queue.abandoned(workspace) == sorted(jobs)  # sent or not, nobody knows
    standin.start()
    assert work(workspace, client, queue.handed_out(workspace, 10), "another")["done"] == 2


def test_a_template_that_the_worker_cannot_do_is_left_planned_and_stands_in_nobodys_way(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    standin.fault(redirected=True)
    book = Book(workspace, "a-run", RECIPES)
    with pytest.raises(ComfyError, match="login"):
        served(client, book, [job], lambda _line: None)
    assert planned(workspace) == [job]


def test_a_worker_that_wants_a_login_in_the_middle_of_a_run_has_its_prompts_adopted_by_the_next(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 3)
    jobs = planned(workspace, 3)
    standin.fault(node_seconds=0.4)
    refused: list[Exception] = []

    def lane() -> None:
        with pytest.raises(ComfyError, match="login") as found:
            work(workspace, client, jobs)
        refused.append(found.value)

    thread = in_background(lane)
    until(lambda: all(client.standing(prompt_id_for(job, 1)).state in {"waiting", "running"} for job in jobs))
    standin.fault(redirected=True)
    thread.join()
    assert [type(error) for error in refused] == [Unhealthy]
    assert {job["state"] for job in jobs_of(workspace).values()} <= {"running", "done"}
    standin.fault(redirected=False, node_seconds=0)
    left = queue.abandoned(workspace)
    assert work(workspace, client, left, "another") == {"done": len(left)}
    assert standin.executions() == {prompt_id_for(job, 1): 1 for job in jobs}


def test_an_ingress_that_asks_to_slow_down_costs_no_attempt(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 2)
    jobs = planned(workspace, 2)
    standin.fault(throttled=6)  # more often than a prompt is sent without an answer
    assert work(workspace, client, jobs, pace=Pace(limits=Limits(silence=20))) == {"done": 2}
    assert [attempts(workspace, job) for job in jobs] == [[(1, "done", None)]] * 2
    assert standin.executions() == {prompt_id_for(job, 1): 1 for job in jobs}
    assert workspace.database.frame("select max(posts) from enrichment_attempt").item() == 1


def test_what_a_crash_left_of_a_picture_that_the_worker_cannot_make_waits_for_one_that_can(
    workspace: Workspace, client: ComfyClient
) -> None:
    add_clients(workspace, 1)
    add_clients(workspace, 1, "account")
    planning.plan(workspace, 100)
    upscale = "logo_upscale"  # for which the stand-in has no model
    change(workspace, "delete from enrichment_job where template not in (:card, :upscale)", card=CARD, upscale=upscale)
    by_template = {job["template"]: name for name, job in jobs_of(workspace).items()}
    card, logo = by_template[CARD], by_template[upscale]
    begun(workspace, logo, "dead")
    change(workspace, "update enrichment_job set lease_until = now() where job = :job", job=logo)
    jobs, said = queue.handed_out(workspace, 10), []
    book = Book(workspace, "a-run", RECIPES)
    able, left = served(client, book, jobs, said.append)
    assert (able, left, len(said)) == ([card], [logo], 1)
    pace = Pace(limits=PACE.limits, patience=5)
    assert +Lane(client, book, pace, lambda _line: None).run(able, left) == {"done": 1, "again": 1}
    assert attempts(workspace, logo) == [(1, "failed", "lost")]
    change(workspace, "update enrichment_job set next_at = now() where next_at is not null")
    publish(workspace, "update client set display_name = 'B'")  # there is something else to do
    planning.plan(workspace, 100)
    jobs = queue.handed_out(workspace, 10)
    assert logo in jobs
    able, left = served(client, book, jobs, said.append)
    assert (logo in able, left) == (False, [])
    assert logo not in queue.handed_out(workspace, 10)


def test_the_figures_of_a_run_tell_what_it_cost(workspace: Workspace, client: ComfyClient, standin: Standin) -> None:
    add_clients(workspace, 4)
    jobs = planned(workspace, 4)
    standin.fault(out_of_memory=1, lost_answers=1, node_seconds=0.02)
    work(workspace, client, jobs)
    found = figures.of_run(workspace, "a-run")
    assert (found["accepted"], found["failed"], found["failed_capacity"], found["sent_beyond_one_a_job"]) == (
        4,
        1,
        1,
        1,
    )
    assert 0.02 < found["worker_seconds_per_job"] < 5
    assert {"queue_seconds_median", "run_seconds_95", "cache_hits"} <= set(found)
    pictures = figures.thumbnails(workspace, "a-run")
    assert pictures.count("data:image/png;base64,") == 4
    assert len(pictures) < 20_000
    for sha256 in workspace.storage.listed("artefacts"):
        workspace.storage.destroy("artefacts", sha256)
    assert figures.thumbnails(workspace, "a-run") == ""


def test_a_picture_that_was_half_written_when_the_worker_died_is_lost_and_made_again(
    workspace: Workspace, client: ComfyClient, standin: Standin
) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    begun(workspace, job, "dead")
    change(workspace, "update enrichment_job set lease_until = now()")
    file = standin.folder / "output" / "velocity" / prompt_id_for(job, 1) / "card_00001_.png"
    file.parent.mkdir(parents=True)
    file.write_bytes(drawn("red").data[:60])
    assert work(workspace, client, [job])["done"] == 1
    assert attempts(workspace, job) == [(1, "failed", "lost"), (2, "done", None)]
    assert events(workspace, job).count("lost") == 1
