"""Alembic migrations of the platform's schema, run from code on a connection whose search path names the schema.

Not here: the models themselves (`resources.tables`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from resources.catalog import newest_version
from resources.database import lock_transaction

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent
NEWEST = "0013"  # of the revisions beside this module; a test holds it, since asking Alembic takes half a second


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without an ini file; `env.py` takes the connection from it."""
    from alembic.config import Config  # noqa: PLC0415 - slow, and needed only to change a schema

    result = Config(attributes={"connection": connection})
    result.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    result.set_main_option("path_separator", "os")
    return result


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision, and make its views anew; one process at a time."""
    from resources import views  # noqa: PLC0415

    if current(connection) == NEWEST and views.are_these(connection):
        return
    from alembic import command  # noqa: PLC0415

    from resources import indexes  # noqa: PLC0415

    lock_transaction(connection, "migrations")
    views.drop(connection)  # they would stand in the way of changes to their columns
    command.upgrade(config(connection), "head")
    views.create(connection)
    if not newest_version(connection):
        indexes.drop(connection)  # the first publication makes them


def current(connection: Connection) -> str | None:
    """Revision that the schema is at, None before the first."""
    there = connection.execute(text("select to_regclass(quote_ident(current_schema()) || '.alembic_version')")).scalar()
    return connection.execute(text("select version_num from alembic_version")).scalar() if there else None
