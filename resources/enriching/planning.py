"""Which clients want an artefact that no job makes: entered as planned jobs, within a budget, by set-wise statements.

Not here: handing jobs out (`resources.enriching.queue`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from resources.enriching.keys import is_of, job_of, key_of
from resources.workspace import Workspace

if TYPE_CHECKING:
    from resources.comfy.recipes import Recipe

WAITING = "(j.state = 'planned' or j.state = 'failed' and j.next_at is not null)"


@dataclass(frozen=True, slots=True)
class Planned:
    """What a planning did: jobs that are new, wanted again, and no longer wanted; all that wait now."""

    new: int
    again: int
    stale: int
    waiting: int


def plan(workspace: Workspace, budget: int) -> Planned:
    """Enter at most `budget` new jobs: recipes by priority, clients by worth. Planned jobs of a recipe that still wait
    are in its budget already. Jobs whose client changed or is gone become stale.
    """
    from resources.comfy.recipes import RECIPES  # noqa: PLC0415 - loads with its one user

    new = again = 0
    with workspace.database.transaction() as connection:
        stale = _forget(connection, RECIPES)
        for recipe in sorted(RECIPES, key=lambda recipe: recipe.priority):
            again += _again(connection, recipe)
            new += _enter(connection, recipe, budget - new)
        waiting = connection.execute(text(f"select count(*) from enrichment_job j where {WAITING}")).scalar_one()
    return Planned(new, again, stale, waiting)


def wanted(workspace: Workspace, most: int | None = None) -> tuple[int, list[dict[str, Any]]]:
    """How many artefacts are wanted, planned ones among them, and the first of them; nothing is entered."""
    from resources.comfy.recipes import RECIPES  # noqa: PLC0415

    each = [
        f"""select w.job, w.canonical_id, '{recipe.template}' as template, coalesce(j.attempts, 0) as attempts,
            {recipe.priority} as priority, w.worth, coalesce(j.state, 'wanted') as state
        from ({_rows(recipe)}) w left join enrichment_job j on j.job = w.job
        where j.job is null or {WAITING} or {ANEW}"""
        for recipe in RECIPES
    ]
    found = " union all ".join(each)
    order = "order by attempts, priority, worth desc, job limit :most"
    with workspace.database.transaction() as connection:
        total = connection.execute(text(f"select count(*) from ({found}) f")).scalar_one()
        rows = connection.execute(
            text(f"select job, canonical_id, template, state from ({found}) f {order}"), {"most": most}
        )
        return total, [dict(row) for row in rows.mappings()]


ANEW = "(j.state = 'stale' or j.state = 'cancelled' and not j.cancel_wanted)"


def _rows(recipe: Recipe) -> str:
    return f"""select {job_of(recipe)} as job, c.canonical_id, {key_of(recipe)} as content_key, c.version,
        c.fit_score as worth from {recipe.entity}_360 c"""


def _forget(connection: Connection, recipes: tuple[Recipe, ...]) -> int:
    """What waits and is no longer what its client wants."""
    still = " or ".join(
        f"""{is_of(recipe)} and exists (select from {recipe.entity}_360 c
            where c.canonical_id = j.canonical_id and {job_of(recipe)} = j.job)"""
        for recipe in recipes
    )
    change = f"""update enrichment_job j set state = 'stale', next_at = null, ended_at = now()
        where {WAITING} and not ({still})"""
    return connection.execute(text(change)).rowcount


def _again(connection: Connection, recipe: Recipe) -> int:
    """Jobs of a content that a client has again: what was given up is planned, what is done is the newest."""
    change = f"""update enrichment_job j set planned_at = now(),
        state = case j.state when 'done' then 'done' else 'planned' end,
        version_360 = case j.state when 'done' then j.version_360 else c.version end,
        ended_at = case j.state when 'done' then j.ended_at end
    from {recipe.entity}_360 c where c.canonical_id = j.canonical_id and {is_of(recipe)}
        and ({ANEW} or j.state = 'done' and exists (select from enrichment_job k where k.canonical_id = j.canonical_id
            and k.template = j.template and k.planned_at > j.planned_at))
        and {job_of(recipe)} = j.job returning j.state"""
    return sum(state == "planned" for state in connection.execute(text(change)).scalars())


def _enter(connection: Connection, recipe: Recipe, budget: int) -> int:
    from resources.comfy.template import load  # noqa: PLC0415

    change = f"""insert into enrichment_job (job, entity, canonical_id, template, template_version, content_key,
        version_360, state, attempts, priority, worth, cancel_wanted, planned_at)
    select w.job, '{recipe.entity}', w.canonical_id, '{recipe.template}', :version, w.content_key, w.version, 'planned',
        0, {recipe.priority}, w.worth, false, now()
    from ({_rows(recipe)}) w where not exists (select from enrichment_job j where j.job = w.job)
    order by w.worth desc, w.canonical_id
    limit greatest(0, :budget - (select count(*) from enrichment_job j where j.state = 'planned'
        and {is_of(recipe)}))
    on conflict do nothing"""
    return connection.execute(text(change), {"version": load(recipe.template).version, "budget": budget}).rowcount
