"""What is planned, handed out and taken back, on a database of clients."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from sqlalchemy import Connection, event

import resources.comfy.recipes
from identity.errors import BadInputError
from resources import indexes
from resources.comfy.recipes import RECIPES
from resources.database import Database
from resources.enriching import planning, queue
from resources.enriching.book import Book, Ending
from resources.workspace import Workspace
from tests.enriching import CARD, add_clients, begun, change, drawn, failed, jobs_of, made, planned, publish

EACH = sum(recipe.entity == "contact" for recipe in RECIPES)  # jobs that a contact wants


def test_what_is_planned_is_not_planned_again(workspace: Workspace) -> None:
    add_clients(workspace, 5)
    wanted = 5 * EACH
    assert planning.plan(workspace, 1000) == planning.Planned(wanted, again=0, stale=0, waiting=wanted, seen=wanted)
    assert planning.plan(workspace, 1000) == planning.Planned(new=0, again=0, stale=0, waiting=wanted, seen=0)


def test_the_budget_goes_to_those_of_most_worth_and_is_not_given_twice(workspace: Workspace) -> None:
    add_clients(workspace, 30)
    assert planning.plan(workspace, 3).new == 3
    assert planning.plan(workspace, 3).new == 3 * (len(RECIPES) > 1)
    named = [job["canonical_id"] for job in jobs_of(workspace).values() if job["template"] == first().template]
    assert sorted(named) == ["c000028", "c000029", "c000030"]


def first() -> planning.Recipe:
    return min(RECIPES, key=lambda recipe: recipe.priority)


def test_jobs_are_handed_out_least_tried_first_then_by_worth(workspace: Workspace) -> None:
    add_clients(workspace, 4)
    one, two, three, four = planned(workspace, 4)
    worth = [jobs_of(workspace)[job]["worth"] for job in (one, two, three, four)]
    assert worth == [4, 3, 2, 1]
    failed(workspace, one, "permanent", None)
    failed(workspace, two, "lost", 0.0)
    failed(workspace, three, "capacity", 60.0)
    assert planned(workspace, 4) == [four, two]


def test_a_client_that_changed_or_is_gone_makes_its_job_stale_and_one_that_changed_wants_another(
    workspace: Workspace,
) -> None:
    add_clients(workspace, 3)
    old = planned(workspace, 3)
    publish(workspace, "update client set display_name = 'Another' where canonical_id = 'c000003'")
    publish(workspace, "delete from client where canonical_id = 'c000001'")
    done = planning.plan(workspace, 100)
    assert (done.stale, done.waiting) == (2, 2 * EACH)
    now = planned(workspace, 100)
    assert [jobs_of(workspace)[job]["canonical_id"] for job in now] == ["c000003", "c000002"]
    assert (now[1], jobs_of(workspace)[old[0]]["state"]) == (old[1], "stale")


def test_a_field_that_no_recipe_shows_changes_nothing(workspace: Workspace) -> None:
    add_clients(workspace, 2)
    planning.plan(workspace, 100)
    publish(workspace, "update client set complete = false, payload = '{\"a\": 1}'")
    assert planning.plan(workspace, 100) == planning.Planned(0, again=0, stale=0, waiting=2 * EACH, seen=2 * EACH)


def test_a_job_of_a_recipe_that_is_no_more_is_stale_also_where_it_was_in_work_meanwhile(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_clients(workspace, 1)
    planning.plan(workspace, 100)
    (waits,) = [name for name, job in jobs_of(workspace).items() if job["template"] != CARD]
    (works,) = [name for name, job in jobs_of(workspace).items() if job["template"] == CARD]
    book, claim = begun(workspace, works)
    monkeypatch.setattr(resources.comfy.recipes, "RECIPES", RECIPES[2:])  # those of accounts
    assert planning.plan(workspace, 100).stale == 1
    book.write([], [Ending(works, claim.attempt, "failed", "lost", None, 60.0)])
    assert planning.plan(workspace, 100).stale == 1
    assert {jobs_of(workspace)[job]["state"] for job in (waits, works)} == {"stale"}


def test_what_was_made_of_the_same_content_before_is_shown_again_and_not_made(workspace: Workspace) -> None:
    add_clients(workspace, 1)
    (red,) = planned(workspace, 100)
    made(workspace, red, drawn("red"))
    publish(workspace, "update client set display_name = 'B'")
    (blue,) = planned(workspace, 100)
    made(workspace, blue, drawn("blue"))
    publish(workspace, "update client set display_name = 'Client 1'")
    assert planned(workspace, 100) == []
    shown = "select e->>'job' from contact_client c cross join jsonb_array_elements(c.enrichment) e"
    assert red in workspace.database.frame(shown).to_series().to_list()
    assert blue not in workspace.database.frame(shown).to_series().to_list()


def test_a_claim_of_a_client_that_changed_meanwhile_ends_stale_without_being_sent(workspace: Workspace) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace, 100)
    publish(workspace, "update client set display_name = 'B'")
    assert begun(workspace, job)[1].shown is None
    assert jobs_of(workspace)[job]["state"] == "stale"


def test_two_runs_never_hold_the_same_job_until_the_lease_is_over(workspace: Workspace) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace, 100)
    book, claim = begun(workspace, job)
    other = Book(workspace, "another", RECIPES, worker="two.example.com")
    assert (other.claim([job]), other.take_over([job]), queue.abandoned(workspace)) == ([], [], [])
    assert book.renew([job]) == {job: False}
    change(workspace, "update enrichment_job set lease_until = now() - interval '1 second'")
    assert queue.abandoned(workspace) == [job]
    (taken,) = other.take_over([job])
    assert (taken.prompt_id, taken.attempt, taken.resumed) == (claim.prompt_id, 1, True)
    assert workspace.database.frame("select worker from enrichment_attempt").item() == "two.example.com"
    assert book.renew([job]) == {}
    assert other.renew([job]) == {job: False}


def test_a_planned_job_is_cancelled_at_once_and_not_planned_again_until_its_client_changes(
    workspace: Workspace,
) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace, 100)
    assert queue.cancel(workspace, job) == "cancelled"
    assert planned(workspace, 100) == []
    with pytest.raises(BadInputError, match="no open job"):
        queue.cancel(workspace, job)
    publish(workspace, "update client set display_name = 'B'")
    assert len(planned(workspace, 100)) == 1


def test_a_running_job_is_cancelling_and_a_failure_of_it_is_not_tried_again(workspace: Workspace) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace, 100)
    book, claim = begun(workspace, job)
    assert queue.cancel(workspace, job) == "cancelling"
    assert book.renew([job]) == {job: True}
    book.write([], [Ending(job, claim.attempt, "failed", "lost", None, 0.0)])
    assert (jobs_of(workspace)[job]["state"], queue.handed_out(workspace, 10)) == ("cancelled", [])


@pytest.mark.parametrize("begins", [False, True])
def test_that_somebody_cancelled_a_job_is_forgotten_when_its_client_changes(
    workspace: Workspace, *, begins: bool
) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace, 100)
    if begins:
        book, claim = begun(workspace, job)
    assert queue.cancel(workspace, job) == ("cancelling" if begins else "cancelled")
    if begins:
        book.write([], [Ending(job, claim.attempt, "cancelled")])
    publish(workspace, "update client set display_name = 'B'")
    assert job not in planned(workspace, 100)
    publish(workspace, "update client set display_name = 'Client 1'")
    assert planned(workspace, 100) == [job]
    failed(workspace, job, "lost", 0.0)
    assert jobs_of(workspace)[job]["state"] == "failed"
    assert queue.handed_out(workspace, 100) == [job]


def test_only_attempts_that_failed_since_the_job_was_planned_count_as_failures(workspace: Workspace) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace, 100)
    book, claim = begun(workspace, job)
    book.write([], [Ending(job, claim.attempt, "cancelled")])
    assert planned(workspace, 100) == [job]
    for expected in range(3):
        book, claim = begun(workspace, job)
        assert (claim.attempt, claim.failures) == (expected + 2, expected)
        change(workspace, "update enrichment_job set lease_until = now() - interval '1 second'")
        book = Book(workspace, "another", RECIPES)
        assert [one.failures for one in book.take_over([job])] == [expected]
        book.write([], [Ending(job, claim.attempt, "failed", "lost", None, 0.0)])
    change(workspace, "update enrichment_job set next_at = null")
    assert queue.retry_failed(workspace) == 1
    assert begun(workspace, job)[1].failures == 0


def test_what_failed_for_good_is_tried_again_when_somebody_says_so_unless_it_is_wanted_no_more(
    workspace: Workspace,
) -> None:
    add_clients(workspace, 3)
    one, two, three = planned(workspace, 3)
    failed(workspace, one, "permanent", None)
    failed(workspace, two, "permanent", None)
    failed(workspace, three, "lost", 60.0)
    publish(workspace, "update client set display_name = 'B' where canonical_id = :id",
            id=jobs_of(workspace)[two]["canonical_id"])  # fmt: skip
    (new,) = planned(workspace, 3)
    assert queue.retry_failed(workspace) == 1
    assert queue.handed_out(workspace, 10) == [new, one]
    assert queue.retry_failed(workspace) == 0


def test_a_postponed_job_is_not_handed_out_whether_it_was_tried_or_not(workspace: Workspace) -> None:
    add_clients(workspace, 4)
    new, tried, over, other = planned(workspace, 4)
    failed(workspace, tried, "lost", 0.0)
    failed(workspace, over, "permanent", None)
    assert queue.handed_out(workspace, 4) == [new, other, tried]
    queue.postpone(workspace, [new, tried, over], 60)
    assert queue.handed_out(workspace, 4) == [other]
    assert jobs_of(workspace)[over]["next_at"] is None


def test_ten_thousand_jobs_are_planned_listed_and_handed_out_by_as_many_statements_as_ten(
    workspace: Workspace,
) -> None:
    said: list[str] = []
    event.listen(workspace.database.engine, "before_cursor_execute", lambda *given: said.append(given[2]))

    def statements(clients: int) -> int:
        change(workspace, "truncate enrichment_job, enrichment_want, enrichment_look, contact_360 cascade")
        add_clients(workspace, clients)
        said.clear()
        assert planning.plan(workspace, 100_000).waiting == clients * EACH
        assert planning.plan(workspace, 100_000).new == 0
        publish(workspace, "update client set display_name = 'B' where canonical_id = 'c000003'")
        assert planning.plan(workspace, 100_000).stale == EACH
        assert planning.wanted(workspace, 10)[0] == clients * EACH
        jobs = queue.handed_out(workspace, 8)
        assert len(queue.listed(workspace, 8)) == len(Book(workspace, "a-run", RECIPES).claim(jobs)) == 8
        return len(said)

    assert statements(10) == statements(10_000)


def test_what_planning_reads_of_clients_follows_from_what_changed(workspace: Workspace) -> None:
    read = Counter[str]()
    add_clients(workspace, 10_000)
    with workspace.database.transaction() as connection:
        indexes.build(connection)  # as the first publication does
    assert [planning.plan(workspace, 200).new for _ in range(3)] == [200, 200, 0]
    change(workspace, "analyze")
    engine = workspace.database.engine
    event.listen(engine, "begin", lambda connection: read.subtract(rows_read(connection)))
    event.listen(engine, "commit", lambda connection: read.update(rows_read(connection)))

    def reads() -> tuple[int, int]:
        read.clear()
        return planning.plan(workspace, 200).seen, max(read.values())

    seen, most = reads()
    assert (seen, most < 20) == (0, True), read
    publish(workspace, "update client set display_name = 'B' where canonical_id in ('c000003', 'c000099')")
    seen, most = reads()
    assert (seen, most < 500) == (2 * EACH, True), read  # wants that were taken before are read until a vacuum


def rows_read(connection: Connection) -> dict[str, int]:
    """How many rows of each table of clients were read; of a connection, since it last told the server."""
    query = """select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables
        where relname in ('contact_360', 'contact_360_history', 'enrichment_want')"""
    return dict(connection.exec_driver_sql(query).all())  # type: ignore[arg-type]


def test_many_lanes_that_want_the_same_jobs_share_them(workspace: Workspace) -> None:
    add_clients(workspace, 40)
    jobs = planned(workspace, 40)
    found: dict[str, list[str]] = {}

    def lane(run_id: str, wanted: list[str]) -> None:
        book = Book(Workspace(Database(workspace.database.dsn), workspace.storage), run_id, RECIPES)
        found[run_id] = [claim.job for part in range(0, 40, 8) for claim in book.claim(wanted[part : part + 8])]
        book.workspace.database.close()

    lanes = [threading.Thread(target=lane, args=(str(n), jobs[:: 1 - 2 * (n % 2)])) for n in range(4)]
    for thread in lanes:
        thread.start()
    for thread in lanes:
        thread.join()
    claimed = [job for part in found.values() for job in part]
    assert len(claimed) == len(set(claimed))
    begun_once = {name: job["attempts"] for name, job in jobs_of(workspace).items() if job["attempts"]}
    assert begun_once == dict.fromkeys(claimed, 1)
