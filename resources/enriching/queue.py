"""The queue as people and runs see it: what is due, what there is, taking a job back.

Not here: what enters it (`resources.enriching.planning`), working on a job (`resources.enriching.book`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from identity.errors import BadInputError
from resources.workspace import Workspace

DUE = "(state = 'planned' and coalesce(next_at <= now(), true) or state = 'failed' and next_at <= now())"
ABANDONED = "state in ('running', 'cancelling') and coalesce(lease_until, '-infinity') < now()"


def handed_out(workspace: Workspace, most: int) -> list[str]:
    """At most `most` jobs that are due, least tried first, then by priority and worth; before them whatever a run that
    died has left.
    """
    query = f"select job from enrichment_job where {DUE} order by attempts, priority, worth desc, job limit :most"
    left = abandoned(workspace)
    with workspace.database.transaction() as connection:
        return [*left, *connection.execute(text(query), {"most": most}).scalars()]


def is_due(workspace: Workspace) -> bool:
    """Whether any job would be handed out, beside what a run that died has left."""
    with workspace.database.transaction() as connection:
        return bool(connection.execute(text(f"select exists (select from enrichment_job where {DUE})")).scalar())


def templates_of(workspace: Workspace, jobs: Iterable[str]) -> dict[str, list[str]]:
    """Jobs by template."""
    found: dict[str, list[str]] = {}
    query = "select job, template from unnest(cast(:jobs as text[])) with ordinality w(job, place)"
    with workspace.database.transaction() as connection:
        rows = connection.execute(text(f"{query} join enrichment_job using (job) order by place"), {"jobs": list(jobs)})
        for job, template in rows:
            found.setdefault(template, []).append(job)
    return found


def postpone(workspace: Workspace, jobs: Iterable[str], minutes: int) -> None:
    """Keep jobs that wait, be it for their first try, from being handed out for a while."""
    change = """update enrichment_job set next_at = now() + make_interval(mins => :minutes)
        where job = any(:jobs) and (state = 'planned' or state = 'failed' and next_at is not null)"""
    with workspace.database.transaction() as connection:
        connection.execute(text(change), {"jobs": list(jobs), "minutes": minutes})


def abandoned(workspace: Workspace) -> list[str]:
    """Jobs in work whose lease is over: nobody works on them any more."""
    query = f"select job from enrichment_job where {ABANDONED} order by job"
    with workspace.database.transaction() as connection:
        return list(connection.execute(text(query)).scalars())


def listed(workspace: Workspace, most: int = 1000) -> list[dict[str, Any]]:
    """Jobs, newest first, each with the prompt id of its last attempt."""
    query = """select j.*, a.prompt_id from (select * from enrichment_job order by planned_at desc, job limit :most) j
        left join enrichment_attempt a on a.job = j.job and a.attempt = j.attempts order by j.planned_at desc, j.job"""
    with workspace.database.transaction() as connection:
        return [dict(row) for row in connection.execute(text(query), {"most": most}).mappings()]


def states(workspace: Workspace) -> dict[str, int]:
    """How many jobs there are in each state."""
    query = "select state, count(*) from enrichment_job group by state order by state"
    with workspace.database.transaction() as connection:
        return dict(connection.execute(text(query)).all())


def retry_failed(workspace: Workspace) -> int:
    """Plan again what has failed for good, with all its tries, unless its client wants something else since; how many
    jobs these are.
    """
    change = """update enrichment_job j set state = 'planned', failure = null, planned_at = now(), ended_at = null
        where state = 'failed' and next_at is null and not exists (select from enrichment_job k
            where k.canonical_id = j.canonical_id and k.template = j.template and k.entity = j.entity
                and k.planned_at > j.planned_at)"""
    with workspace.database.transaction() as connection:
        return connection.execute(text(change)).rowcount


def cancel(workspace: Workspace, job: str) -> str:
    """Take a job back; its state now: `cancelled`, or `cancelling` until the worker has let go of one that runs.

    `not_cancellable` where it has ended or was never planned.
    """
    change = """update enrichment_job j set cancel_wanted = true, next_at = null,
        state = case when state in ('running', 'cancelling') then 'cancelling' else 'cancelled' end,
        ended_at = case when state in ('running', 'cancelling') then null else now() end
    where job = :job and (state in ('planned', 'running', 'cancelling') or state = 'failed' and next_at is not null)
    returning state"""
    with workspace.database.transaction() as connection:
        state = connection.execute(text(change), {"job": job}).scalar()
    if state is None:
        raise BadInputError("not_cancellable", f"there is no open job {job}", "see `velocity enrich list`")
    return str(state)
