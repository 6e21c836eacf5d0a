"""What several tests begin with, such as an import: done once a session, and given to each of them as a copy.

A copy is a database of its own and folders of its own, so that no test sees what another did.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import psycopg

FOLDERS = ("storage", "home")


class Beginnings:
    """The databases and folders that were kept, by what was done to them."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self._dsn, self._folder = dsn, folder
        self._kept: dict[object, tuple[str, Any]] = {}

    def begin(self, what: object, database: str, folder: Path, make: Callable[[], Any]) -> Any:
        """An empty database and the folders below `folder` as `make` leaves them; what it returns, whoever called it.

        `what` says all that the outcome depends on.
        """
        if what in self._kept:
            name, said = self._kept[what]
            self._copy(database, name)
            _copy_folders(self._folder / name, folder)
            return deepcopy(said)
        said = make()
        name = f"beginning_{len(self._kept)}_{database}"
        self._copy(name, database)
        _copy_folders(folder, self._folder / name)
        self._kept[what] = name, deepcopy(said)
        return said

    def _copy(self, name: str, template: str) -> None:
        """Of connections to either, pools make new ones when they are asked for the next."""
        leave = "select pg_terminate_backend(pid) from pg_stat_activity where datname in (%s, %s)"
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(leave, [name, template])
            connection.execute(f'drop database if exists "{name}"'.encode())
            connection.execute(f'create database "{name}" template "{template}"'.encode())

    def forget(self) -> None:
        """Drop the databases."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            for name, _ in self._kept.values():
                connection.execute(f'drop database "{name}" with (force)'.encode())


def _copy_folders(source: Path, target: Path) -> None:
    for name in FOLDERS:
        shutil.rmtree(target / name, ignore_errors=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name)
