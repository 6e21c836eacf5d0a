"""Alembic migrations of the platform's schema, run from code on a connection whose search path names the schema.

Not here: the models themselves (`resources.tables`).
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from resources.database import lock_transaction

FOLDER = Path(__file__).parent


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without an ini file; `env.py` takes the connection from it."""
    result = Config(attributes={"connection": connection})
    result.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    result.set_main_option("path_separator", "os")
    return result


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision; one process at a time."""
    lock_transaction(connection, "migrations")
    if current(connection) != newest():
        command.upgrade(config(connection), "head")


def current(connection: Connection) -> str | None:
    """Revision that the schema is at."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Newest revision that this code knows."""
    return ScriptDirectory.from_config(config()).get_current_head()
