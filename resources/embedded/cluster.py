"""A data folder of Postgres: made, given its password, opened by a server.

Not here: which port, and when (`resources.embedded.server`).
"""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

import psutil

from resources.embedded import postmaster
from resources.embedded.postmaster import Postmaster
from resources.embedded.programs import Programs, failure

START_SECONDS = 120.0  # crash recovery of much unfinished work takes its time
DATABASES = ("velocity", "velocity_dagster")
DEFAULTS = {  # to tune
    "max_connections": "200",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",  # no disk has an arm any more
    "timezone": "UTC",
}
CACHE_MB = (128, 1024)  # shared_buffers: an eighth of the memory, within these
ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path is limited to 107 bytes
    "password_encryption": "scram-sha-256",
    "log_timezone": "UTC",
    # Nothing personal in the log: neither statements nor errors, which quote values.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "wal_recycle": "off",  # what was erased is in no segment that is kept for later
}
ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"
LOG_BYTES = 10_000_000


def version(data: Path) -> int:
    """The major version that wrote the data."""
    return int((data / "PG_VERSION").read_text())


def create(programs: Programs, data: Path, password: str, *, durable: bool = True) -> None:
    """Make the data folder with its databases; it appears as a whole or not at all.

    Not durable: nothing is ever forced to the disk, so that a crash of the machine may damage the data.
    """
    part = data.with_name(f"{data.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    hasty = [] if durable else ["--no-sync", "-c", "fsync=off"]
    try:
        programs.run("initdb", ["-D", part, "-U", "velocity", "--auth=reject", *locale, *_options(_defaults()), *hasty])
        (part / "pg_hba.conf").write_text(ACCESS)
        databases = [f"create database {name}" for name in DATABASES]
        _alone(programs, part, [_password(password), *databases])
        part.rename(data)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def set_password(programs: Programs, data: Path, password: str) -> None:
    """Give a stopped server another password."""
    _alone(programs, data, [_password(password)])


def launch(programs: Programs, data: Path, port: int, log: Path) -> Postmaster:
    """Start the server and wait until it takes connections; it outlives this process. Fails with its last words."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    postmaster.forget_foreign_pid(data)
    before = log.stat().st_size if log.exists() else 0
    with log.open("ab") as stream:
        process = programs.spawn("postgres", ["-D", data, "-p", str(port), *_options(ALWAYS)], stream)
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        running = postmaster.find(data)
        if running and running.ready:
            process.returncode = 0  # it outlives us on purpose: nobody is to warn that it still runs
            return running
        if time.monotonic() > deadline:
            process.returncode = 0  # left to its recovery, for which the next start waits
            raise postmaster.slow()
        time.sleep(0.02)
    raise failure("postgres", _since(log, before))


def _alone(programs: Programs, data: Path, statements: list[str]) -> None:
    """Carry out statements without a server; nothing else can be connected."""
    postmaster.forget_foreign_pid(data)
    quiet = _options({"exit_on_error": "on", "log_min_error_statement": "panic"})
    feed = "".join(f"{statement};\n\n" for statement in statements)
    programs.run("postgres", ["--single", "-j", "-D", data, *quiet, "postgres"], feed)


def _password(password: str) -> str:
    return f"alter role velocity password '{password}'"


def _defaults() -> dict[str, str]:
    least, most = CACHE_MB
    return {**DEFAULTS, "shared_buffers": f"{min(max(_memory() // 2**20 // 8, least), most)}MB"}


def _memory() -> int:
    """Bytes that this machine, or the container that it is, may use."""
    limits = [psutil.virtual_memory().total]
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # absent, or `max`
            limits.append(int(Path(file).read_text()))
    return min(limits)


def _options(settings: dict[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _since(log: Path, start: int) -> str:
    with log.open("rb") as stream:
        stream.seek(start)
        return stream.read().decode(errors="replace")
