"""Running a job in this process, with the platform down: the same assets and the same record of them.

Not here: which jobs there are (`velocity_pipelines.jobs`).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from velocity_pipelines.settings import Settings


@dataclass(frozen=True, slots=True)
class Done:
    """A run that has ended."""

    run_id: str
    ok: bool
    error: str | None


def execute(
    settings: Settings, job: str, batches: list[str], tags: dict[str, str], run_config: dict[str, Any] | None = None
) -> Done:
    """Run a job here; a failed step is told by the message of its cause."""
    from velocity_pipelines.platform.instance import dagster_instance  # noqa: PLC0415

    instance = dagster_instance(settings)
    from velocity_pipelines.definitions import defs  # noqa: PLC0415

    if batches:
        for batch in batches:
            instance.delete_dynamic_partition("batches", batch)
        instance.add_dynamic_partitions("batches", batches)
    # Dagster's console logger prints every event and whole tracebacks; they go to a file, not before people's eyes.
    with instance, (settings.home / "logs" / "in-process.log").open("a") as log, contextlib.redirect_stderr(log):
        result = defs.resolve_job_def(job).execute_in_process(
            instance=instance, tags=tags, run_config=run_config, raise_on_error=False
        )
        return Done(result.run_id, result.success, None if result.success else _first_error(result))


def _first_error(result: Any) -> str:
    """The message of the first failed step's deepest cause."""
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            while error.cause:
                error = error.cause
            return str(error.message).strip()
    return "a step failed"
