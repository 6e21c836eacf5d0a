"""A small supervisor around the programs of Postgres: start, find, stop, and hold while in use.

TCP on loopback with SCRAM and a random password. The server outlives the command that started it, and a killed one is
recovered at the next start.

Not here: where data and programs are (`resources.embedded.place`), what is done to a data folder
(`resources.embedded.cluster`), and who counts as a user (`resources.embedded.holders`).
"""

from __future__ import annotations

import atexit
import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from identity.errors import BadInputError, VelocityError
from resources.embedded import cluster, moving, place, ports, postmaster
from resources.embedded import state as states
from resources.embedded.binaries import MAJOR
from resources.embedded.holders import Holders
from resources.embedded.place import Place
from resources.embedded.postmaster import Postmaster
from resources.embedded.programs import Programs
from resources.embedded.state import State

PATIENCE = 10.0  # seconds
# Orphans of a killed server are still there; a port was taken in the very moment it was chosen; a command that was
# killed had started a server before.
PASSING = ("shared memory block", "TCP/IP sockets", "lock file")


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What is known of the server: `pid` and `port` while it runs, `version` and `data` since its first start."""

    running: bool
    pid: int | None
    port: int | None
    version: int | None
    data: Path | None


class EmbeddedPostgres:
    """The server of one root folder, `port` if it must be at a certain one. Nothing is touched before it is used.

    Data that is made with `durable=False`, for tests, is never forced to the disk.

    Bad input and the state of the machine are `BadInputError`: `home_unusable`, `disk_full`, `port_in_use`,
    `postgres_version` and others of this package.
    """

    def __init__(self, root: Path, port: int | None = None, *, durable: bool = True) -> None:
        self.root, self._fixed_port, self._durable = root.absolute(), port, durable
        self._holders = Holders(self.root)

    # --- use -----------------------------------------------------------------------------------------------------

    @contextmanager
    def hold(self) -> Iterator[str]:
        """Use the server for the length of a block; its DSN."""
        dsn = self.acquire()
        try:
            yield dsn
        finally:
            self.release()

    def acquire(self) -> str:
        """Count as a user and start the server if need be; its DSN."""
        with self._lock():
            self._holders.join()
            try:
                return self._start()
            except BaseException:
                self._holders.leave()
                raise

    def release(self) -> None:
        """Count as a user no more; the last one stops the server, unless it is kept."""
        if not self.root.exists():
            return
        with self._lock():
            if self._holders.leave():
                self._stop()

    def acquire_for_process(self) -> str:
        """Count as a user until this process ends; the DSN."""
        dsn = self.acquire()
        atexit.register(self.release)
        return dsn

    def keep(self, *, on: bool) -> None:
        """On: start the server and let it stay when its last user leaves. This lasts until `off`, or until it stops."""
        with self._lock():
            if on:
                self._start()
            self._holders.keep(on=on)

    # --- state ---------------------------------------------------------------------------------------------------

    def start(self) -> str:
        """Start the server unless it runs; its libpq DSN."""
        with self._lock():
            return self._start()

    def stop(self) -> bool:
        """Stop the server, whoever uses it; False if it did not run."""
        with self._lock():
            return self._stop()

    def remove(self) -> None:
        """Stop the server and delete its data."""
        with self._lock():
            known = place.find(self.root)
            if known:
                place.remove(known)
            for name in ("stage", states.FILE):
                (self.root / name).unlink(missing_ok=True)

    def move(self) -> int | None:
        """Bring data of an older major version to this one; the old version, None if there was nothing to move."""
        with self._lock():
            known = place.find(self.root)
            return moving.move(known, states.load(self.root), self.root) if known else None

    def dsn(self) -> str | None:
        """The DSN of the running server, None if it does not run."""
        with _clearly(self.root):
            running, known = self._running(), states.load(self.root)
        return known.dsn(running.port, cluster.DATABASES[0]) if running and running.ready and known else None

    def status(self) -> ServerStatus:
        """Whether the server runs, and where."""
        with _clearly(self.root):
            known, running = place.find(self.root), self._running()
            data = known.data if known and known.data.exists() else None
            version = cluster.version(data) if data else None
        pid, port = (running.pid, running.port) if running else (None, None)
        return ServerStatus(running is not None, pid, port, version, data)

    # --- under the lock ------------------------------------------------------------------------------------------

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One process at a time."""
        with _clearly(self.root):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self.root / "start.lock", timeout=2 * cluster.START_SECONDS, mode=0o600):
                yield

    def _running(self) -> Postmaster | None:
        known = place.find(self.root)
        return postmaster.find(known.data) if known else None

    def _start(self) -> str:
        where, known = place.find(self.root) or place.make(self.root), states.load(self.root)
        running = postmaster.wait_ready(where.data, cluster.START_SECONDS)
        if running is None or known is None:
            known, running = self._bring_up(where, known)
        return known.dsn(running.port, cluster.DATABASES[0])

    def _stop(self) -> bool:
        known = place.find(self.root)
        self._holders.keep(on=False)
        return known is not None and postmaster.stop(known.data)

    def _bring_up(self, where: Place, known: State | None) -> tuple[State, Postmaster]:
        self._stop()  # if it runs, then nobody has its password any more
        moving.finish(where)
        programs = where.programs(MAJOR)
        if not where.data.exists():
            known = State()
            cluster.create(programs, where.data, known.password, durable=self._durable)
        moving.check_version(where, self.root)
        if known is None:
            known = State()
            cluster.set_password(programs, where.data, known.password)
        known, running = self._launch(programs, where.data, known)
        states.save(self.root, known)
        return known, running

    def _launch(self, programs: Programs, data: Path, known: State) -> tuple[State, Postmaster]:
        deadline = time.monotonic() + PATIENCE
        while True:
            known = known.with_port(ports.choose(self._fixed_port, known.port))
            try:
                return known, cluster.launch(programs, data, known.port, self.root / "postgres.log")
            except VelocityError as error:
                passing = any(word in error.message for word in PASSING)
                if not passing or time.monotonic() > deadline:
                    raise
            running = postmaster.wait_ready(data, cluster.START_SECONDS)
            if running:
                return known.with_port(running.port), running
            postmaster.end_orphans(data)
            time.sleep(0.1)


@contextmanager
def _clearly(root: Path) -> Iterator[None]:
    """What the file system refuses becomes one clear line."""
    try:
        yield
    except Timeout:
        raise VelocityError("postgres_busy", "another command starts or stops Postgres", "try again") from None
    except OSError as error:
        if os.strerror(errno.ENOSPC) in str(error):
            raise BadInputError("disk_full", f"{root}: no space left on the disk", "free some and try again") from None
        hint = "set VELOCITY_HOME to a folder that you may write, or give this one back to your account"
        what = f"{error.filename or root}: {error.strerror or 'cannot be copied'}"
        raise BadInputError("home_unusable", what, hint) from None
