"""The embedded server in its ordinary life: start, stop, restart; who is let in, and from where."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from resources.dsn import with_database
from resources.embedded import EmbeddedPostgres

NewServer = Callable[[str], EmbeddedPostgres]


def note(dsn: str, value: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("create table if not exists notes (value text primary key)")
        connection.execute("insert into notes values (%s)", [value])


def notes(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        return [row[0] for row in connection.execute("select value from notes order by value")]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One server for the tests that only look at it."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("running") / "postgres", durable=False)
    with server.hold():
        yield server
    server.remove()


def test_nothing_is_touched_before_use(embedded: EmbeddedPostgres) -> None:
    assert not embedded.status().running
    assert embedded.dsn() is None
    assert not embedded.root.exists()


def test_data_outlives_the_server(embedded: EmbeddedPostgres) -> None:
    dsn = embedded.start()
    assert embedded.start() == dsn == embedded.dsn()
    note(dsn, "first")
    first = embedded.status()
    assert first.running
    assert first.version == 18
    assert embedded.stop()
    assert not embedded.stop()
    assert embedded.dsn() is None
    assert first.pid is not None
    assert not psutil.pid_exists(first.pid)
    again = embedded.start()
    assert again == dsn  # the port is kept
    assert notes(again) == ["first"]


def test_both_databases_are_there_and_sort_by_bytes(running: EmbeddedPostgres) -> None:
    dsn = running.start()
    for name in ("velocity", "velocity_dagster"):
        with psycopg.connect(with_database(dsn, name)) as connection:
            rows = connection.execute("select v from unnest(array['a', 'B', 'é', 'Z', 'z']) v order by v").fetchall()
            assert [row[0] for row in rows] == ["B", "Z", "a", "z", "é"]
            assert connection.execute("show timezone").fetchone() == ("UTC",)


def test_the_password_is_asked_for(running: EmbeddedPostgres) -> None:
    dsn = running.start()
    parts = urlsplit(dsn)
    assert parts.password
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select rolpassword from pg_authid where rolname = 'velocity'").fetchone()
    assert row is not None
    assert row[0].startswith("SCRAM-SHA-256$")
    for wrong in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(dsn.replace(parts.password, wrong), connect_timeout=5)


def test_it_listens_on_loopback_alone(running: EmbeddedPostgres) -> None:
    running.start()
    status = running.status()
    assert status.pid is not None
    process = psutil.Process(status.pid)
    listening = [c.laddr for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", status.port)]
    assert not [c for c in process.net_connections("unix") if c.laddr]


def test_the_password_is_shown_to_its_owner_alone(running: EmbeddedPostgres) -> None:
    dsn = running.start()
    file = running.root / "state.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    password = json.loads(file.read_text())["password"]
    assert password in dsn
    status = running.status()
    assert status.pid is not None
    assert password not in " ".join(psutil.Process(status.pid).cmdline())
    assert password not in (running.root / "postgres.log").read_text()
    assert password not in repr(running.__dict__)


def test_values_stay_out_of_the_log(running: EmbeddedPostgres) -> None:
    dsn = running.start()
    note(dsn, "ada@example.com")
    with pytest.raises(psycopg.errors.UniqueViolation):
        note(dsn, "ada@example.com")
    with psycopg.connect(dsn) as connection, pytest.raises(psycopg.errors.InvalidTextRepresentation):
        connection.execute("select 'ada@example.com'::int")
    log = (running.root / "postgres.log").read_text()
    assert "ready to accept" in log
    assert "example.com" not in log


def test_any_folder_will_do(new_server: NewServer) -> None:
    names = ["with space", "Zürich 北京", "quote'\"$HOME`x`;", "l" * 120, "m" * 120]
    with new_server("/".join(names)).hold() as dsn:
        note(dsn, "here")
        assert notes(dsn) == ["here"]


def test_data_is_forced_to_the_disk_unless_told_otherwise(tmp_path: Path, running: EmbeddedPostgres) -> None:
    durable = EmbeddedPostgres(tmp_path / "durable")
    for server, value in ((durable, "on"), (running, "off")):
        with server.hold() as dsn, psycopg.connect(dsn) as connection:
            assert connection.execute("show fsync").fetchone() == (value,)
    durable.remove()


def test_a_home_can_be_moved(embedded: EmbeddedPostgres, new_server: NewServer) -> None:
    with embedded.hold() as dsn:
        note(dsn, "moved")
    moved = new_server("elsewhere")
    embedded.root.rename(moved.root)
    with embedded.hold(), moved.hold() as dsn:  # a new home at the old path leaves the moved one alone
        assert notes(dsn) == ["moved"]


def test_removing_leaves_nothing(embedded: EmbeddedPostgres) -> None:
    embedded.start()
    before = embedded.status()
    embedded.remove()
    assert before.pid is not None
    assert before.data is not None
    assert not psutil.pid_exists(before.pid)
    assert not before.data.exists()
    with embedded.hold() as dsn, psycopg.connect(dsn) as connection:
        assert connection.execute("select to_regclass('notes')").fetchone() == (None,)
