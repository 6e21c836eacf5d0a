"""What a lane writes down: which jobs it holds, and what happens to them. Each call is one transaction over any number
of jobs, and touches only jobs whose last attempt is the lane's own.

Not here: what the worker says (`resources.enriching.lane`), keeping what was made (`resources.enriching.accepting`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, text

from resources.enriching.keys import is_of, job_of, named
from resources.enriching.queue import ABANDONED
from resources.workspace import Workspace

if TYPE_CHECKING:
    from resources.comfy.recipes import Recipe

LEASE = 60.0  # seconds
SLACK = "interval '1 second'"  # by which a lane may come early to its own next try
MINE = "j.run_id = :run and j.state in ('running', 'cancelling')"
FAILURES = """(select count(*) from enrichment_attempt f
    where f.job = j.job and f.state = 'failed' and f.claimed_at >= j.planned_at) as failures"""
HELD = "lease_until = now() + make_interval(secs => :lease)"
OURS = f"""j.job in (select j.job from enrichment_job j where j.job = any(:jobs) and {MINE}
    order by j.job for no key update)"""


Event = Literal["submitted", "unanswered", "running", "cancelling", "lost"]


@dataclass(frozen=True, slots=True)
class Claim:
    """An attempt that a lane holds. `shown` are the client's fields; None where they are no longer what was wanted.

    `resumed`: another run made the attempt, and may have sent it. `unwanted`: it is to be cancelled. `failures`: of
    attempts before this one, since the job was last planned.
    """

    job: str
    attempt: int
    prompt_id: str
    template: str
    entity: str
    content_key: str
    parameters: dict[str, Any]
    shown: dict[str, Any] | None
    resumed: bool = False
    unwanted: bool = False
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to an attempt, which goes on; it was sent `posts` times."""

    job: str
    attempt: int
    event: Event
    posts: int


@dataclass(frozen=True, slots=True)
class Ending:
    """An attempt that ended without artefacts; `again` are seconds until the next one, None where there is none."""

    job: str
    attempt: int
    event: Literal["failed", "cancelled", "stale"]
    failure: str | None = None
    reason: str | None = None
    again: float | None = None


