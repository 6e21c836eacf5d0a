"""When the sensor asks for a run of GPU jobs, on a real instance and database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from resources.enriching import planning
from resources.workspace import Workspace
from tests.enriching import add_clients, begun, change, drawn, failed, jobs_of, made, planned, publish
from tests.integration.conftest import definitions
from velocity_pipelines.due_jobs import due_jobs
from velocity_pipelines.launching import ENRICH_JOB, enrich_config

NEW, DUE, LEFT = enrich_config(200), enrich_config(200, new=0), enrich_config(0)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELOCITY_COMFY_URL", "https://comfy.example.com")


def asked(instance: dg.DagsterInstance, workspace: Workspace) -> dg.RunRequest | None:
    """What one evaluation asks for."""
    result = due_jobs(dg.build_sensor_context(instance=instance, resources={"workspace": workspace}))
    assert isinstance(result, dg.RunRequest | dg.SkipReason)
    return result if isinstance(result, dg.RunRequest) else None


def config(instance: dg.DagsterInstance, workspace: Workspace) -> Any:
    request = asked(instance, workspace)
    return request and request.run_config


def run_under_way(instance: dg.DagsterInstance, workspace: Workspace, status: dg.DagsterRunStatus) -> str:
    job = definitions(workspace).resolve_job_def(ENRICH_JOB)
    return instance.create_run_for_job(job, run_config=NEW, status=status).run_id


def test_a_publication_asks_for_one_run_until_planning_has_looked_at_it(
    instance: dg.DagsterInstance, workspace: Workspace
) -> None:
    assert asked(instance, workspace) is None
    add_clients(workspace, 1)
    first, second = asked(instance, workspace), asked(instance, workspace)
    assert first is not None
    assert second is not None
    assert (first.run_key, first.run_config) == (second.run_key, NEW)
    (job,) = planned(workspace)
    made(workspace, job, drawn("red"))
    assert asked(instance, workspace) is None
    publish(workspace, "update client set display_name = 'B'")
    third = asked(instance, workspace)
    assert third is not None
    assert third.run_key != first.run_key


def test_where_no_worker_is_named_only_what_a_crash_left_asks_for_a_run(
    instance: dg.DagsterInstance, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VELOCITY_COMFY_URL")
    add_clients(workspace, 2)
    one, _ = planned(workspace)
    assert asked(instance, workspace) is None
    begun(workspace, one)
    assert asked(instance, workspace) is None
    change(workspace, "update enrichment_job set lease_until = now() - interval '1 second' where state = 'running'")
    assert config(instance, workspace) == LEFT


def test_a_retry_asks_for_a_run_when_it_is_due(instance: dg.DagsterInstance, workspace: Workspace) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    failed(workspace, job, "capacity", 60.0)
    planning.plan(workspace, 0)
    assert asked(instance, workspace) is None
    change(workspace, "update enrichment_job set next_at = now()")
    assert config(instance, workspace) == DUE
    change(workspace, "update enrichment_job set next_at = null")
    assert asked(instance, workspace) is None
    assert jobs_of(workspace)[job]["state"] == "failed"


def test_what_is_due_waits_for_the_run_that_is_under_way_and_what_a_crash_left_does_not(
    instance: dg.DagsterInstance, workspace: Workspace
) -> None:
    add_clients(workspace, 2)
    one, _ = planned(workspace)
    publish(workspace, "update client set display_name = 'B' where canonical_id = 'c000001'")
    run = run_under_way(instance, workspace, dg.DagsterRunStatus.STARTED)
    assert asked(instance, workspace) is None
    begun(workspace, one)
    change(workspace, "update enrichment_job set lease_until = now() - interval '1 second' where state = 'running'")
    assert config(instance, workspace) == LEFT
    instance.delete_run(run)
    run_under_way(instance, workspace, dg.DagsterRunStatus.FAILURE)
    assert config(instance, workspace) == NEW


@pytest.mark.parametrize("wanted", [NEW, DUE, LEFT])
def test_what_is_asked_for_can_be_run(workspace: Workspace, wanted: dict[str, Any]) -> None:
    assert dg.validate_run_config(definitions(workspace).resolve_job_def(ENRICH_JOB), wanted)
