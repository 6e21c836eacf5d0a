"""A run that is terminated in Dagster, on a running platform: its prompts are cancelled on the worker, and no others;
what a crash leaves is taken up by itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from resources.comfy.client import ComfyClient, prompt_id_for
from resources.comfy.recipes import RECIPES
from resources.comfy.template import load
from resources.enriching import planning, queue
from resources.workspace import Workspace
from tests.enriching import CARD, add_clients, begun, change, jobs_of
from tests.integration.test_comfy_worker import until
from tests.integration.test_platform_running import COMMAND, free_port
from tests.workers import Standin
from velocity_pipelines.launching import ENRICH_JOB, enrich_config
from velocity_pipelines.platform import graphql
from velocity_pipelines.settings import checkout

SENSOR = """query($sensor: SensorSelector!) { sensorOrError(sensorSelector: $sensor) { ... on Sensor { id } } }"""
STOP = """mutation($id: String!) { stopSensor(id: $id) { __typename } }"""
START = """mutation($sensor: SensorSelector!) { startSensor(sensorSelector: $sensor) { __typename } }"""
DUE_JOBS = {**graphql.SELECTOR, "sensorName": "due_jobs"}
TERMINATE = """mutation($id: String!) { terminateRun(runId: $id) { __typename } }"""


@dataclass
class Platform:
    """A running platform on the workspace of a test and a worker."""

    environ: dict[str, str]
    url: str

    def velocity(self, *arguments: str) -> Any:
        command = [sys.executable, "-c", COMMAND, *arguments, "--json"]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def platform(workspace: Workspace, standin: Standin, short_folder: Path) -> Iterator[Platform]:
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("VELOCITY_", "DAGSTER_"))}
    own = {
        "VELOCITY_HOME": str(short_folder / "enriching"),
        "VELOCITY_DATABASE_URL": workspace.database.dsn,
        "VELOCITY_STORAGE_URL": workspace.storage.url,
        "VELOCITY_WEBSERVER_PORT": str(port),
        "VELOCITY_COMFY_URL": standin.url,
        "PYTHONPATH": str(checkout()),
    }
    made = Platform({**clean, **own}, f"http://127.0.0.1:{port}")
    try:
        made.velocity("up")
        yield made
    finally:
        made.velocity("down")


@pytest.mark.timeout(600)  # a platform of its own
def test_a_run_that_is_terminated_cancels_its_prompts_and_no_others(
    platform: Platform, workspace: Workspace, standin: Standin
) -> None:
    sensor = graphql.ask(platform.url, SENSOR, sensor=DUE_JOBS)["sensorOrError"]["id"]
    said = graphql.ask(platform.url, STOP, id=sensor)  # it would ask for runs of its own
    assert said["stopSensor"]["__typename"] == "StopSensorMutationResult"
    add_clients(workspace, 12)
    standin.fault(node_seconds=2)
    with ComfyClient(standin.url, timeout=10) as client:
        foreign = prompt_id_for("somebody else's", 1)
        client.post(load(CARD).bind(RECIPES[0].parameters("0" * 64), "elsewhere"), foreign)
        run_id = graphql.launch(platform.url, ENRICH_JOB, {}, enrich_config(12))
        until(lambda: in_flight(workspace) == 8, seconds=120)
        sent = [job for job in jobs_of(workspace).values() if job["prompt_id"]]
        until(lambda: all(client.standing(job["prompt_id"]).state != "unknown" for job in sent))
        graphql.ask(platform.url, TERMINATE, id=run_id)
        began = time.monotonic()
        until(lambda: in_flight(workspace) == 0, seconds=30)
        assert time.monotonic() - began < 10
        assert {client.standing(job["prompt_id"]).state for job in sent} <= {"unknown", "cancelled", "done"}
        assert {job["state"] for job in jobs_of(workspace).values()} <= {"planned", "cancelled", "done"}
        assert client.standing(foreign).state in {"running", "done"}
        standin.fault(node_seconds=0)
        until(lambda: client.standing(foreign).state == "done")
    until(lambda: graphql.run_state(platform.url, run_id).status == "CANCELED", seconds=60)

    left = _abandon(workspace)
    assert graphql.ask(platform.url, START, sensor=DUE_JOBS)["startSensor"]["__typename"] == "Sensor"
    until(lambda: jobs_of(workspace)[left]["state"] == "done", seconds=120)
    assert adopted(workspace) == [left]


def in_flight(workspace: Workspace) -> int:
    return sum(job["state"] in {"running", "cancelling"} for job in jobs_of(workspace).values())


def _abandon(workspace: Workspace) -> str:
    """A run that died has begun this job."""
    planning.plan(workspace, 1)
    job = next(job for job in queue.handed_out(workspace, 1))
    begun(workspace, job, "dead")
    change(workspace, "update enrichment_job set lease_until = now() where job = :job", job=job)
    return job


def adopted(workspace: Workspace) -> list[str]:
    return workspace.database.frame("select job from enrichment_event where event = 'adopted'")["job"].to_list()
