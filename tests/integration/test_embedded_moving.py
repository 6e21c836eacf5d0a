"""Data of an older Postgres: refused by a start, moved by the very command that the refusal names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest

from identity.errors import BadInputError
from resources.embedded import EmbeddedPostgres, cluster, moving, place, postmaster
from resources.embedded.place import Place
from resources.embedded.ports import free_port
from resources.embedded.state import State, save

OLD = 16
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def old(embedded: EmbeddedPostgres) -> Place:
    """A home with data that the older programs wrote."""
    embedded.root.mkdir()
    made, state = place.make(embedded.root), State()
    programs = made.programs(OLD)
    secret = made.folder / "data.secret"
    secret.write_text(state.password)
    made.account.own(secret)
    login = ["-U", "velocity", "--auth=scram-sha-256", f"--pwfile={secret}"]
    programs.run("initdb", ["-D", made.data, *login, "--encoding=UTF8", "--locale=C"])
    save(embedded.root, state)
    running = cluster.launch(programs, made.data, free_port(), embedded.root / "postgres.log")
    with psycopg.connect(state.dsn(running.port, "postgres"), autocommit=True) as connection:
        connection.execute("create database velocity")
    with psycopg.connect(state.dsn(running.port, "velocity")) as connection:
        connection.execute("create table kept as select 42 as value")
    postmaster.stop(made.data)
    return made


def kept(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        return connection.execute("select value from kept").fetchall() == [(42,)]


def test_the_refusal_names_the_command_that_moves(embedded: EmbeddedPostgres, old: Place) -> None:
    with pytest.raises(BadInputError) as refused:
        embedded.start()
    assert refused.value.code == "postgres_version"
    assert "Postgres 16, this release runs 18" in refused.value.message
    command = refused.value.hint.removeprefix("move it with: ")
    done = subprocess.run(command, shell=True, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "moved from Postgres 16" in done.stdout
    assert kept(embedded.start())
    assert embedded.status().version == 18
    assert (old.folder / "data-16").exists()
    assert embedded.move() is None


def test_a_move_that_fails_changes_nothing(
    embedded: EmbeddedPostgres, old: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise BadInputError("disk_full", "no space left on the disk")

    with monkeypatch.context() as patch:
        patch.setattr(moving, "_restore", fails)
        with pytest.raises(BadInputError, match="no space"):
            embedded.move()
    assert cluster.version(old.data) == OLD
    assert not list(old.folder.glob("data.*s"))
    assert embedded.move() == OLD
    assert kept(embedded.start())


def test_a_move_that_was_cut_off_at_the_end_is_finished_by_the_next_start(
    embedded: EmbeddedPostgres, old: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(moving, "finish", lambda _: None)
        embedded.move()
    assert not old.data.exists()
    assert kept(embedded.start())
