"""Artefacts of clients through the real assets, on the stand-in worker."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from resources.comfy.recipes import RECIPES
from resources.workspace import Workspace
from tests.enriching import add_clients, change, failed, jobs_of, planned, publish
from tests.integration.conftest import Shown, Velocity, definitions
from velocity_pipelines.launching import enrich_config

EACH = sum(recipe.entity == "contact" for recipe in RECIPES)  # jobs that a contact wants
OWNED = sum(recipe.entity == "contact" and "owner" in recipe.fields for recipe in RECIPES)


@pytest.fixture
def published(workspace: Workspace, shown: Shown, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Three contacts, and no accounts."""
    monkeypatch.delenv("VELOCITY_COMFY_URL", raising=False)
    shown()
    change(workspace, KEEP_THREE)
    change(workspace, "delete from account_360")
    return workspace


KEEP_THREE = """delete from contact_360 where canonical_id not in
    (select canonical_id from (select distinct on (owner) owner, canonical_id from contact_360) c limit 3)"""


def enrich(workspace: Workspace, limit: int) -> tuple[dict[str, int], dict[str, Any]]:
    """How many jobs ended how, and what the asset says of it."""
    job = definitions(workspace).resolve_job_def("enrich")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, run_config=enrich_config(limit))
        (made,) = [
            event.materialization
            for event in result.get_asset_materialization_events()
            if event.asset_key and event.asset_key.to_user_string() == "enrichment_artefacts"
        ] or [None]
        counts: dict[str, int] = result.output_for_node("enrichment_artefacts.conclude")
    return counts, {} if made is None else {name: value.value for name, value in made.metadata.items()}


def test_artefacts_are_made_once_and_again_only_for_a_client_that_changed(published: Workspace) -> None:
    assert enrich(published, 200)[0] == {"done": 3 * EACH, "failed": 0}
    assert enrich(published, 200)[0] == {"done": 0, "failed": 0}
    publish(published, "update client set owner = 'Another' where owner = (select min(owner) from client)")
    assert enrich(published, 200)[0] == {"done": OWNED, "failed": 0}
    jobs = jobs_of(published).values()
    assert {job["state"] for job in jobs} == {"done"}
    assert len({job["prompt_id"] for job in jobs}) == len(jobs) == 3 * EACH + OWNED


def test_a_run_makes_no_more_than_it_is_told_and_shows_what_it_cost(published: Workspace) -> None:
    counts, said = enrich(published, 2)
    assert counts == {"done": 2, "failed": 0}
    assert (said["accepted"], said["failed"], said["sent_beyond_one_a_job"]) == (2, 0, 0)
    assert said["last_pictures"].count("data:image/png") >= 2
    names = published.database.frame("select display_name from contact_360")["display_name"].to_list()
    assert not [name for name in names if name in str(said)]


def test_a_worker_that_does_not_answer_fails_the_run_and_leaves_the_jobs_planned(
    published: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VELOCITY_COMFY_URL", "http://127.0.0.1:9")
    with pytest.raises(Exception, match="worker"):
        enrich(published, 2)
    assert [job["state"] for job in jobs_of(published).values()] == ["planned", "planned"]


def test_commands_plan_list_and_cancel(velocity: Velocity, workspace: Workspace) -> None:
    add_clients(workspace, 3)
    code, said, _ = velocity("enrich", "plan", "--limit", "2")
    assert (code, said["planned"], len(said["jobs"])) == (0, 3 * EACH, 2)
    assert set(said["jobs"][0]) == {"job", "canonical_id", "template", "state"}
    assert velocity("enrich", "list")[1] == {"jobs": [], "states": {}}
    first, *_ = planned(workspace, 3)
    assert velocity("enrich", "cancel", first)[1] == {"job": first, "state": "cancelled"}
    listed_now = velocity("enrich", "list")[1]
    assert listed_now["states"] == {"cancelled": 1, "planned": 2}
    columns = {"job", "entity", "canonical_id", "template", "template_version", "content_key", "version_360", "state",
               "attempts", "run_id", "prompt_id", "failure", "planned_at", "ended_at"}  # fmt: skip
    assert columns <= set(listed_now["jobs"][0])
    code, refused, _ = velocity("enrich", "cancel", first)
    assert (code, refused["error"]["code"]) == (2, "not_cancellable")


def test_a_run_tries_again_what_failed_for_good_if_it_is_told_to(
    velocity: Velocity, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VELOCITY_COMFY_URL", raising=False)
    add_clients(workspace, 1)
    (job,) = planned(workspace, 1)
    failed(workspace, job, "permanent", None)
    for told, state in (((), "failed"), (("--retry-failed",), "done")):
        code, said, _ = velocity("enrich", "run", "--limit", "5", *told)
        assert (code, said["ok"], jobs_of(workspace)[job]["state"]) == (0, True, state)
