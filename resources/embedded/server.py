"""A small supervisor around the programs of Postgres: start, find, stop, and hold while in use.

TCP on loopback with SCRAM and a random password; no unix socket, whose path may be too long. The server outlives the
command that started it, and a killed one is recovered at the next start.

Not here: where the programs come from (`resources.embedded.binaries`), and who counts as a user
(`resources.embedded.holders`).
"""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from filelock import FileLock

from identity.errors import BadInputError, VelocityError
from resources.embedded import state as states
from resources.embedded.account import Account, server_account, stage
from resources.embedded.binaries import MAJOR, wheel_folders
from resources.embedded.holders import Holders
from resources.embedded.state import State

DATABASES = ("velocity", "velocity_dagster")
START_SECONDS = 60.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_wal_size": "2GB",
    "password_encryption": "scram-sha-256",
}


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What is known of the server; `port` and `pid` only while it runs."""

    running: bool
    pid: int | None
    port: int | None
    version: int
    data: Path | None


class EmbeddedPostgres:
    """The server of one root folder. Nothing is touched before `start`, `acquire` or `hold`."""

    def __init__(self, root: Path, port: int | None = None) -> None:
        self.root, self._wanted_port = root.absolute(), port
        self._account: Account = server_account()
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
            return self._start()

    def release(self) -> None:
        """Count as a user no more; the last one stops the server, unless it is kept."""
        with self._lock():
            if self._holders.leave():
                self._stop()

    def acquire_for_process(self) -> str:
        """Count as a user until this process ends."""
        dsn = self.acquire()
        atexit.register(self.release)
        return dsn

    def keep(self, on: bool) -> None:
        """Whether the server stays when its last user leaves."""
        with self._lock():
            self._holders.keep(on)

    # --- state ---------------------------------------------------------------------------------------------------

    def start(self) -> str:
        """Start the server unless it runs; its DSN."""
        with self._lock():
            return self._start()

    def stop(self) -> bool:
        """Stop the server, whoever uses it; False if it did not run."""
        with self._lock():
            return self._stop()

    def dsn(self) -> str | None:
        """The DSN of the running server, None if it does not run."""
        known = states.load(self.root)
        return _dsn(known) if known and self._answers(known) else None

    def status(self) -> ServerStatus:
        """Whether the server runs, and where."""
        known = states.load(self.root)
        running = known is not None and self._answers(known)
        pid = _postmaster(known.data) if known and running else None
        return ServerStatus(running, pid, known.port if known and running else None, MAJOR, known.data if known else None)

    # --- under the lock ------------------------------------------------------------------------------------------

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(self.root / "start.lock")
            lock.acquire(timeout=2 * START_SECONDS)
        except OSError as error:
            hint = "choose another VELOCITY_HOME, or free some space"
            raise BadInputError("home_unwritable", f"{self.root} cannot be written: {error.strerror}", hint) from None
        try:
            yield
        finally:
            lock.release()

    def _start(self) -> str:
        known = states.load(self.root) or self._first()
        if self._answers(known):
            return _dsn(known)
        programs = self._programs(Path(known.stage))
        self._check_version(known.data)
        if not (known.data / "PG_VERSION").exists():
            self._initialise(programs, known)
        _forget_foreign_pid(known.data)
        known = known.with_port(self._port(known.port))
        states.save(self.root, known)
        self._launch(programs, known)
        _create_databases(known)
        return _dsn(known)

    def _stop(self) -> bool:
        known = states.load(self.root)
        if known is None or _postmaster(known.data) is None:
            return False
        programs = self._programs(Path(known.stage))
        self._run([programs / "pg_ctl", "stop", "-D", known.data, "-m", "fast", "-w", "-t", "60"])
        return True

    def _first(self) -> State:
        """A new state; what was left of a root that was deleted since is stopped and removed."""
        for old in states.abandoned(self.root):
            pid = _postmaster(old / "data")
            if pid is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    server = psutil.Process(pid)
                    server.terminate()
                    server.wait(START_SECONDS)
            states.discard(old)
        known = states.fresh(self.root, self._account)
        states.save(self.root, known)
        return known

    def _programs(self, into: Path) -> Path:
        """The folder of the programs; as root they are staged where the server's account can reach them."""
        install, libraries = wheel_folders()
        if not self._account.other:
            return install / "bin"
        package = self._account.folder(into / "programs" / install.parent.name)
        self._account.own(into / "programs")
        stage(libraries, into / "programs" / libraries.name, self._account)
        stage(install, package / install.name, self._account)
        return package / install.name / "bin"

    def _check_version(self, data: Path) -> None:
        marker = data / "PG_VERSION"
        if not marker.exists():
            return
        found = marker.read_text().strip()
        if found != str(MAJOR):
            raise BadInputError(
                "postgres_version",
                f"the data in {data} is of Postgres {found}, this release runs {MAJOR}",
                f"with the release before: `velocity up` and `pg_dumpall -d \"$DSN\" > all.sql`; then move {self.root}"
                " away, `velocity up` with this release and `psql -d \"$DSN\" -f all.sql`",
            )

    def _initialise(self, programs: Path, known: State) -> None:
        secret = Path(known.stage) / "initdb.password"
        secret.touch(mode=0o600)
        secret.write_text(known.password)
        self._account.own(secret)
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        login = ["-U", "velocity", "--auth=scram-sha-256", f"--pwfile={secret}"]
        try:
            self._run([programs / "initdb", "-D", known.data, *login, *locale])
        finally:
            secret.unlink(missing_ok=True)
        lines = [f"{name} = '{value}'" for name, value in SETTINGS.items()]
        with (known.data / "postgresql.conf").open("a") as stream:
            stream.write("\n".join(["", "# set by Velocity Pipelines", *lines, ""]))

    def _port(self, before: int) -> int:
        """The wanted port, else the one of the last start if it is free, else a free one."""
        if self._wanted_port is not None:
            if not _free(self._wanted_port):
                hint = "stop what uses it, or set another VELOCITY_POSTGRES_PORT"
                raise BadInputError("port_in_use", f"port {self._wanted_port} is in use", hint)
            return self._wanted_port
        return before if before and _free(before) else _free_port()

    def _launch(self, programs: Path, known: State) -> None:
        log = Path(known.stage) / "postgres.log"
        command = [programs / "pg_ctl", "start", "-D", known.data, "-l", log, "-w", "-t", "60", "-o", f"-p {known.port}"]
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._run(command)
                break
            except VelocityError:
                # After a kill -9 the orphaned backends of the old server need a moment to see that it is gone.
                if time.monotonic() > deadline or "shared memory block" not in _tail(log):
                    raise
                time.sleep(0.5)
        if not self._answers(known):
            raise VelocityError("postgres_failed", "Postgres started but does not let us in", f"see {log}")

    def _answers(self, known: State) -> bool:
        """Whether our server runs there and lets us in."""
        if not known.port or _postmaster(known.data) is None:
            return False
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and _postmaster(known.data) is not None:
            try:
                with psycopg.connect(_dsn(known, "postgres"), connect_timeout=5):
                    return True
            except psycopg.OperationalError as error:
                if "starting up" not in str(error) and "recovery" not in str(error):
                    return False
                time.sleep(0.2)
        return False

    def _run(self, command: Sequence[str | Path]) -> None:
        """Run one of the programs under the server's account; `postgres_failed` with its last words."""
        switch = {"user": self._account.uid, "group": self._account.gid, "extra_groups": []} if self._account.other else {}
        environ = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        with subprocess.Popen(
            [str(part) for part in command],
            cwd="/",
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            **switch,  # type: ignore[call-overload]
        ) as process:
            output = process.communicate()[0] if "start" not in command else _wait_detached(process)
        if process.returncode:
            words = output.strip().splitlines()
            reason = words[-1] if words else "no reason given"
            raise VelocityError("postgres_failed", f"{Path(command[0]).name} failed: {reason}", "see postgres.log")


def _wait_detached(process: subprocess.Popen[str]) -> str:
    """Wait for `pg_ctl start` alone: the server that it leaves behind keeps the pipe open."""
    process.wait()
    return ""


def _dsn(known: State, database: str = DATABASES[0]) -> str:
    return f"postgresql://velocity:{known.password}@127.0.0.1:{known.port}/{database}"


def _postmaster(data: Path) -> int | None:
    """The pid of the server that has this data folder open, None if there is none."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        alive = process.status() != psutil.STATUS_ZOMBIE and process.name().startswith("postgres")
    except (OSError, ValueError, psutil.Error):
        return None
    return pid if alive else None


def _forget_foreign_pid(data: Path) -> None:
    """After a crash the pid may belong to another program by now, which Postgres would take for a running server."""
    if _postmaster(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)


def _create_databases(known: State) -> None:
    with psycopg.connect(_dsn(known, "postgres"), autocommit=True) as connection:
        there = {row[0] for row in connection.execute("select datname from pg_database")}
        for name in DATABASES:
            if name not in there:
                connection.execute(f'create database "{name}"'.encode())


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tail(log: Path) -> str:
    try:
        return log.read_text(errors="replace")[-2000:]
    except OSError:
        return ""
