"""The embedded server after accidents: killed, its port or pid taken by others, its state file lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from identity.errors import BadInputError, VelocityError
from resources.embedded import EmbeddedPostgres, cluster, place
from resources.embedded.binaries import MAJOR
from resources.embedded.ports import free_port
from resources.embedded.programs import Programs

NewServer = Callable[[str], EmbeddedPostgres]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's server has a stage outside of the home")


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One server that lives through every accident that leaves its data whole."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("survivor") / "postgres", durable=False)
    yield server
    server.remove()


def write(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("create table if not exists kept as select 42 as value")


def kept(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        return connection.execute("select value from kept").fetchall() == [(42,)]


def kill(server: EmbeddedPostgres) -> int:
    pid = server.status().pid
    assert pid is not None
    process = psutil.Process(pid)
    process.send_signal(signal.SIGKILL)
    with contextlib.suppress(psutil.TimeoutExpired):
        process.wait(5)
    return pid


def data_of(server: EmbeddedPostgres) -> Path:
    data = server.status().data
    assert data is not None
    return data


def launching(server: EmbeddedPostgres) -> tuple[Programs, Path, int, Path]:
    where = place.find(server.root)
    assert where is not None
    return where.programs(MAJOR), where.data, free_port(), server.root / "postgres.log"


def test_a_killed_server_is_recovered(survivor: EmbeddedPostgres) -> None:
    write(survivor.start())
    pid = kill(survivor)
    assert survivor.dsn() is None
    assert not survivor.status().running
    assert kept(survivor.start())
    assert survivor.status().pid != pid


def test_a_recovery_that_takes_long_is_waited_for_by_the_next_start(
    survivor: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(survivor.start())
    kill(survivor)
    with monkeypatch.context() as patch:
        patch.setattr(cluster, "START_SECONDS", 0.0)
        with pytest.raises(VelocityError) as slow:
            cluster.launch(*launching(survivor))
    assert slow.value.code == "postgres_slow"
    assert kept(survivor.start())


def test_orphans_of_a_killed_server_do_not_hold_up_the_next(survivor: EmbeddedPostgres) -> None:
    dsn = survivor.start()
    write(dsn)

    def busy() -> None:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(dsn) as connection:
            connection.execute("set max_parallel_workers_per_gather = 0")
            connection.execute("select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b")

    worker = threading.Thread(target=busy)
    worker.start()
    time.sleep(0.5)
    kill(survivor)
    began = time.monotonic()
    assert kept(survivor.start())
    assert time.monotonic() - began < 10
    worker.join(10)
    assert not worker.is_alive()


def test_a_pid_that_another_program_has_by_now_is_no_server(survivor: EmbeddedPostgres, new_server: NewServer) -> None:
    write(survivor.start())
    data = data_of(survivor)
    lines = (data / "postmaster.pid").read_text()
    survivor.stop()
    other = new_server("other")
    with other.hold():
        taken = other.status().pid
        (data / "postmaster.pid").write_text(str(taken) + lines[lines.index("\n") :])
        assert not survivor.status().running
        assert not survivor.stop()
        assert other.status().running
        assert kept(survivor.start())
        survivor.stop()
        assert other.status().pid == taken


def test_a_port_that_was_taken_meanwhile_is_given_up(survivor: EmbeddedPostgres) -> None:
    write(survivor.start())
    before = survivor.status().port
    kill(survivor)
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", before))
        thief.listen()
        assert kept(survivor.start())
        assert survivor.status().port != before


@pytest.mark.parametrize(("damage", "running"), [("lost", True), ("torn", False)])
def test_a_lost_password_is_set_anew(survivor: EmbeddedPostgres, damage: str, running: bool) -> None:
    before = survivor.start()
    write(before)
    if not running:
        survivor.stop()
    file = survivor.root / "state.json"
    if damage == "lost":
        file.unlink()
    else:
        file.write_text(file.read_text()[:10])
    after = survivor.start()
    assert after != before
    assert kept(after)


def test_a_first_start_that_was_cut_off_is_begun_again(
    embedded: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cluster, "_alone", cut_off)
        with pytest.raises(KeyboardInterrupt):
            embedded.start()
    assert embedded.status().data is None
    write(embedded.start())


@as_root
def test_the_stage_of_a_deleted_home_is_swept(embedded: EmbeddedPostgres, new_server: NewServer) -> None:
    embedded.start()
    left = embedded.status()
    shutil.rmtree(embedded.root)
    new_server("other").start()
    assert left.pid is not None
    assert left.data is not None
    assert not psutil.pid_exists(left.pid)
    assert not left.data.parent.exists()


@as_root
def test_a_stage_that_is_gone_is_not_replaced_by_an_empty_one(survivor: EmbeddedPostgres) -> None:
    survivor.start()
    data = data_of(survivor)
    survivor.stop()
    moved = data.parent.rename(data.parent.with_name("test-moved"))
    try:
        with pytest.raises(BadInputError) as refused:
            survivor.start()
        assert refused.value.code == "data_lost"
    finally:
        moved.rename(data.parent)
    assert survivor.start()
