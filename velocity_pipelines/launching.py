"""Running the import job over batches: through the running platform, else in this process; the same assets either way.

Not here: taking files in (`velocity_pipelines.landing`) and what the job does (`velocity_pipelines.definitions`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from velocity_pipelines.settings import Settings

IMPORT_JOB = "import_batches"
RESOLVE_JOB = "resolve"
ENRICH_JOB = "enrich"
LANE = {"velocity/lane": "resolve"}  # runs with this tag go one at a time
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that was launched; `ok` is None while nobody waited for its end."""

    run_id: str
    ok: bool | None
    error: str | None = None


def import_tags(batches: list[str]) -> dict[str, str]:
    """Tags of one run over these batches, which stand side by side in the list of partitions."""
    if len(batches) == 1:
        return {"dagster/partition": batches[0], **LANE}
    return {RANGE[0]: batches[0], RANGE[1]: batches[-1], **LANE}


def run_import(settings: Settings, batches: list[str], progress: Progress, *, wait: bool = True) -> Ran:
    """One run of the import job over these batches."""
    return _run(settings, _Order(IMPORT_JOB, import_tags(batches), batches), progress, wait=wait)


def run_resolve(settings: Settings, pending: list[str], progress: Progress) -> Ran:
    """One run that brings everything up to the log: with the batches that no version shows yet, if there are any."""
    if pending:
        return run_import(settings, pending, progress)
    return _run(settings, _Order(RESOLVE_JOB, LANE), progress)


def run_enrich(settings: Settings, limit: int, progress: Progress) -> Ran:
    """One run that makes at most `limit` pictures."""
    config = {"ops": {"client_cards": {"ops": {"plan": {"config": {"limit": limit}}}}}}
    return _run(settings, _Order(ENRICH_JOB, {}, config=config), progress)


@dataclass(frozen=True, slots=True)
class _Order:
    job: str
    tags: dict[str, str]
    batches: list[str] = field(default_factory=list)
    config: dict[str, Any] | None = None


def _run(settings: Settings, order: _Order, progress: Progress, *, wait: bool = True) -> Ran:
    from velocity_pipelines.platform import graphql, processes  # noqa: PLC0415

    url = processes.webserver_url(settings)
    if url is None:
        from velocity_pipelines.platform import in_process  # noqa: PLC0415 - Dagster loads only here

        progress(f"running {order.job} in this process")
        done = in_process.execute(settings, order.job, order.batches, order.tags, order.config, progress)
        return Ran(done.run_id, done.ok, done.error)
    graphql.add_partitions(url, order.batches)
    run_id = graphql.launch(url, order.job, order.tags, order.config)
    if not wait:
        return Ran(run_id, None)
    state = graphql.wait(url, run_id, progress)
    return Ran(run_id, state.status == "SUCCESS", state.error)
