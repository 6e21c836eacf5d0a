"""Running the import job over batches: through the running platform, else in this process; the same assets either way.

Not here: taking files in (`velocity_pipelines.landing`) and what the job does (`velocity_pipelines.definitions`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from velocity_pipelines.settings import Settings

IMPORT_JOB = "import_batches"
RESOLVE_JOB = "resolve"
ENRICH_JOB = "enrich"
FOLLOWS = "velocity/follows"  # the version that alone a run may follow
LANE = {"velocity/lane": "resolve"}  # runs with this tag go one at a time
ONE = "dagster/partition"
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")  # both ends belong to it
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
        return {ONE: batches[0], **LANE}
    return {RANGE[0]: batches[0], RANGE[1]: batches[-1], **LANE}


def run_import(
    settings: Settings, batches: list[str], progress: Progress, *, wait: bool = True, follows: int | None = None
) -> Ran:
    """One run of the import job over these batches, and the last of several where they do not stand side by side.

    Partitions are never moved, since a run over a range may be under way: new ones are added at the end, and batches of
    earlier calls, which may stand apart, have runs of their own. `follows`: publish only if that version is the newest.
    """
    only = {} if follows is None else {FOLLOWS: str(follows)}
    ran: Ran | None = None
    for part in stretches(_partitions(settings, batches), batches):
        done = _run(settings, _Order(IMPORT_JOB, {**import_tags(part), **only}), progress, wait=wait)
        ran = done if ran is None or ran.ok is not False else ran
    if ran is None:
        raise ValueError("an import needs a batch")
    return ran


def stretches(partitions: list[str], batches: list[str]) -> list[list[str]]:
    """The batches in the order of the partitions, cut where other partitions stand between them."""
    place = {key: number for number, key in enumerate(partitions)}
    found: list[list[str]] = []
    for batch in sorted(set(batches), key=place.__getitem__):
        if found and place[found[-1][-1]] + 1 == place[batch]:
            found[-1].append(batch)
        else:
            found.append([batch])
    return found


def _partitions(settings: Settings, batches: list[str]) -> list[str]:
    """All partitions in their order, these batches among them."""
    from velocity_pipelines.platform import graphql, processes  # noqa: PLC0415

    url = processes.webserver_url(settings)
    if url is None:
        from velocity_pipelines.platform import in_process  # noqa: PLC0415 - Dagster loads only here

        return in_process.add_partitions(settings, batches)
    known = set(graphql.partitions(url))
    for batch in batches:
        if batch not in known:
            graphql.add_partition(url, batch)
    return graphql.partitions(url)


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
    config: dict[str, Any] | None = None


def _run(settings: Settings, order: _Order, progress: Progress, *, wait: bool = True) -> Ran:
    from velocity_pipelines.platform import graphql, processes  # noqa: PLC0415

    url = processes.webserver_url(settings)
    if url is None:
        from velocity_pipelines.platform import in_process  # noqa: PLC0415 - Dagster loads only here

        progress(f"running {order.job} in this process")
        done = in_process.execute(settings, order.job, order.tags, order.config, progress)
        return Ran(done.run_id, done.ok, done.error)
    run_id = graphql.launch(url, order.job, order.tags, order.config)
    if not wait:
        return Ran(run_id, None)
    state = graphql.wait(url, run_id, progress)
    return Ran(run_id, state.status == "SUCCESS", state.error)
