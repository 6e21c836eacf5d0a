"""Data of another major version: refused by a start, brought to ours by dump and restore.

Not here: starts of today's version (`resources.embedded.server`).
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from identity.errors import BadInputError
from resources.embedded import cluster, postmaster
from resources.embedded.binaries import FOLDERS, MAJOR
from resources.embedded.place import Place
from resources.embedded.ports import free_port
from resources.embedded.programs import Programs
from resources.embedded.state import State, save

DATABASES = "select datname from pg_database where not datistemplate and datname <> 'postgres'"


def check_version(place: Place, root: Path) -> None:
    """`postgres_version` with the command that helps, if the data is of another major version than ours."""
    found = cluster.version(place.data)
    if found == MAJOR:
        return
    command = f"{shlex.quote(sys.executable)} -m resources.embedded {shlex.quote(str(root))}"
    hint = f"move it with: {command}" if found in FOLDERS else "use a release that has both, or import anew elsewhere"
    raise BadInputError("postgres_version", f"the database is of Postgres {found}, this release runs {MAJOR}", hint)


def move(place: Place, state: State | None, root: Path) -> int | None:
    """Dump with the old programs, restore with ours; the old version, None if there is nothing to move.

    The old data is left in place under `data-<version>`. Nothing has changed if this fails.
    """
    old = cluster.version(place.data)
    if old == MAJOR:
        return None
    if old not in FOLDERS:
        check_version(place, root)
    state, new = state or State(), place.folder / "data.new"
    dumps = place.folder / "data.dumps"
    _clear(new, dumps)
    place.account.folder(dumps)
    postmaster.stop(place.data)
    cluster.set_password(place.programs(old), place.data, state.password)
    try:
        names = _dump(place, state, dumps, root / "postgres.log")
        _restore(place, new, state, [dumps / name for name in names], root / "postgres.log")
        save(root, state)
        place.data.rename(place.folder / f"data-{old}")
        finish(place)
    finally:
        _clear(dumps)
    return old


def finish(place: Place) -> None:
    """Put restored data in its place, also when a move was ended just before this last step."""
    new = place.folder / "data.new"
    if not place.data.exists() and new.exists():
        new.rename(place.data)


def _dump(place: Place, state: State, dumps: Path, log: Path) -> list[str]:
    ours = place.programs(MAJOR)
    with _serving(place.programs(cluster.version(place.data)), place.data, state, log) as (where, environ):
        names = ours.run("psql", [*where, "-d", "postgres", "-At", "-c", DATABASES], environ=environ).split("\n")
        names = [name for name in names if name]
        for name in names:
            ours.run("pg_dump", [*where, "-Fc", "-f", dumps / name, "-d", name], environ=environ)
    return names


def _restore(place: Place, new: Path, state: State, dumps: list[Path], log: Path) -> None:
    ours = place.programs(MAJOR)
    cluster.create(ours, new, state.password)
    with _serving(ours, new, state, log) as (where, environ):
        for dump in dumps:
            how = ["--create", "--clean", "--if-exists", "--exit-on-error", "-d", "postgres"]
            ours.run("pg_restore", [*where, *how, dump], environ=environ)


@contextmanager
def _serving(programs: Programs, data: Path, state: State, log: Path) -> Iterator[tuple[list[str], dict[str, str]]]:
    """A server for the length of a block; how the client programs reach it."""
    port = free_port()
    cluster.launch(programs, data, port, log)
    try:
        yield ["-h", "127.0.0.1", "-p", str(port), "-U", "velocity"], {"PGPASSWORD": state.password}
    finally:
        postmaster.stop(data)


def _clear(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
