"""Running a job in this process, with the platform down: the same assets and the same record of them.

Not here: which jobs there are (`velocity_pipelines.jobs`).
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import uuid
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from velocity_pipelines.platform.children import same_process
from velocity_pipelines.platform.graphql import PARTITIONS, plain
from velocity_pipelines.platform.instance import dagster_instance
from velocity_pipelines.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, Definitions, EventLogEntry, JobExecutionResult

PROCESS_TAG = "velocity/process"  # by which a platform that comes up meanwhile finds the process of a run
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: a job of the definitions, tags, and configuration if there is any."""

    job: str
    tags: dict[str, str]
    config: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A run that has ended; `error` is the message of the failed step's cause."""

    run_id: str
    ok: bool
    error: str | None


def execute(
    settings: Settings,
    job: str,
    tags: dict[str, str],
    run_config: dict[str, Any] | None = None,
    tell: Tell = lambda _step: None,
) -> Done:
    """Run a job here; each step is told."""
    from velocity_pipelines.definitions import defs  # noqa: PLC0415 - slow

    with dagster_instance(settings) as instance:
        end_dead_runs(instance)
        return run(defs, instance, Order(job, tags, run_config), settings.home / "logs" / "in-process.log", tell)


def add_partitions(settings: Settings, batches: list[str]) -> list[str]:
    """Make those of these the last partitions that are none yet; all partitions, in their order."""
    with dagster_instance(settings) as instance:
        instance.add_dynamic_partitions(PARTITIONS, batches)  # leaves those alone that are there
        return list(instance.get_dynamic_partitions(PARTITIONS))


def run(defs: Definitions, instance: DagsterInstance, order: Order, log: Path, tell: Tell) -> Done:
    """Run a job of these definitions on that instance; what Dagster prints goes to the log."""
    run_id, people = str(uuid.uuid4()), sys.stderr

    def listen(entry: EventLogEntry) -> None:
        if entry.dagster_event and entry.dagster_event.is_step_start:
            with contextlib.redirect_stderr(people):
                tell(f"run {run_id[:8]}: {entry.step_key}")

    instance.add_event_listener(run_id, listen)
    with warnings.catch_warnings(), log.open("a") as stream, contextlib.redirect_stderr(stream):
        warnings.simplefilter("ignore")  # Dagster says of logging by dagster.yaml that it is a beta feature
        result = _executed(defs, instance, order, run_id)
    return Done(run_id, result.success, None if result.success else _first_error(result))


def _executed(defs: Definitions, instance: DagsterInstance, order: Order, run_id: str) -> JobExecutionResult:
    """As a run's own process does it: `execute_in_process` would hold every frame of the run until its end."""
    from dagster._core.definitions.job_base import InMemoryJob  # noqa: PLC0415 - slow
    from dagster._core.execution.api import execute_run  # noqa: PLC0415

    job = defs.resolve_job_def(order.job)
    tags = {**job.run_tags, **order.tags, PROCESS_TAG: _me()}
    ordered = instance.create_run_for_job(job, run_id=run_id, tags=tags, run_config=order.config)
    return execute_run(InMemoryJob(job), ordered, instance)


def end_dead_runs(instance: DagsterInstance) -> None:
    """End the runs whose command died, and free the slots that they hold in pools: with the platform down nobody else
    does, and a run would wait for them for ever.
    """
    from dagster import DagsterRunStatus, RunsFilter  # noqa: PLC0415 - slow

    alive = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
    for run in instance.get_runs(RunsFilter(statuses=alive)):
        if PROCESS_TAG in run.tags and is_gone(run.tags[PROCESS_TAG]):
            instance.report_run_failed(run, "the command that ran it died")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def is_gone(process: str) -> bool:
    """Whether the process that a tag names has ended; of another machine's nothing is known."""
    named = json.loads(process)
    return bool(named["host"] == socket.gethostname() and not same_process(named["pid"], named["started"]))


def _me() -> str:
    pid = os.getpid()
    return json.dumps({"host": socket.gethostname(), "pid": pid, "started": psutil.Process(pid).create_time()})


def _first_error(result: JobExecutionResult) -> str:
    """The message of the first failed step's deepest cause."""
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            while error.cause:
                error = error.cause
            return plain(error.message)
    return "the run was interrupted"
