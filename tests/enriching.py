"""Clients without any export behind them, publications of them, and jobs that are worked on by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PIL import Image
from sqlalchemy import Connection, insert, text

from identity.fields import Entity
from resources import log
from resources.catalog import newest_version
from resources.comfy.picture import Picture
from resources.comfy.recipes import RECIPES
from resources.enriching import planning, queue
from resources.enriching.accepting import Finished, accept
from resources.enriching.book import Book, Claim, Ending
from resources.tables import Publication
from resources.tables.history import columns_of, history_name
from resources.workspace import Workspace

CARD = "client_card"
CLIENTS = """insert into {entity}_360 (canonical_id, display_name, sort_name, owner, open_value, fit_score, complete,
    open_count, won_count, lost_count, activity_count, sources, records, payload, version{more})
select '{letter}' || lpad(n::text, 6, '0'), 'Client ' || n, 'client', 'Owner', 0, n % 100, true, n % 7, n % 3, 0, 0,
    '{{crm}}', 1, '{{}}', :version{value} from generate_series(1, :count) n"""
OF: dict[Entity, dict[str, str]] = {
    "contact": {"letter": "c", "more": "", "value": ""},
    "account": {"letter": "a", "more": ", contact_count", "value": ", 1"},
}


def add_clients(workspace: Workspace, count: int, entity: Entity = "contact") -> None:
    """Publish contacts c000001 … or accounts a000001 …, of different worth."""
    with workspace.database.transaction() as connection:
        given = {"version": _next_version(connection), "count": count}
        connection.execute(text(CLIENTS.format(entity=entity, **OF[entity])), given)
        connection.execute(text(f"analyze {entity}_360"))


def publish(workspace: Workspace, statement: str, entity: Entity = "contact", **given: Any) -> None:
    """Publish what a statement makes of the table `client`, which has the rows of `<entity>_360`."""
    name, columns = f"{entity}_360", ", ".join(columns_of(f"{entity}_360"))
    gone = f"""with gone as (delete from {name} t where not exists (select from client c
            where c.canonical_id = t.canonical_id and to_jsonb(c) = to_jsonb(t)) returning t.*)
        insert into {history_name(name)} ({columns}, ended) select {columns}, :version from gone"""
    come = f"""insert into {name} ({columns}) select {columns.replace("version", ":version")} from client
        where canonical_id not in (select canonical_id from {name})"""
    with workspace.database.transaction() as connection:
        version = _next_version(connection)
        connection.execute(text(f"create temp table client on commit drop as select * from {name}"))
        connection.execute(text(statement), given)
        for step in (gone, come):
            connection.execute(text(step), {"version": version})


def _next_version(connection: Connection) -> int:
    version, now = newest_version(connection) + 1, dt.datetime.now(dt.UTC)
    seq = log.append(connection, "publication", {"version": version}, "test")
    facts = {"version": version, "seq": seq, "cut": seq, "as_of": now, "code_version": "test", "summary": {}}
    connection.execute(insert(Publication).values(run_id=f"run {version}", **facts))
    return version


def change(workspace: Workspace, statement: str, **given: Any) -> None:
    """Run one statement."""
    with workspace.database.transaction() as connection:
        connection.execute(text(statement), given)


def jobs_of(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """All jobs by their names."""
    return {job["job"]: job for job in queue.listed(workspace, 100_000)}


def planned(workspace: Workspace, budget: int = 10) -> list[str]:
    """Plan cards alone; the jobs in the order in which they are handed out."""
    planning.plan(workspace, budget)
    change(workspace, "delete from enrichment_job where template <> :card", card=CARD)
    return queue.handed_out(workspace, budget)


def begun(workspace: Workspace, job: str, run_id: str = "a-run") -> tuple[Book, Claim]:
    """A run has claimed the job."""
    book = Book(workspace, run_id, RECIPES)
    (claim,) = book.claim([job])
    return book, claim


def failed(workspace: Workspace, job: str, failure: str, again: float | None) -> None:
    """An attempt of the job has failed."""
    book, claim = begun(workspace, job)
    book.write([], [Ending(claim.job, claim.attempt, "failed", failure, None, again)])


def made(workspace: Workspace, job: str, picture: Picture) -> None:
    """An attempt of the job has made an artefact."""
    book, claim = begun(workspace, job)
    assert accept(book, [Finished(claim, {"card": drawn("white")}, {"card": picture})]) == (1, [])


def drawn(colour: str) -> Picture:
    """A small picture."""
    return Picture.of(Image.new("RGB", (4, 4), colour))
