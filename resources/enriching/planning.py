"""Which clients want an artefact that no job makes: entered as planned jobs, within a budget, by set-wise statements.

Not here: which clients are in question (`resources.enriching.looking`), handing jobs out (`resources.enriching.queue`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from resources.enriching.keys import is_of, job_of, key_of
from resources.enriching.looking import look
from resources.workspace import Workspace

if TYPE_CHECKING:
    from resources.comfy.recipes import Recipe

WAITING = "(j.state = 'planned' or j.state = 'failed' and j.next_at is not null)"
ANEW = "(j.state = 'stale' or j.state = 'cancelled' and not j.cancel_wanted)"
ENDED = "j.state in ('done', 'failed', 'cancelled', 'stale')"
# Jobs of those whom planning looked at, each with the one that its client wants; they are found by client, whatever
# Postgres thinks of the size of `_seen`.
THEIRS = """(select j.job, s.job as wanted, s.version from _seen s cross join lateral (
    select k.job from enrichment_job k
    where k.canonical_id = s.canonical_id and k.template = s.template and k.entity = s.entity offset 0) j) o"""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a planning did: jobs that are new, wanted again, and no longer wanted; all that wait now. `seen`: how many
    clients it had to look at, once for each recipe.
    """

    new: int
    again: int
    stale: int
    waiting: int
    seen: int


def plan(workspace: Workspace, budget: int) -> Planned:
    """Enter at most `budget` new jobs: recipes by priority, clients by worth. Planned jobs of a recipe that still wait
    are in its budget already. Jobs whose client changed or is gone become stale.
    """
    from resources.comfy.recipes import RECIPES  # noqa: PLC0415 - loads with its one user

    new = stale = again = 0
    with workspace.database.transaction() as connection:
        seen = look(connection, RECIPES)
        if seen:
            stale, again = _forget(connection), _again(connection)
        for recipe in sorted(RECIPES, key=lambda recipe: recipe.priority):
            new += _enter(connection, recipe, _room(connection, recipe, budget - new))
        waiting = connection.execute(text(f"select count(*) from enrichment_job j where {WAITING}")).scalar_one()
    return Planned(new, again, stale, waiting, seen)


def wanted(workspace: Workspace, most: int | None = None) -> tuple[int, list[dict[str, Any]]]:
    """How many artefacts are wanted, planned ones among them, and the first of them; nothing is entered."""
    from resources.comfy.recipes import RECIPES  # noqa: PLC0415

    waiting = f"""select j.job, j.canonical_id, j.template, j.attempts, j.priority, j.worth, j.state
        from enrichment_job j where {WAITING}"""
    first = " union all ".join([waiting, *(_first(recipe) for recipe in RECIPES)])
    order = "order by attempts, priority, worth desc, job limit :most"
    with workspace.database.transaction() as connection:
        if look(connection, RECIPES):
            _forget(connection)
            _again(connection)
        wants = f"select (select count(*) from enrichment_want) + (select count(*) from ({waiting}) w)"
        total = connection.execute(text(wants)).scalar_one()
        rows = connection.execute(
            text(f"select job, canonical_id, template, state from ({first}) f {order}"), {"most": most}
        )
        shown = [dict(row) for row in rows.mappings()]
        connection.rollback()
    return total, shown


def _first(recipe: Recipe) -> str:
    return f"""(select {job_of(recipe)}, c.canonical_id, j.template, 0, {recipe.priority}, j.worth, 'wanted'
        from enrichment_want j join {recipe.entity}_360 c using (canonical_id) where {is_of(recipe)}
        order by j.worth desc, j.canonical_id limit :most)"""


def _forget(connection: Connection) -> int:
    """What waits and is no longer what its client wants. That somebody cancelled a job holds until then, no longer."""
    others = f"from {THEIRS} where j.job = o.job and o.wanted is distinct from j.job"
    pardon = f"update enrichment_job j set cancel_wanted = false {others} and j.cancel_wanted and {ENDED}"
    connection.execute(text(pardon))
    change = f"update enrichment_job j set state = 'stale', next_at = null, ended_at = now() {others} and {WAITING}"
    return connection.execute(text(change)).rowcount


def _again(connection: Connection) -> int:
    """Jobs of a content that a client has again: what was given up is planned, what is done is the newest."""
    change = f"""update enrichment_job j set planned_at = now(), cancel_wanted = false,
        state = case j.state when 'done' then 'done' else 'planned' end,
        version_360 = case j.state when 'done' then j.version_360 else o.version end,
        ended_at = case j.state when 'done' then j.ended_at end
    from {THEIRS} where j.job = o.job and o.wanted = j.job and ({ANEW} or j.state = 'done' and exists (
        select from enrichment_job k where k.canonical_id = j.canonical_id and k.template = j.template
            and k.planned_at > j.planned_at))
    returning j.state"""
    return sum(state == "planned" for state in connection.execute(text(change)).scalars())


def _room(connection: Connection, recipe: Recipe, budget: int) -> int:
    """How many jobs of a recipe a budget leaves room for; planned ones are counted no further, and only if wanted."""
    first = f"""select j.template from enrichment_want j where {is_of(recipe)}
        order by j.worth desc, j.canonical_id limit 1"""
    planned = f"select from enrichment_job j where {is_of(recipe)} and j.state = 'planned' and ({first}) is not null"
    count = f"select count(*) from ({planned} limit :budget) p"
    return budget - connection.execute(text(count), {"budget": budget}).scalar_one() if budget > 0 else 0


def _enter(connection: Connection, recipe: Recipe, room: int) -> int:
    """Make jobs of the wants of most worth."""
    from resources.comfy.template import load  # noqa: PLC0415

    if room <= 0:
        return 0
    change = f"""with best as (select j.canonical_id, j.template from enrichment_want j where {is_of(recipe)}
        order by j.worth desc, j.canonical_id limit :room),
    taken as (delete from enrichment_want w using best b
        where w.canonical_id = b.canonical_id and w.template = b.template returning w.canonical_id)
    insert into enrichment_job (job, entity, canonical_id, template, template_version, content_key, version_360,
        state, attempts, priority, worth, cancel_wanted, planned_at, unseen)
    select {job_of(recipe)}, '{recipe.entity}', c.canonical_id, '{recipe.template}', :version, {key_of(recipe)},
        c.version, 'planned', 0, {recipe.priority}, c.fit_score, false, now(), false
    from taken join {recipe.entity}_360 c using (canonical_id) on conflict do nothing"""
    return connection.execute(text(change), {"version": load(recipe.template).version, "room": room}).rowcount
