"""The schema is that of the models, whoever makes it; what is copied in comes out again."""

from __future__ import annotations

import datetime as dt
import json
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
from identity.sections import MONEY
from resources import indexes
from resources.database import Database, copy, try_lock_transaction
from resources.migrations import NEWEST, config, current
from resources.tables import Base
from resources.workspace import Workspace

TEXT = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8))
ITEMS = st.text(st.sampled_from(list(',{}"\\ \n\tNULaé')), max_size=6)
WHEN = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9998, 12, 30), timezones=st.just(dt.UTC))
AMOUNTS = st.decimals(min_value=-(10**20), max_value=10**20, places=9)
KINDS: dict[str, tuple[str, pl.DataType, st.SearchStrategy[Any]]] = {  # column: its type here and there, and values
    "words": ("text", pl.String(), TEXT),
    "list": ("text[]", pl.List(pl.String()), st.lists(ITEMS, max_size=3)),
    "at": ("timestamptz", INSTANT, WHEN),
    "many": ("bigint", pl.Int64(), st.integers(-(2**63), 2**63 - 1)),
    "yes": ("boolean", pl.Boolean(), st.booleans()),
    "share": ("double precision", pl.Float64(), st.floats(allow_nan=False)),
    "amount": ("numeric(38, 9)", MONEY, AMOUNTS),
    "said": ("json", pl.String(), TEXT.map(json.dumps)),
}
ROWS = st.lists(st.tuples(*(st.none() | values for _, _, values in KINDS.values())), max_size=6)


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
    columns = ", ".join(f"{name} {there}" for name, (there, _, _) in KINDS.items())
    given = pl.DataFrame(rows, schema={name: here for name, (_, here, _) in KINDS.items()}, orient="row")
    with workspace.database.transaction() as connection:
        connection.execute(text(f"create temp table shelf ({columns}) on commit drop"))
        copy(connection, "shelf", given)
        found = [tuple(row) for row in connection.execute(text("select *, said::text as said from shelf"))]
    assert [row[: len(KINDS) - 1] + row[-1:] for row in found] == rows


def test_a_list_that_is_null_but_keeps_its_values_comes_in_as_null(workspace: Workspace) -> None:
    lists = pl.DataFrame({"list": [["a", "b"], ["c"], []]}).with_columns(
        pl.when(pl.col("list").list.len() < 2).then("list")
    )
    with workspace.database.transaction() as connection:
        connection.execute(text("create temp table shelf (list text[]) on commit drop"))
        copy(connection, "shelf", pl.concat([lists, lists]))
        assert connection.execute(text("select list from shelf")).scalars().all() == [None, ["c"], []] * 2


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
