"""Servers that tests need: one Postgres for the session, a private database for each test.

VELOCITY_TEST_DATABASE_URL names a server to use instead of the embedded one.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine

import resources.database
from resources.database import Database
from resources.dsn import with_database
from resources.embedded import EmbeddedPostgres
from resources.storage import Storage
from resources.workspace import Workspace

# How long an example takes says nothing of what it shows. `--hypothesis-profile deep` looks at more of them, where a
# test names no number of its own, or names it by `tests.examples`.
settings.register_profile("quick", deadline=None, max_examples=50)
settings.register_profile("deep", deadline=None, max_examples=500)
settings.load_profile("quick")


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Engine]]:
    """The engines that a test, or a command in it, made under whatever settings: their connections end with it."""
    made: list[Engine] = []

    def opened(*args: Any, **options: Any) -> Engine:
        made.append(create_engine(*args, **options))
        return made[-1]

    monkeypatch.setattr(resources.database, "create_engine", opened)
    yield made
    for engine in made:
        engine.dispose()


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder with a short path, for the whole session."""
    with tempfile.TemporaryDirectory(prefix="vp") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def postgres_dsn(short_folder: Path) -> Iterator[str]:
    """DSN of a server on which databases can be created."""
    given = os.environ.get("VELOCITY_TEST_DATABASE_URL")
    if given:
        yield given
        return
    server = EmbeddedPostgres(short_folder / "postgres", durable=False)
    with server.hold() as dsn:
        yield dsn
    server.remove()


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[[str], EmbeddedPostgres]]:
    """Makes embedded servers for one test alone, in folders of the given names; removed afterwards."""
    made: list[EmbeddedPostgres] = []

    def make(name: str) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(tmp_path / name, durable=False))
        return made[-1]

    yield make
    for server in made:
        if server.root.is_dir():
            server.remove()


@pytest.fixture
def embedded(new_server: Callable[[str], EmbeddedPostgres]) -> EmbeddedPostgres:
    """An embedded server for one test alone, not started yet; removed afterwards."""
    return new_server("postgres")


@pytest.fixture(scope="session")
def template_database(postgres_dsn: str) -> str:
    """Name of a database with the newest schema, from which the private ones are copied."""
    name = f"template_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(f'create database "{name}"'.encode())
    database = Database(with_database(postgres_dsn, name))
    database.create()
    database.close()  # a database in use cannot be copied
    return name


@pytest.fixture
def database_url(postgres_dsn: str, template_database: str) -> Iterator[str]:
    """DSN of a database with the newest schema, for one test alone."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template_database}"'.encode())
    yield with_database(postgres_dsn, name)
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)'.encode())


@pytest.fixture
def workspace(database_url: str, tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace for one test alone."""
    made = Workspace(Database(database_url), Storage(str(tmp_path / "storage")))
    yield made
    made.database.close()
