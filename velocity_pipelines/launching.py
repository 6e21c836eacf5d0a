"""Running the import job over batches: through the running platform, else in this process; the same assets either way.

Not here: taking files in (`velocity_pipelines.landing`) and what the job does (`velocity_pipelines.definitions`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from resources.run_tags import ANEW, FOLLOWS, LANE, batch_tags
from velocity_pipelines.settings import Settings

IMPORT_JOB = "import_batches"
INTAKE_JOB = "intake"
RESOLVE_JOB = "resolve"
ENRICH_JOB = "enrich"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that was launched; `ok` is None while nobody waited for its end."""

    run_id: str
    ok: bool | None
    error: str | None = None


def import_tags(batches: list[str]) -> dict[str, str]:
    """Tags of a run that publishes these batches, which stand side by side in the list of partitions."""
    return {**batch_tags(batches), **LANE}


def run_import(
    settings: Settings, batches: list[str], progress: Progress, *, wait: bool = True, follows: int | None = None
) -> Ran:
    """Take these batches in and publish them together; `follows`: only if that version is the newest then.

    One run, where they stand side by side among the partitions. Partitions are never moved, since a run over a range of
    them may be under way; batches that stand apart are taken in by runs before it, which publish nothing.
    """
    *apart, last = stretches(_partitions(settings, batches), batches)
    for part in apart:
        done = _run(settings, _Order(INTAKE_JOB, batch_tags(part)), progress)
        if not done.ok:
            return done
    only = {} if follows is None else {FOLLOWS: str(follows)}
    config = _adding([batch for part in apart for batch in part])
    return _run(settings, _Order(IMPORT_JOB, {**import_tags(last), **only}, config), progress, wait=wait)


def run_resolve(
    settings: Settings, pending: list[str], progress: Progress, *, anew: bool = False
) -> tuple[Ran, list[str]]:
    """Bring everything up to the log, with the batches that no version shows yet; which of those cannot be taken in.

    `anew`: compare with what stands in Postgres.
    """
    made, failed = _take_in(settings, pending, progress)
    order = _Order(RESOLVE_JOB, {**LANE, **(ANEW if anew else {})}, _adding(made))
    return _run(settings, order, progress), failed


def _take_in(settings: Settings, batches: list[str], progress: Progress) -> tuple[list[str], list[str]]:
    """Those of the batches that can be interpreted, and those that cannot."""
    made: list[str] = []
    failed: list[str] = []
    waiting = stretches(_partitions(settings, batches), batches) if batches else []
    while waiting:
        part = waiting.pop(0)
        if _run(settings, _Order(INTAKE_JOB, batch_tags(part)), progress).ok:
            made += part
        elif len(part) == 1:
            failed += part
        else:  # one of them spoils the run: each alone
            waiting += [[batch] for batch in part]
    return made, failed


def _adding(batches: list[str]) -> dict[str, Any]:
    return {"ops": {"current_records": {"config": {"adding": batches}}}}


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


def run_enrich(settings: Settings, limit: int, progress: Progress) -> Ran:
    """One run that plans and makes at most `limit` artefacts."""
    return _run(settings, _Order(ENRICH_JOB, {}, enrich_config(limit)), progress)


def enrich_config(limit: int, *, new: int | None = None) -> dict[str, Any]:
    """Configuration of a run that makes at most so many, with 0 what a crash has left alone; `new` limits what it plans
    beyond, else as many.
    """
    plan, make = ({"config": {"limit": most}} for most in (limit if new is None else new, limit))
    return {"ops": {"enrichment_plan": plan, "enrichment_artefacts": {"ops": {"hand_out": make}}}}


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
