"""Who uses the embedded server, over several processes: one server for all, and the last one stops it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from resources.embedded import EmbeddedPostgres

USER = """
import sys
from pathlib import Path
from resources.embedded import EmbeddedPostgres
print(EmbeddedPostgres(Path(sys.argv[1]), durable=False).acquire_for_process(), flush=True)
sys.stdin.read()
"""
FORK = """
import os, signal, sys, time
from pathlib import Path
from resources.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
dsn = server.acquire()
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    server.release()
    os.write(writer, b"released")
    time.sleep(60)
os.read(reader, 8)
assert server.dsn() == dsn
server.release()
assert server.dsn() is None
with server.hold():  # though the child has the lock's file open still
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""
CHECKOUT = Path(__file__).parents[2]


class User:
    """A process that uses the server until it is told to end."""

    def __init__(self, root: Path) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", USER, str(root)]
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=CHECKOUT, text=True)

    def dsn(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self, number: int | None = None) -> None:
        if number is not None:
            self.process.send_signal(number)
        self.process.communicate(timeout=30)


@pytest.fixture
def users(embedded: EmbeddedPostgres) -> Iterator[list[User]]:
    started = [User(embedded.root) for _ in range(3)]
    yield started
    for user in started:
        if user.process.poll() is None:
            user.end(signal.SIGKILL)


def test_users_at_once_get_one_server_and_the_last_one_stops_it(embedded: EmbeddedPostgres, users: list[User]) -> None:
    assert len({user.dsn() for user in users}) == 1
    pid = embedded.status().pid
    for user in users[:-1]:
        user.end()
        assert embedded.status().pid == pid
    users[-1].end()
    assert not embedded.status().running


def test_a_killed_user_does_not_count_and_what_it_left_is_used_again(
    embedded: EmbeddedPostgres, users: list[User]
) -> None:
    dsns = {user.dsn() for user in users}
    pid = embedded.status().pid
    for user in users:
        user.end(signal.SIGKILL)
    assert embedded.status().pid == pid
    with embedded.hold() as dsn:
        assert dsns == {dsn}
        assert embedded.status().pid == pid
    assert not embedded.status().running


def test_it_stays_while_it_is_kept(embedded: EmbeddedPostgres, users: list[User]) -> None:
    for user in users:
        user.dsn()
    embedded.keep(on=True)
    for user in users:
        user.end()
    assert embedded.status().running
    with embedded.hold() as dsn, psycopg.connect(dsn) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert embedded.status().running
    embedded.keep(on=False)
    with embedded.hold():
        pass
    assert not embedded.status().running


def test_keeping_ends_with_the_server(embedded: EmbeddedPostgres) -> None:
    embedded.keep(on=True)
    assert embedded.status().running
    embedded.stop()
    with embedded.hold():
        pass
    assert not embedded.status().running


def test_one_process_may_use_it_twice(embedded: EmbeddedPostgres) -> None:
    with embedded.hold() as outer:
        with embedded.hold() as inner:
            assert inner == outer
        assert embedded.dsn() == outer
    assert embedded.dsn() is None


def test_a_forked_child_has_no_say_in_its_parents_use(embedded: EmbeddedPostgres) -> None:
    done = subprocess.run([sys.executable, "-c", FORK, str(embedded.root)], cwd=CHECKOUT, check=False, timeout=60)
    assert done.returncode == 0
    assert not embedded.status().running
