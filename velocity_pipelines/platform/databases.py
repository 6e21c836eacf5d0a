"""The two databases that the settings name, ours and Dagster's; the embedded server serves both by default.

Not here: the embedded server itself (`resources.embedded`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import psycopg

from identity.errors import BadInputError
from resources import dsn as dsns
from resources.embedded import EmbeddedPostgres
from velocity_pipelines.settings import Settings

if TYPE_CHECKING:
    from resources.workspace import Workspace


@cache
def embedded(settings: Settings) -> EmbeddedPostgres:
    """The embedded server of these settings; nothing is started."""
    return EmbeddedPostgres(settings.home / "postgres", settings.postgres_port)


@cache
def _held(settings: Settings) -> str:
    return embedded(settings).acquire_for_process()


def platform_dsn(settings: Settings) -> str:
    """Our database: the one that is named, else the embedded one, held until this process ends."""
    return settings.database_url or _held(settings)


@cache
def dagster_dsn(settings: Settings) -> str:
    """Dagster's database: the one that is named, else `<db>_dagster` on the same server, made if need be."""
    if settings.dagster_database_url:
        return settings.dagster_database_url
    ours = platform_dsn(settings)
    name = f"{dsns.database_name(ours)}_dagster"
    if settings.database_url:
        _create(ours, name)
    return dsns.with_database(ours, name)


def _create(dsn: str, name: str) -> None:
    try:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is None:
                connection.execute(f'create database "{name}"'.encode())
    except psycopg.errors.DuplicateDatabase:
        return  # another process was quicker
    except psycopg.errors.InsufficientPrivilege:
        hint = "create it, or set VELOCITY_DAGSTER_DATABASE_URL"
        raise BadInputError("database_missing", f"the database {name} is absent and may not be created", hint) from None
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise BadInputError(
            "database_unreachable", f"cannot use Postgres: {reason}", "check VELOCITY_DATABASE_URL"
        ) from None


@cache
def open_workspace(settings: Settings) -> Workspace:
    """Database and storage root of these settings, the schema at its newest."""
    from resources.database import Database  # noqa: PLC0415 - Dagster's own processes do without
    from resources.erasure_key import ErasureKey  # noqa: PLC0415
    from resources.storage import Storage  # noqa: PLC0415
    from resources.workspace import Workspace  # noqa: PLC0415

    own = settings.home / "erasure.key" if settings.env == "local" else None
    storage = Storage(settings.storage_url)
    database = Database(platform_dsn(settings))
    database.create()
    return Workspace(database, storage, ErasureKey(settings.erasure_key, own))
