"""Clients without any export behind them, and jobs that are worked on by hand."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from sqlalchemy import text

from resources.comfy.dispatch import Picture
from resources.comfy.recipes import RECIPES
from resources.enriching import planning, queue
from resources.enriching.accepting import Finished, accept
from resources.enriching.book import Book, Claim, Ending
from resources.workspace import Workspace

CARD = "client_card"
CLIENTS = """insert into contact_360 (canonical_id, display_name, sort_name, owner, open_value, fit_score, complete,
    open_count, won_count, lost_count, activity_count, sources, records, payload, version)
select 'c' || lpad(n::text, 6, '0'), 'Client ' || n, 'client', 'Owner', 0, n % 100, true, n % 7, n % 3, 0, 0,
    '{crm}', 1, '{}', 1 from generate_series(1, :count) n"""


def add_clients(workspace: Workspace, count: int) -> None:
    """Contacts c000001 …, of different worth."""
    with workspace.database.transaction() as connection:
        connection.execute(text(CLIENTS), {"count": count})
        connection.execute(text("analyze contact_360"))


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


def made(workspace: Workspace, job: str, data: bytes) -> None:
    """An attempt of the job has made an artefact."""
    book, claim = begun(workspace, job)
    fetched = Picture(b"fetched", "f" * 64, "0" * 64)
    assert accept(book, [Finished(claim, {"card": fetched}, {"card": data})]) == (1, [])


def png(colour: str) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (4, 4), colour).save(out, "PNG")
    return out.getvalue()
