"""The schema is that of the models, whoever makes it; what is copied in comes out again."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import polars as pl
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from identity.frames import INSTANT
from resources import indexes
from resources.database import Database, copy, try_lock_transaction
from resources.migrations import NEWEST, config, current
from resources.tables import Base
from resources.workspace import Workspace

TEXT = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8))
ITEMS = st.text(st.sampled_from(list(',{}"\\ \n\tNULaé')), max_size=6)
WHEN = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9998, 12, 30), timezones=st.just(dt.UTC))
ROWS = st.lists(st.tuples(TEXT, st.none() | st.lists(ITEMS, max_size=3), st.none() | WHEN), max_size=6)


def test_the_migrated_schema_is_that_of_the_models(workspace: Workspace) -> None:
    with workspace.database.transaction() as connection:
        assert current(connection) == NEWEST == ScriptDirectory.from_config(config()).get_current_head()
        indexes.build(connection)  # as the first publication does
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_schema_that_two_make_at_once_is_made_once(workspace: Workspace) -> None:
    outcomes: list[str] = []

    def make() -> None:
        own = Database(workspace.database.dsn, "fresh")
        try:
            own.create()
            own.create()
            outcomes.append("made")
        finally:
            own.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert outcomes == ["made"] * 4
    tables = workspace.database.frame("select tablename from pg_tables where schemaname = 'fresh'")["tablename"]
    assert set(tables) == {*Base.metadata.tables, "alembic_version"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_what_is_copied_in_comes_out_as_it_was(workspace: Workspace, rows: list[tuple[Any, ...]]) -> None:
    schema = {"words": pl.String(), "list": pl.List(pl.String()), "at": INSTANT}
    with workspace.database.transaction() as connection:
        connection.execute(text("create temp table shelf (words text, list text[], at timestamptz) on commit drop"))
        copy(connection, "shelf", pl.DataFrame(rows, schema=schema, orient="row"))
        assert [tuple(row) for row in connection.execute(text("select * from shelf"))] == rows


def test_an_advisory_lock_is_seen_and_goes_with_its_holder(workspace: Workspace) -> None:
    other = Database(workspace.database.dsn)

    def free(name: str, *, shared: bool = False) -> bool:
        with other.transaction() as connection:
            return try_lock_transaction(connection, name, shared=shared)

    with workspace.database.lock("lane"):
        assert [free("lane"), free("lane", shared=True), free("another")] == [False, False, True]
    assert free("lane")
    with workspace.database.lock("shelf", shared=True), other.lock("shelf", shared=True):
        assert [free("shelf"), free("shelf", shared=True)] == [False, True]
    other.close()
