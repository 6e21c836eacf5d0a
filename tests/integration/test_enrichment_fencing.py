"""What a lane writes down touches only attempts that it holds, and stands in nobody's way."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy import event, text

from resources import erasures
from resources.comfy.recipes import RECIPES
from resources.database import Database
from resources.enriching.accepting import Finished, accept
from resources.enriching.book import Book, Claim, Ending, Step
from resources.workspace import Workspace
from tests.enriching import add_clients, begun, change, drawn, jobs_of, planned
from tests.integration.test_comfy_worker import until

LOST = "update enrichment_job set lease_until = now() - interval '1 second'"


def another(workspace: Workspace) -> Book:
    """A lane of another process."""
    return Book(Workspace(Database(workspace.database.dsn), workspace.storage), "another", RECIPES)


def attempts(workspace: Workspace) -> list[tuple[object, ...]]:
    query = "select job, attempt, state, failure, posts, outputs::text from enrichment_attempt order by job, attempt"
    return list(workspace.database.frame(query).iter_rows())


def events(workspace: Workspace) -> list[str]:
    return workspace.database.frame("select event from enrichment_event order by id")["event"].to_list()


def test_what_a_lane_says_of_an_attempt_that_another_has_taken_over_changes_nothing(workspace: Workspace) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    book, claim = begun(workspace, job)
    change(workspace, LOST)
    Book(workspace, "another", RECIPES).take_over([job])
    before = attempts(workspace), events(workspace), jobs_of(workspace)
    book.write([Step(job, 1, "submitted", 3)], [])
    book.write([], [Ending(job, 1, "failed", "lost", None, 0.0)])
    assert accept(book, [Finished(claim, {"card": drawn("white")}, {"card": drawn("red")})]) == (0, [])
    assert (attempts(workspace), events(workspace), jobs_of(workspace)) == before


def test_the_next_attempt_of_the_same_lane_is_not_ended_by_what_is_said_of_the_last_one(workspace: Workspace) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    book, _ = begun(workspace, job)
    book.write([], [Ending(job, 1, "failed", "lost", None, 0.0)])
    begun(workspace, job)
    before = attempts(workspace), jobs_of(workspace)
    book.write([Step(job, 1, "running", 1)], [Ending(job, 1, "failed", "permanent")])
    assert (attempts(workspace), jobs_of(workspace)) == before


def test_what_happens_to_one_attempt_in_one_round_is_written_down_in_full(workspace: Workspace) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    book, _ = begun(workspace, job)
    book.write([Step(job, 1, "unanswered", 1), Step(job, 1, "submitted", 2), Step(job, 1, "running", 2)], [])
    query = "select state, posts, submitted_at = running_at from enrichment_attempt"
    assert workspace.database.frame(query).row(0) == ("running", 2, True)
    assert events(workspace) == ["claimed", "unanswered", "submitted", "running"]


def test_while_an_erasure_is_under_way_hashes_are_written_once(workspace: Workspace) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    book, claim = begun(workspace, job)
    finished = [Finished(claim, {"card": drawn("white")}, {"card": drawn("red")})]
    with workspace.database.lock(erasures.LOCK):
        for _ in range(3):
            assert accept(book, finished) == (0, finished)
    assert accept(book, finished) == (1, [])
    assert events(workspace) == ["claimed", "fetched", "accepted"]


def test_a_lane_takes_over_its_own_share_and_leaves_the_rest_to_others_at_the_same_time(workspace: Workspace) -> None:
    add_clients(workspace, 2)
    one, two = planned(workspace, 2)
    for job in (one, two):
        begun(workspace, job)
    change(workspace, LOST)
    other, taken = another(workspace), []
    event.listen(
        workspace.database.engine, "commit", lambda _: taken.extend(other.take_over([two])), once=True
    )  # that is, before the first lane is done
    assert [claim.job for claim in Book(workspace, "a lane", RECIPES).take_over([one])] == [one]
    other.workspace.database.close()
    assert [claim.job for claim in taken] == [two]


def test_a_lane_waits_for_whoever_erases_its_job_and_holds_nothing_of_it_meanwhile(workspace: Workspace) -> None:
    for saying in (write_step, write_ending, keep):
        change(workspace, "truncate enrichment_job, enrichment_want, enrichment_look, contact_360 cascade")
        add_clients(workspace, 1)
        (job,) = planned(workspace)
        book, claim = another(workspace), begun(workspace, job, "another")[1]
        failed: list[Exception] = []
        thread = threading.Thread(target=noting(failed, saying), args=(book, claim))
        with workspace.database.transaction() as connection:
            connection.execute(text("select from enrichment_job where job = :job for update"), {"job": job})
            thread.start()
            until(lambda: waiting(workspace) == 1)
            connection.execute(text("delete from enrichment_job where job = :job"), {"job": job})
        thread.join()
        book.workspace.database.close()
        assert (failed, attempts(workspace)) == ([], []), saying


def write_step(book: Book, claim: Claim) -> None:
    book.write([Step(claim.job, 1, "cancelling", 1)], [])


def write_ending(book: Book, claim: Claim) -> None:
    book.write([], [Ending(claim.job, 1, "failed", "lost", None, 0.0)])


def keep(book: Book, claim: Claim) -> None:
    accept(book, [Finished(claim, {"card": drawn("white")}, {"card": drawn("red")})])


def noting(failed: list[Exception], saying: Callable[[Book, Claim], None]) -> Callable[[Book, Claim], None]:
    def said(book: Book, claim: Claim) -> None:
        try:
            saying(book, claim)
        except Exception as error:  # noqa: BLE001 - it is looked at by the test
            failed.append(error)

    return said


def waiting(workspace: Workspace) -> int:
    """How many sessions of this database wait for a lock."""
    query = """select count(*) from pg_stat_activity
        where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0"""
    return int(workspace.database.frame(query).item())
