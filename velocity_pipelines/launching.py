"""Running the import job over batches: through the running platform, else in this process; the same assets either way.

Not here: taking files in (`velocity_pipelines.landing`) and what the job does (`velocity_pipelines.definitions`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from velocity_pipelines.settings import Settings

IMPORT_JOB = "import_batches"
RESOLVE_JOB = "resolve"
LANE = {"velocity/lane": "resolve"}  # runs with this tag go one at a time
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that was launched; `ok` is None while nobody waited for its end."""

    run_id: str
    ok: bool | None
    error: dict[str, str] | None = None


def import_tags(batches: list[str]) -> dict[str, str]:
    """Tags of one run over these batches, which stand side by side in the list of partitions."""
    if len(batches) == 1:
        return {"dagster/partition": batches[0], **LANE}
    return {RANGE[0]: batches[0], RANGE[1]: batches[-1], **LANE}


def run_import(settings: Settings, batches: list[str], progress: Progress, *, wait: bool = True) -> Ran:
    """One run of the import job over these batches."""
    return _run(settings, IMPORT_JOB, batches, progress, wait=wait)


def run_resolve(settings: Settings, progress: Progress) -> Ran:
    """One run that brings everything up to the log without a new batch."""
    return _run(settings, RESOLVE_JOB, [], progress, wait=True)


def _run(settings: Settings, job: str, batches: list[str], progress: Progress, *, wait: bool) -> Ran:
    from velocity_pipelines.platform import graphql, processes  # noqa: PLC0415

    tags = import_tags(batches) if batches else LANE
    url = processes.webserver_url(settings)
    if url is None:
        from velocity_pipelines.platform import in_process  # noqa: PLC0415 - Dagster loads only here

        return in_process.execute(settings, job, batches, tags, progress)
    graphql.add_partitions(url, batches)
    run_id = graphql.launch(url, job, tags)
    if not wait:
        return Ran(run_id, None)
    return graphql.wait(url, run_id, progress)
