"""Dagster on a named database, and a start that fails half-way."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from identity.errors import BadInputError, VelocityError
from resources.dsn import database_name, with_database
from velocity_pipelines.platform import children, databases, graphql, processes
from velocity_pipelines.platform.instance import dagster_instance
from velocity_pipelines.settings import Settings


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of the environment, as Dagster's own processes will read it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("VELOCITY_HOME", str(tmp_path))
    monkeypatch.setenv("VELOCITY_DATABASE_URL", database_url)
    monkeypatch.setenv("VELOCITY_WEBSERVER_PORT", str(port))
    yield Settings.read()
    name = f"{database_name(database_url)}_dagster"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)'.encode())


def test_dagster_gets_a_database_beside_ours(settings: Settings, database_url: str) -> None:
    wanted = with_database(database_url, f"{database_name(database_url)}_dagster")
    assert databases.dagster_dsn(settings) == wanted
    with psycopg.connect(wanted) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_the_instance_leaves_the_environment_alone(settings: Settings) -> None:
    before = dict(os.environ)
    with dagster_instance(settings) as instance:
        assert instance.get_runs() == []
        assert instance.get_dynamic_partitions(graphql.PARTITIONS) == []
        assert str(settings.home) in instance.root_directory
    assert dict(os.environ) == before


def test_a_wrong_password_is_told_without_it(settings: Settings, database_url: str) -> None:
    del settings
    wrong = database_url.replace(":", ":wrong-secret-", 2).replace(":wrong-secret-", ":", 1)
    named = Settings.read({"VELOCITY_DATABASE_URL": wrong})
    with pytest.raises(BadInputError) as refused:
        databases.dagster_dsn(named)
    assert refused.value.code == "database_unreachable"
    assert "wrong-secret" not in str(refused.value)


def test_a_start_that_fails_half_way_stops_what_it_started(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[children.Child] = []
    told: list[str] = []

    def broken(_url: str, _name: str) -> bool:
        started.extend(children.load(settings.home / "platform.json"))
        raise VelocityError("definitions_broken", "the definitions do not load")

    monkeypatch.setattr(graphql, "location_loaded", broken)
    with pytest.raises(VelocityError, match="do not load"):
        processes.up(settings, told.append)
    assert [child.name for child in started] == ["code-server", "webserver", "daemon"]
    assert not [p for child in started for p in child.family()]
    assert processes.webserver_url(settings) is None
    assert told == [
        "starting Postgres",
        "starting the code server",
        "starting webserver and daemon",
    ]
