"""A version is seen whole or not at all, whatever fails and whoever reads or publishes beside it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import event, text

from assets.rebuild import rebuild
from identity import stages
from identity.errors import VelocityError
from resources import catalog, log, publishing
from resources.database import Database
from resources.ledger import read_ledgers
from resources.publishing import Draft, publish, published_fingerprint
from resources.storage import Storage
from resources.tables import Base
from resources.versions import given
from resources.workspace import Workspace
from tests.integration.conftest import RECEIVED, Import, Shown, listed, take


@pytest.fixture
def next_draft(workspace: Workspace, shown: Shown) -> Callable[[], Draft]:
    """A workspace that shows three files, then a fourth, and the draft that shows less."""
    shown(3, 4)
    newest = catalog.pending(workspace.database)
    assert newest == []

    def make() -> Draft:
        whole = given(workspace)
        less = {entity: frame.filter(pl.col("source") != "hubspot") for entity, frame in whole.records.items()}
        version = whole.cut["follows"][0] + 1
        return Draft.of(stages.resolve(replace(whole, records=less), read_ledgers(workspace.database), version))

    return make


@contextmanager
def failing_at(database: Database, number: int) -> Iterator[list[int]]:
    """Every connection of the database breaks at the n-th statement of the block."""
    seen = [0]

    def count(*_: Any) -> None:
        seen[0] += 1
        if seen[0] == number:
            raise VelocityError("broken", "the connection broke", "")

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", count)


def everything(database: Database) -> list[tuple[Any, ...]]:
    """How many rows each table has, and a sum over what they hold; quicker than a fingerprint, and with the log.

    Not of `frame`: a run points to its frames before it publishes, and those that it did not publish are dropped later.
    """
    each = "select '{0}', count(*), sum(hashtextextended(t::text, 0)::numeric) from {0} t"
    names = sorted(Base.metadata.tables.keys() - {"frame"})
    with database.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(" union all ".join(map(each.format, names))))]


def test_a_failure_at_any_statement_leaves_the_version_before(
    workspace: Workspace, next_draft: Callable[[], Draft]
) -> None:
    draft, before = next_draft(), published_fingerprint(workspace.database)
    held = everything(workspace.database)
    number = 1
    while True:
        with failing_at(workspace.database, number) as seen:
            try:
                publish(workspace, draft, "late")
            except VelocityError as error:
                assert error.code == "broken"
        if seen[0] < number:
            break
        assert everything(workspace.database) == held
        number += 1
    assert number > 20
    assert everything(workspace.database) != held
    after = published_fingerprint(workspace.database)
    assert (after.version, after.all != before.all) == (3, True)
    with workspace.database.transaction() as connection:
        assert log.verify(connection).broken_at is None


def test_of_two_who_publish_at_once_one_is_told_to_begin_again(
    workspace: Workspace, next_draft: Callable[[], Draft]
) -> None:
    draft = next_draft()
    outcomes: list[str] = []

    def attempt() -> None:
        own = Workspace(Database(workspace.database.dsn), Storage(workspace.storage.url))
        try:
            outcomes.append(str(publish(own, draft, "twin").version))
        except VelocityError as error:
            outcomes.append(error.code)
        finally:
            own.database.close()

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["3", "stale_draft"]
    assert publishing.newest(workspace.database) == 3


def test_a_reader_sees_the_version_before_until_the_whole_next_one_is_there(
    workspace: Workspace, next_draft: Callable[[], Draft], monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, before = next_draft(), published_fingerprint(workspace.database)
    write, half, go_on = publishing.write, threading.Event(), threading.Event()

    def slowly(connection: Any, name: str, *rest: Any) -> None:
        write(connection, name, *rest)
        if name == "contact_360":
            half.set()
            assert go_on.wait(60)

    monkeypatch.setattr(publishing, "write", slowly)
    publisher = threading.Thread(target=publish, args=(workspace, draft, "slow"))
    publisher.start()
    assert half.wait(60)
    assert published_fingerprint(workspace.database) == before
    go_on.set()
    publisher.join(60)
    after = published_fingerprint(workspace.database)
    assert (after.version, after.all == before.all) == (3, False)


def test_only_rows_that_changed_are_written(
    workspace: Workspace, exports: Path, run_import: Import, shown: Shown
) -> None:
    shown()
    run_import([(f, m) for f, m in listed(exports) if f.name.startswith("events")])  # again: nothing new
    kept = workspace.database.frame("select count(*) as n from contact where version = 2")["n"][0]
    summary = workspace.database.frame("select summary::text as s from publication where version = 2")["s"][0]
    assert kept == 0
    assert '"updated": 0' in summary
    assert '"updated": 1' not in summary


def test_clients_lie_in_their_table_by_name(workspace: Workspace, shown: Shown) -> None:
    shown()
    for table in ("contact_360", "account_360"):
        names = workspace.database.frame(f"select sort_name from {table} order by ctid")["sort_name"]
        assert names.n_unique() > 5
        assert names.to_list() == sorted(names, key=str.encode)


def test_a_batch_that_cannot_be_published_blocks_nobody(
    workspace: Workspace, exports: Path, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = listed(exports)
    with monkeypatch.context() as patched:
        patched.setattr(publishing, "write", refuse)
        with pytest.raises(VelocityError, match="the disk is gone"):
            run_import(files[:1])
    (stuck,) = catalog.pending(workspace.database)
    run_import(files[1:2])
    assert catalog.pending(workspace.database) == [stuck]
    walk = workspace.database.frame("select distinct batch from crosswalk")["batch"].to_list()
    assert stuck not in walk
    with workspace.database.transaction() as connection:
        assert stuck not in [facts["batch"] for facts in catalog.shown(connection)[1]]
    run_import(files[:1])
    assert catalog.pending(workspace.database) == []


def refuse(*_: object) -> None:
    raise VelocityError("disk", "the disk is gone", "")


def test_the_same_bytes_with_another_mapping_take_the_place_of_a_batch_that_was_never_shown(
    workspace: Workspace, tmp_path: Path, run_import: Import
) -> None:
    file, wrong, right = tmp_path / "a.csv", tmp_path / "wrong.yaml", tmp_path / "right.yaml"
    file.write_text("Id,Who,Mail\n1,Ann Brook,ann@crm.example\n")
    head = "source: list\nentity: contact\nkey: Id\n"
    wrong.write_text(head + "columns: {Who: email, Mail: full_name}\n")
    right.write_text(head + "columns: {Who: full_name, Mail: email}\n")
    first = take(workspace, file, wrong)
    run_import([(file, right)])
    assert catalog.get(workspace.database, first).published == 1
    assert workspace.database.frame("select email from contact")["email"][0].to_list() == ["ann@crm.example"]
    with workspace.database.transaction() as connection:
        assert len(log.payloads(connection, "batch")) == 2


def test_a_file_that_is_imported_by_another_mapping_meanwhile_is_not_published_by_the_first(
    workspace: Workspace, tmp_path: Path, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, one, other = tmp_path / "a.csv", tmp_path / "one.yaml", tmp_path / "other.yaml"
    file.write_text("Id,Who,Mail\n1,Ann Brook,ann@crm.example\n")
    head = "source: list\nentity: contact\nkey: Id\n"
    one.write_text(head + "columns: {Who: full_name, Mail: email}\n")
    other.write_text(head + "columns: {Who: last_name, Mail: email}\n")

    def late(*arguments: Any, **named: Any) -> publishing.Published:
        take(workspace, file, other)
        return publish(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr("assets.publication.publish", late)
        with pytest.raises(VelocityError, match="imported again meanwhile"):
            run_import([(file, one)])
    assert publishing.newest(workspace.database) is None
    run_import([(file, other)])
    assert workspace.database.frame("select last_name from contact")["last_name"].to_list() == ["Ann Brook"]
    assert rebuild(workspace, lambda _line: None).equal


def test_a_lost_frame_of_the_version_before_is_no_harm(
    workspace: Workspace, exports: Path, run_import: Import, shown: Shown
) -> None:
    shown(1)
    lost = workspace.database.frame("select sha256 from frame where asset = 'contact_360' and run <> ''")["sha256"][0]
    (Path(workspace.storage.url) / "frames" / f"{lost}.parquet").unlink()
    assert run_import(listed(exports)[1:2]).success
    assert rebuild(workspace, lambda _line: None).equal


def test_a_client_goes_by_its_key_where_the_frame_that_knew_its_place_is_lost(
    workspace: Workspace, tmp_path: Path, run_import: Import
) -> None:
    mapping, head = tmp_path / "list.yaml", "Id,Who,Mail,Gone\n"
    mapping.write_text(
        "source: list\nentity: contact\nkey: Id\ncolumns: {Who: full_name, Mail: email}\n"
        "deleted: {column: Gone, values: ['yes']}\n"
    )
    people = [f"{n},Ann {name},{name}@crm.example," for n, name in enumerate(("Brook", "Ford", "Hill", "Lake"))]
    files = {"1.csv": people, "2.csv": [people[0].replace("Ann", "Anne")], "3.csv": [f"{people[1]}yes"]}
    for day, (name, rows_) in enumerate(files.items()):
        (tmp_path / name).write_text(head + "\n".join(rows_) + "\n")
        lost = workspace.database.frame("select sha256 from frame where asset = 'contact' and run <> ''")["sha256"]
        for digest in lost if name == "3.csv" else ():
            (Path(workspace.storage.url) / "frames" / f"{digest}.parquet").unlink()
        run_import([(tmp_path / name, mapping)], [RECEIVED + dt.timedelta(days=day)])
    found = workspace.database.frame("select full_name from contact order by full_name")["full_name"].to_list()
    assert found == ["Ann Hill", "Ann Lake", "Anne Brook"]
    assert rebuild(workspace, lambda _line: None).equal


def test_edges_are_read_of_the_version_that_is_published_while_they_are_asked_for(
    workspace: Workspace, exports: Path, run_import: Import, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = listed(exports)
    shown(2)
    newest_run, asked = publishing.newest_run, list[str]()

    def meanwhile(database: Database) -> str | None:
        found = newest_run(database)
        if not asked:
            asked.append("once")
            run_import(files[2:3])
        return found

    monkeypatch.setattr(publishing, "newest_run", meanwhile)
    assert publishing.live_edges(workspace, "contact").height > 0


def test_what_postgres_refuses_is_told_without_values(workspace: Workspace) -> None:
    with pytest.raises(VelocityError) as refused, workspace.database.transaction() as connection:
        statement = "insert into canonical_id (id, entity, state, born_key) values (:id, 'contact', 'live', null)"
        connection.execute(text(statement), {"id": "ann@crm.example"})
    assert refused.value.code == "database_refused"
    assert "ann@crm.example" not in refused.value.message
    assert "canonical_id" in refused.value.message
    assert refused.value.__cause__ is None
