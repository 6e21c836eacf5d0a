"""A run launcher that notices when nobody works on a run any more.

Not here: starting of runs, which is Dagster's own.
"""

from __future__ import annotations

from dagster import DagsterRun
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster_shared.serdes import deserialize_value

from velocity_pipelines.platform.in_process import PROCESS_TAG, is_gone


class CheckedRunLauncher(DefaultRunLauncher):
    """Asks who works on a run whether they still do: without that a run stays STARTED for ever."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the worker of a run is there: the command that runs it, else a process of the code server."""
        if PROCESS_TAG in run.tags:
            gone = is_gone(run.tags[PROCESS_TAG])
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND if gone else WorkerStatus.RUNNING)
        client = self._get_grpc_client_for_termination(run.run_id)  # type: ignore[no-untyped-call]
        if client is None:
            return CheckRunHealthResult(WorkerStatus.UNKNOWN, "the run has no code server's address")
        try:
            answer = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id), timeout=10)
        except Exception as error:  # noqa: BLE001 - whatever the reason, a code server that does not answer has no run
            return CheckRunHealthResult(WorkerStatus.FAILED, f"the code server does not answer: {type(error).__name__}")
        known = deserialize_value(answer, CanCancelExecutionResult).can_cancel
        return CheckRunHealthResult(WorkerStatus.RUNNING if known else WorkerStatus.NOT_FOUND)