class Book:
    """The jobs of one run, which asks one worker, named by its host. `lease` in seconds: how long its jobs stay its own
    without a word from it.
    """

    def __init__(
        self,
        workspace: Workspace,
        run_id: str,
        recipes: Sequence[Recipe],
        lease: float = LEASE,
        worker: str | None = None,
    ) -> None:
        self.workspace, self.run_id, self.lease, self.worker = workspace, run_id, lease, worker
        self.recipes = named(recipes)

    def claim(self, jobs: Collection[str]) -> list[Claim]:
        """Begin an attempt of those that are due and free; those whose client changed have become stale."""
        from resources.comfy.client import prompt_id_for  # noqa: PLC0415 - loads with its one user

        change = f"""update enrichment_job j set state = 'running', run_id = :run, attempts = attempts + 1, {HELD},
            failure = null, next_at = null, ended_at = null, unseen = false
        where job in (select job from enrichment_job where job = any(:jobs)
            and (state = 'planned' or state = 'failed' and next_at <= now() + {SLACK}) for update skip locked)
        returning job, attempts as attempt, template, entity, content_key, {FAILURES}"""
        with self.workspace.database.transaction() as connection:
            held = self._changed(connection, change, jobs)
            shown = self._shown(connection, held)
            claims = [self._claim(one, shown, prompt_id=prompt_id_for(one["job"], one["attempt"])) for one in held]
            self._begin(connection, claims)
            self._end(connection, [Ending(one.job, one.attempt, "stale") for one in claims if one.shown is None])
        return claims

    def take_over(self, jobs: Collection[str]) -> list[Claim]:
        """Go on with the attempts that a run has left; those that nobody wants any more are to be cancelled."""
        change = f"""update enrichment_job j set run_id = :run, {HELD} from enrichment_attempt a
        where j.job = any(:jobs) and a.job = j.job and a.attempt = j.attempts
            and j.job in (select job from enrichment_job where job = any(:jobs) and {ABANDONED} for update skip locked)
        returning j.job, a.attempt, a.prompt_id, j.template, j.entity, j.content_key,
            j.state = 'cancelling' as unwanted, {FAILURES}"""
        with self.workspace.database.transaction() as connection:
            held = self._changed(connection, change, jobs)
            shown = self._shown(connection, held)
            claims = [self._claim(one, shown, resumed=True) for one in held]
            rows = [{"job": claim.job, "attempt": claim.attempt, "event": "adopted"} for claim in claims]
            asked = f"""update enrichment_attempt a set worker = :worker from {given()}
                where a.job = e.job and a.attempt = e.attempt"""
            execute(connection, asked, rows, worker=self.worker)
            note(connection, self.run_id, rows)
        return claims

    def renew(self, jobs: Collection[str]) -> dict[str, bool]:
        """Hold jobs on; those that are still the lane's, and whether each is to be cancelled."""
        change = f"update enrichment_job j set {HELD} where {OURS} returning job, state"
        with self.workspace.database.transaction() as connection:
            held = self._changed(connection, change, jobs)
        return {one["job"]: one["state"] == "cancelling" for one in held}

    def release(self, jobs: Collection[str]) -> None:
        """Let go of jobs as they are, so that another lane may go on with them."""
        change = f"update enrichment_job j set lease_until = now() where {OURS} returning job"
        with self.workspace.database.transaction() as connection:
            self._changed(connection, change, jobs)

    def write(self, steps: Sequence[Step], endings: Sequence[Ending]) -> None:
        """Note what happened."""
        if not steps and not endings:
            return
        with self.workspace.database.transaction() as connection:
            self._go_on(connection, steps)
            self._end(connection, endings)

    def _changed(self, connection: Connection, change: str, jobs: Collection[str]) -> list[dict[str, Any]]:
        given = {"run": self.run_id, "jobs": list(jobs), "lease": self.lease}
        return [dict(row) for row in connection.execute(text(change), given).mappings()] if jobs else []

    def _shown(self, connection: Connection, held: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """The fields of each job's client, where they are still those that the job is for."""
        found: dict[str, dict[str, Any]] = {}
        for kind in {(one["template"], one["entity"]) for one in held} & set(self.recipes):
            recipe = self.recipes[kind]
            fields = ", ".join(f"c.{name}" for name in recipe.fields)
            query = f"""select j.job, {fields} from enrichment_job j join {recipe.entity}_360 c using (canonical_id)
                where j.job = any(:jobs) and {is_of(recipe)} and j.job = {job_of(recipe)}"""
            for row in connection.execute(text(query), {"jobs": [one["job"] for one in held]}).mappings():
                found[row["job"]] = {name: row[name] for name in recipe.fields}
        return found

    def _claim(self, held: dict[str, Any], shown: dict[str, dict[str, Any]], **more: Any) -> Claim:
        recipe = self.recipes.get((held["template"], held["entity"]))
        parameters = recipe.parameters(held["content_key"]) if recipe else {}
        return Claim(**held, **more, parameters=parameters, shown=shown.get(held["job"]))

    def _begin(self, connection: Connection, claims: Iterable[Claim]) -> None:
        rows = [
            {
                "job": c.job,
                "attempt": c.attempt,
                "prompt_id": c.prompt_id,
                "event": "claimed",
                "parameters": c.parameters,
            }
            for c in claims
        ]
        change = f"""insert into enrichment_attempt
            (job, attempt, prompt_id, run_id, worker, parameters, state, posts, claimed_at)
        select e.job, e.attempt, e.prompt_id, :run, :worker, e.parameters, 'claimed', 0, now()
        from {given("prompt_id text, parameters jsonb")}"""
        execute(connection, change, rows, run=self.run_id, worker=self.worker)
        note(connection, self.run_id, rows)

    def _go_on(self, connection: Connection, steps: Sequence[Step]) -> None:
        rows = still_held(connection, self.run_id, map(asdict, steps))
        change = f"""update enrichment_attempt a set posts = greatest(a.posts, e.posts),
            state = case when 'cancelling' = any(e.events) then 'cancelling'
                when 'running' = any(e.events) then 'running'
                when 'submitted' = any(e.events) then 'submitted' else a.state end,
            submitted_at = case when 'submitted' = any(e.events) then now() else a.submitted_at end,
            running_at = case when 'running' = any(e.events) then now() else a.running_at end
        from (select job, attempt, max(posts) as posts, array_agg(event) as events
            from {given("event text, posts int")} group by job, attempt) e
        where a.job = e.job and a.attempt = e.attempt"""
        execute(connection, change, rows)
        cancelling = f"""update enrichment_job j set state = 'cancelling' from {given()}
            where j.job = e.job"""
        execute(connection, cancelling, [row for row in rows if row["event"] == "cancelling"])
        note(connection, self.run_id, rows)

    def _end(self, connection: Connection, endings: Sequence[Ending]) -> None:
        """Whoever was named to be cancelled meanwhile is not tried again."""
        rows = still_held(connection, self.run_id, map(asdict, endings))
        attempts = f"""update enrichment_attempt a set state = e.event, failure = e.failure, reason = e.reason,
            ended_at = now() from {given("event text, failure text, reason text")}
        where a.job = e.job and a.attempt = e.attempt"""
        execute(connection, attempts, rows)
        jobs = f"""update enrichment_job j set lease_until = null, ended_at = now(), failure = e.failure, unseen = true,
            state = case when j.cancel_wanted and e.event = 'failed' then 'cancelled' else e.event end,
            next_at = case when not j.cancel_wanted then now() + make_interval(secs => e.again) end
        from {given("event text, failure text, again float8")} where j.job = e.job"""
        execute(connection, jobs, rows)
        note(connection, self.run_id, rows)


def given(columns: str = "posts int") -> str:
    """SQL: the rows that a statement is given, as `e`: job, attempt, and these."""
    return f"jsonb_to_recordset(cast(:rows as jsonb)) as e(job text, attempt int, {columns})"


def execute(connection: Connection, statement: str, rows: Iterable[dict[str, Any]], **more: Any) -> list[str]:
    """Run a statement over rows; the jobs that it returns, if it does."""
    rows = list(rows)
    if not rows:
        return []
    done = connection.execute(text(statement), {"rows": json.dumps(rows), **more})
    return list(done.scalars()) if done.returns_rows else []


def still_held(connection: Connection, run_id: str, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those rows whose job the run still holds, with this very attempt; it does until the transaction is over.

    Jobs are locked in the order of their names, and before their attempts: so does whoever erases them.
    """
    rows = list(rows)
    query = f"""select j.job from enrichment_job j join {given()} on j.job = e.job and j.attempts = e.attempt
        where {MINE} order by j.job for no key update of j"""
    jobs = set(execute(connection, query, rows, run=run_id))
    return [row for row in rows if row["job"] in jobs]


def note(connection: Connection, run_id: str, rows: Iterable[dict[str, Any]]) -> None:
    """Enter events of attempts that are still there, in their order."""
    change = f"""insert into enrichment_event (job, attempt, at, event, failure, run_id)
    select e.job, e.attempt, now(), e.event, e.failure, :run
    from {given("event text, failure text, place int")} join enrichment_attempt a on a.job = e.job
        and a.attempt = e.attempt order by e.place"""
    execute(connection, change, ({**row, "place": place} for place, row in enumerate(rows)), run=run_id)
