"""The files of the database after an erasure: deleted rows leave bytes in pages, statistics and the write-ahead log.

Not here: what was deleted. Backups are out of reach (`deploy/runbooks/erasure.md`).
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from resources.database import Database

STATISTICS = "pg_catalog.pg_statistic"  # samples of values
FLUSH = ("checkpoint", "select pg_switch_wal()", "checkpoint")


def scour(database: Database) -> list[str]:
    """Write every table anew and let the old write-ahead log go; statements that this user may not carry out."""
    query = "select quote_ident(table_name) name from information_schema.tables where table_schema = current_schema()"
    tables = database.frame(f"{query} and table_type = 'BASE TABLE' order by 1")["name"].to_list()
    statements = [*(f"vacuum (full, analyze) {name}" for name in tables), f"vacuum full {STATISTICS}", *FLUSH]
    refused = [] if _may_all(database) else [f"vacuum full {STATISTICS}"]  # which is skipped without an error
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            try:
                connection.execute(text(statement))
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != "42501":  # insufficient privilege
                    raise
                refused.append(statement)
    return refused


def _may_all(database: Database) -> bool:
    return bool(database.frame("select current_setting('is_superuser') = 'on' may")["may"][0])
