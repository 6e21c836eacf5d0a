"""Whom planning looks at: clients that were written since it last did, and those of whom a job ended.

They stand in the temporary table `_seen`, each with the job that it wants of a recipe; who is gone wants none. What a
budget leaves out is kept as a want, so that nobody is looked at for it again. Where recipes are others than last time,
or make other jobs of the same clients, everybody is looked at.

Not here: what follows for jobs (`resources.enriching.planning`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select, text

from resources.catalog import newest_version
from resources.database import lock_transaction
from resources.enriching.keys import is_of, job_of, named
from resources.tables import EnrichmentLook, EnrichmentWant
from resources.workspace import Workspace

if TYPE_CHECKING:
    from resources.comfy.recipes import Recipe

LOCK = "planning"
SEEN = """create temp table _seen (template text, entity text, canonical_id text, job text, version bigint,
    worth bigint) on commit drop"""
Ended = dict[tuple[str, str], list[str]]  # clients by template and entity


def look(connection: Connection, recipes: Collection[Recipe]) -> int:
    """Bring the wants up to date and fill `_seen`, if anything happened; how many clients were looked at, once for each
    recipe. One planning at a time.

    The version is asked first: what is published meanwhile is looked at next time as well.
    """
    lock_transaction(connection, LOCK)
    upto, way = newest_version(connection), _way(recipes)
    since = connection.execute(select(EnrichmentLook.version).where(EnrichmentLook.way == way)).scalar()
    ended = _ended(connection)
    if since == upto and not ended:
        return 0
    if since is None:
        forget_all(connection)
    connection.execute(text(SEEN))
    seen = sum(_see(connection, recipe, since, ended) for recipe in recipes)
    seen += _see_others(connection, recipes, ended, everybody=since is None)
    connection.execute(text("analyze _seen"))
    _want(connection)
    connection.execute(delete(EnrichmentLook))
    connection.execute(insert(EnrichmentLook).values(way=way, version=upto))
    return seen


def behind(workspace: Workspace) -> int | None:
    """The newest publication, if planning has not looked at it."""
    with workspace.database.transaction() as connection:
        newest = newest_version(connection)
        upto = connection.execute(select(EnrichmentLook.version)).scalar()
    return newest if newest and newest != upto else None


def forget_all(connection: Connection) -> None:
    """Have the next planning look at everybody; one that is under way is waited for."""
    lock_transaction(connection, LOCK)
    connection.execute(delete(EnrichmentWant))
    connection.execute(delete(EnrichmentLook))


def _way(recipes: Collection[Recipe]) -> str:
    """Hex digits that change with whatever the names of jobs follow from."""
    return hashlib.sha256("\n".join(sorted(map(job_of, recipes))).encode()).hexdigest()[:16]


def _ended(connection: Connection) -> Ended:
    """Whose jobs ended. They are asked for before jobs are looked at: what ends later is for the next time."""
    found: Ended = defaultdict(list)
    ended = "select job from enrichment_job where unseen order by job for no key update"  # lanes may be at some again
    change = f"update enrichment_job set unseen = false where job in ({ended}) returning template, entity, canonical_id"
    for template, entity, canonical_id in connection.execute(text(change)):
        found[template, entity].append(canonical_id)
    return found


def _see(connection: Connection, recipe: Recipe, since: int | None, ended: Ended) -> int:
    rows, which = f"{recipe.entity}_360", _everybody(recipe) if since is None else _written(recipe)
    change = f"""insert into _seen
    select '{recipe.template}', '{recipe.entity}', w.canonical_id, {job_of(recipe)}, c.version, c.fit_score
    from ({which}) w left join {rows} c using (canonical_id)"""
    given = {"since": since, "ended": ended.get((recipe.template, recipe.entity), [])}
    return connection.execute(text(change), {} if since is None else given).rowcount


def _see_others(connection: Connection, recipes: Collection[Recipe], ended: Ended, *, everybody: bool) -> int:
    """Whoever has a job of a recipe that is no more wants none of it."""
    into, seen = "insert into _seen (template, entity, canonical_id)", 0
    for template, entity in ended.keys() - named(recipes).keys():
        given = {"template": template, "entity": entity, "ended": ended[template, entity]}
        them = f"{into} select :template, :entity, unnest(cast(:ended as text[]))"
        seen += connection.execute(text(them), given).rowcount
    if everybody:
        known = " or ".join(is_of(recipe) for recipe in recipes)
        others = f"select j.template, j.entity, j.canonical_id from enrichment_job j where not ({known})"
        seen += connection.execute(text(f"{into} {others}")).rowcount
    return seen


def _everybody(recipe: Recipe) -> str:
    return f"""select canonical_id from {recipe.entity}_360
        union select j.canonical_id from enrichment_job j where {is_of(recipe)}"""


def _written(recipe: Recipe) -> str:
    """What a publication replaces or removes, it moves to the history."""
    rows = f"{recipe.entity}_360"
    return f"""select canonical_id from {rows} where version > :since
        union select canonical_id from {rows}_history where ended > :since
        union select unnest(cast(:ended as text[]))"""


def _want(connection: Connection) -> None:
    gone = """delete from enrichment_want w using _seen s
        where w.canonical_id = s.canonical_id and w.template = s.template"""
    connection.execute(text(gone))
    wanted = """insert into enrichment_want (canonical_id, template, entity, worth)
    select s.canonical_id, s.template, s.entity, s.worth from _seen s
    where s.job is not null and not exists (select from enrichment_job j where j.job = s.job)"""
    connection.execute(text(wanted))
