"""One libpq connection string, and the forms of it that each driver wants.

Not here: where the string comes from (`velocity_pipelines.settings`).
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from identity.errors import BadInputError

SCHEMES = ("postgresql", "postgres")


def check_dsn(dsn: str, variable: str = "VELOCITY_DATABASE_URL") -> str:
    """The DSN with the scheme `postgresql`; `bad_dsn` when it is no libpq URL with a database name."""
    parts = urlsplit(dsn.strip())
    if parts.scheme not in SCHEMES or not parts.path.strip("/"):
        raise BadInputError(
            "bad_dsn",
            f"{variable} is not a libpq URL",
            f"write {variable}=postgresql://user:password@host:5432/database",
        )
    return urlunsplit(parts._replace(scheme="postgresql"))


def for_engine(dsn: str) -> str:
    """For our SQLAlchemy engine: psycopg 3."""
    return "postgresql+psycopg" + dsn.removeprefix("postgresql")


def for_dagster(dsn: str) -> str:
    """For dagster-postgres, which is psycopg2 code; SQLAlchemy 2.1 reads a bare `postgresql://` as psycopg 3."""
    return "postgresql+psycopg2" + dsn.removeprefix("postgresql")


def database_name(dsn: str) -> str:
    """The database that the DSN names."""
    return urlsplit(dsn).path.strip("/")


def with_database(dsn: str, name: str) -> str:
    """The same server and user, another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))
