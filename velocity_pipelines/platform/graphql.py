"""Launching runs on the running platform, over the webserver's GraphQL: what the launchpad does.

Not here: what is launched (`velocity_pipelines.launching`). Imports nothing of Dagster, which would cost a second.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from identity.errors import VelocityError
from velocity_pipelines.platform.instance import LOCATION

REPOSITORY = "__repository__"  # as Dagster calls definitions that have no repository
PARTITIONS = "batches"
SELECTOR = {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION}
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
POLL_SECONDS = 0.2
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # all is http on loopback, and to load them takes 20 ms


@dataclass(frozen=True, slots=True)
class RunState:
    """A run as it stands; `steps` that were begun, `error` the message of the failed step's cause."""

    status: str
    steps: tuple[str, ...] = ()
    error: str | None = None

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.status in ENDED


def ask(url: str, query: str, **variables: Any) -> dict[str, Any]:
    """One GraphQL request; `platform_unreachable` without an answer, `platform_error` with the server's reason."""
    hint = "see `velocity status`, and logs/webserver.log in the home"
    body = {"query": query, "variables": variables}
    try:
        answer = httpx.post(f"{url}/graphql", json=body, timeout=30, verify=NO_CERTIFICATES).json()
    except httpx.TransportError as error:
        why = f"the platform at {url} does not answer: {type(error).__name__}"
        raise VelocityError("platform_unreachable", why, hint) from None
    except ValueError:
        raise VelocityError("platform_error", f"what answers at {url} is no Dagster", hint) from None
    if "errors" in answer:
        raise VelocityError("platform_error", f"Dagster refused: {answer['errors'][0]['message'][:200]}", hint)
    data: dict[str, Any] = answer["data"]
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


def partitions(url: str) -> list[str]:
    """The partitions, in their order; `platform_error` while the definitions are not loaded."""
    query = """{ assetNodeOrError(assetKey: { path: ["evidence"] }) { ... on AssetNode { partitionKeys } } }"""
    node = ask(url, query)["assetNodeOrError"]
    if "partitionKeys" not in node:
        raise VelocityError("platform_error", "the platform has not loaded its definitions", "try again in a moment")
    keys: list[str] = node["partitionKeys"]
    return keys


def add_partition(url: str, key: str) -> None:
    """Make this the last partition; where somebody made it meanwhile it stays where it is."""
    add = """mutation($s: RepositorySelector!, $n: String!, $k: String!) {
        it: addDynamicPartition(repositorySelector: $s, partitionsDefName: $n, partitionKey: $k) {
        __typename ... on PythonError { message } } }"""
    answer = ask(url, add, s=SELECTOR, n=PARTITIONS, k=key)
    if answer["it"]["__typename"] != "DuplicateDynamicPartitionError":
        _done(answer, "AddDynamicPartitionSuccess")


def _done(data: dict[str, Any], wanted: str) -> dict[str, Any]:
    answer: dict[str, Any] = data["it"]
    if answer["__typename"] != wanted:
        why = f"Dagster refused: {answer['__typename']}"
        raise VelocityError("launch_refused", why, json.dumps(answer)[:300])
    return answer


def launch(url: str, job: str, tags: dict[str, str], run_config: dict[str, Any] | None = None) -> str:
    """Queue a run of a job; its id. `launch_refused` with the reason where Dagster will not."""
    query = """mutation($p: ExecutionParams!) { it: launchRun(executionParams: $p) { __typename
        ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } ... on InvalidSubsetError { message }
        ... on PipelineNotFoundError { message } ... on RunConfigValidationInvalid { errors { message } } } }"""
    marks = [{"key": key, "value": value} for key, value in tags.items()]
    selector = {**SELECTOR, "jobName": job}
    params = {"selector": selector, "runConfigData": run_config or {}, "executionMetadata": {"tags": marks}}
    run_id: str = _done(ask(url, query, p=params), "LaunchRunSuccess")["run"]["runId"]
    return run_id


def run_state(url: str, run_id: str) -> RunState:
    """How a run stands; `unknown_run` if there is none of that id."""
    query = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status stepStats { stepKey startTime } } } }"
    answer = ask(url, query, id=run_id)["runOrError"]
    if not answer:
        raise VelocityError("unknown_run", f"there is no run {run_id}", "it may have been deleted in the UI")
    begun = sorted((s["startTime"], s["stepKey"]) for s in answer["stepStats"] if s["startTime"])
    steps = tuple(key for _, key in begun)
    return RunState(answer["status"], steps, _error(url, run_id) if answer["status"] == "FAILURE" else None)


def _error(url: str, run_id: str) -> str | None:
    """The message of the first failed step's deepest cause, else of the run itself."""
    chain = "error { message errorChain { error { message } } }"
    query = f"""query($id: ID!, $after: String) {{ logsForRun(runId: $id, afterCursor: $after, limit: 1000) {{
        ... on EventConnection {{ cursor hasMore events {{ __typename
        ... on ExecutionStepFailureEvent {{ {chain} }} ... on RunFailureEvent {{ {chain} }} }} }} }} }}"""
    failures = [e["error"] for e in _events(url, query, run_id) if e.get("error")]
    if not failures:
        return None
    links = [failures[0]["message"], *(link["error"]["message"] for link in failures[0]["errorChain"])]
    return plain(links[-1])


def plain(message: str) -> str:
    """What a failed step said, without the name of the class where it is one of ours."""
    kind, _, text = message.strip().partition(": ")
    if kind.endswith("DagsterExecutionInterruptedError"):
        return "the run was interrupted"
    return text if kind.startswith("identity.errors.") else message.strip()


def _events(url: str, query: str, run_id: str) -> Iterator[dict[str, Any]]:
    cursor, more = None, True
    while more:
        page = ask(url, query, id=run_id, after=cursor)["logsForRun"]
        cursor, more = page.get("cursor"), page.get("hasMore", False)
        yield from page.get("events", [])


def wait(url: str, run_id: str, tell: Callable[[str], None], timeout: float = 3600) -> RunState:
    """Wait until a run has ended, telling each step that begins and at last how it ended; else `run_timeout`."""
    told: set[str] = set()
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        state = run_state(url, run_id)
        for news in (*state.steps, state.status.lower()):
            if news not in told:
                told.add(news)
                tell(f"run {run_id[:8]}: {news}")
        if state.ended:
            return state
        time.sleep(POLL_SECONDS)
    raise VelocityError(
        "run_timeout", f"run {run_id} has not ended in {timeout:.0f} s", "it goes on; open it in the UI"
    )
