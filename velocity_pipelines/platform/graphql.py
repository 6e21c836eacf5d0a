"""Launching runs on the running platform, over the webserver's GraphQL: what the launchpad does.

Not here: what is launched (`velocity_pipelines.launching`). Imports nothing of Dagster, which would cost a second.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from identity.errors import VelocityError

LOCATION, REPOSITORY = "velocity_pipelines", "__repository__"
PARTITIONS = "batches"
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
POLL_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class RunState:
    """A run as it stands; `error` of the step that failed."""

    status: str
    steps: list[str]  # that have ended well
    error: str | None

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.status in ENDED


def ask(url: str, query: str, **variables: Any) -> dict[str, Any]:
    """One GraphQL request; `platform_error` with the server's reason if it is refused."""
    response = httpx.post(f"{url}/graphql", json={"query": query, "variables": variables}, timeout=30)
    body = response.json()
    if "errors" in body:
        raise VelocityError(
            "platform_error", f"Dagster refused: {body['errors'][0]['message'][:200]}", "see `velocity status`"
        )
    data: dict[str, Any] = body["data"]
    return data


def location_loaded(url: str, name: str) -> bool:
    """Whether the code location is there and loaded; `definitions_broken` if it cannot load."""
    query = """{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus
        locationOrLoadError { __typename ... on PythonError { message } } } } } }"""
    entries = ask(url, query)["workspaceOrError"].get("locationEntries", [])
    for entry in entries:
        found = entry["locationOrLoadError"] or {}
        if found.get("__typename") == "PythonError":
            raise VelocityError("definitions_broken", "the definitions do not load", found["message"].strip()[:500])
        if entry["name"] == name and entry["loadStatus"] == "LOADED":
            return True
    return False


def add_partitions(url: str, keys: list[str]) -> None:
    """Make these the last partitions, side by side: what a run over a range of them needs."""
    selector = {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION}
    remove = """mutation($s: RepositorySelector!, $n: String!, $k: [String!]!) {
        deleteDynamicPartitions(repositorySelector: $s, partitionsDefName: $n, partitionKeys: $k) { __typename } }"""
    add = """mutation($s: RepositorySelector!, $n: String!, $k: String!) {
        addDynamicPartition(repositorySelector: $s, partitionsDefName: $n, partitionKey: $k) { __typename } }"""
    if keys:
        ask(url, remove, s=selector, n=PARTITIONS, k=keys)
    for key in keys:
        ask(url, add, s=selector, n=PARTITIONS, k=key)


def launch(url: str, job: str, tags: dict[str, str], run_config: dict[str, Any] | None = None) -> str:
    """Queue a run of a job; its id."""
    query = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename
        ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
        ... on RunConfigValidationInvalid { errors { message } } ... on InvalidSubsetError { message } } }"""
    selector = {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION, "jobName": job}
    marks = [{"key": key, "value": value} for key, value in tags.items()]
    params = {"selector": selector, "runConfigData": run_config or {}, "executionMetadata": {"tags": marks}}
    answer = ask(url, query, p=params)["launchRun"]
    if answer["__typename"] != "LaunchRunSuccess":
        raise VelocityError(
            "launch_refused", f"Dagster refused the run: {answer['__typename']}", json.dumps(answer)[:300]
        )
    run_id: str = answer["run"]["runId"]
    return run_id


def run_state(url: str, run_id: str) -> RunState:
    """How a run stands."""
    query = """query($id: ID!) { runOrError(runId: $id) { ... on Run { status stepStats { stepKey status } } } }"""
    run = ask(url, query, id=run_id)["runOrError"]
    status = run.get("status", "UNKNOWN")
    steps = [step["stepKey"] for step in run.get("stepStats", []) if step["status"] == "SUCCESS"]
    return RunState(status, steps, _error(url, run_id) if status == "FAILURE" else None)


def _error(url: str, run_id: str) -> str | None:
    """The message of the first failed step's deepest cause."""
    query = """query($id: ID!) { logsForRun(runId: $id, limit: 5000) { ... on EventConnection { events {
        ... on ExecutionStepFailureEvent { error { message errorChain { error { message } } } } } } } }"""
    events = ask(url, query, id=run_id)["logsForRun"].get("events", [])
    for error in (event["error"] for event in events if event.get("error")):
        causes = [link["error"]["message"] for link in error["errorChain"]]
        return str([error["message"], *causes][-1]).strip()
    return None


def wait(url: str, run_id: str, on_status: Callable[[str], None], timeout: float = 3600) -> RunState:
    """Wait until a run has ended, telling each new status and step; `timeout` in seconds."""
    told: set[str] = set()
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        state = run_state(url, run_id)
        for news in (state.status.lower(), *state.steps):
            if news not in told:
                on_status(f"run {run_id[:8]}: {news}")
        told.update((state.status.lower(), *state.steps))
        if state.ended:
            return state
        time.sleep(POLL_SECONDS)
    raise VelocityError(
        "run_timeout", f"run {run_id} has not ended in {timeout:.0f} s", "it goes on; open it in the UI"
    )
