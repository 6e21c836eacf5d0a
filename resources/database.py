"""The Postgres database: engine, transactions, bulk copy, frames of whole tables.

Not here: what the tables mean (`resources.tables`, `resources.log`, `resources.publishing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import polars as pl
import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from identity.errors import BadInputError, VelocityError
from resources import dsn as dsns
from resources.ahead import ahead

SCHEMA = "velocity"
COPIED_AT_ONCE = 20_000  # rows: what is sent stands in memory twice
LOCK_KEY = "hashtextextended(current_schema() || ' ' || :name, 0)"


class Database:
    """One schema of one Postgres database; every connection's search path names that schema alone."""

    def __init__(self, dsn: str, schema: str = SCHEMA) -> None:
        self.dsn, self.schema = dsns.check_dsn(dsn), schema
        self.engine: Engine = create_engine(
            dsns.for_engine(self.dsn), pool_size=2, pool_pre_ping=True, hide_parameters=True
        )
        event.listen(self.engine, "connect", self._prepare)

    def _prepare(self, connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f'set search_path to "{self.schema}"')
            cursor.execute("set time zone 'UTC'")  # whatever the server's is
        connection.commit()

    @property
    def url(self) -> URL:
        """The engine's URL, password hidden when printed."""
        return make_url(dsns.for_engine(self.dsn))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back by any exception."""
        with _plain_errors(self.url), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def lock(self, name: str, *, shared: bool = False) -> Iterator[None]:
        """Hold the advisory lock of that name, alone or shared; the server frees it if this process dies."""
        form = "_shared" if shared else ""
        with _plain_errors(self.url), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as held:
            held.execute(text(f"select pg_advisory_lock{form}({LOCK_KEY})"), {"name": name})
            try:
                yield
            finally:
                held.execute(text(f"select pg_advisory_unlock{form}({LOCK_KEY})"), {"name": name})

    def close(self) -> None:
        """Close the connections that are kept for the next transaction."""
        self.engine.dispose()

    def frame(self, query: str, schema: dict[str, pl.DataType] | None = None, **parameters: object) -> pl.DataFrame:
        """The rows of a query as a frame."""
        with self.transaction() as connection:
            return frame(connection, query, schema, **parameters)

    def tables(self, queries: Mapping[str, str]) -> dict[str, pl.DataFrame]:
        """The rows of queries in one snapshot, in columns: for whole tables, which `frame` would take row by row."""
        from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - only readers of whole tables pay for it

        with dbapi.connect(self.dsn) as connection, connection.cursor() as cursor:
            cursor.execute(f'set search_path to "{self.schema}"')
            cursor.execute("set transaction isolation level repeatable read")
            return {name: _read(cursor, query) for name, query in queries.items()}

    def create(self) -> None:
        """Create the schema if it is absent and bring it to the newest migration."""
        from resources.migrations import upgrade  # noqa: PLC0415 - Alembic is needed only here

        with self.transaction() as connection:
            # `if not exists` alone lets two processes try at once; a lock by the schema's name needs no schema.
            connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:s, 0))"), {"s": self.schema})
            connection.execute(text(f'create schema if not exists "{self.schema}"'))
            upgrade(connection)

    def drop(self) -> None:
        """Drop the whole schema: for those that were built aside."""
        with self.transaction() as connection:
            connection.execute(text(f'drop schema if exists "{self.schema}" cascade'))


def _read(cursor: Any, query: str) -> pl.DataFrame:
    cursor.execute(query)
    made = pl.from_arrow(cursor.fetch_arrow_table())
    assert isinstance(made, pl.DataFrame)  # noqa: S101 - a table is a frame; for the type checker
    return made


def lock_transaction(connection: Connection, name: str, *, shared: bool = False) -> None:
    """Hold the advisory lock of that name in that schema, alone or shared, to the end of the caller's transaction."""
    form = "_shared" if shared else ""
    connection.execute(text(f"select pg_advisory_xact_lock{form}({LOCK_KEY})"), {"name": name})


def try_lock_transaction(connection: Connection, name: str, *, shared: bool = False) -> bool:
    """The same without waiting; False where somebody else holds it."""
    form = "_shared" if shared else ""
    got = connection.execute(text(f"select pg_try_advisory_xact_lock{form}({LOCK_KEY})"), {"name": name})
    return bool(got.scalar_one())


def frame(
    connection: Connection, query: str, schema: dict[str, pl.DataType] | None = None, **parameters: object
) -> pl.DataFrame:
    """The rows of a query, inside the caller's transaction."""
    result = connection.execute(text(query), parameters)
    columns = list(result.keys())
    rows = [tuple(row) for row in result]
    return pl.DataFrame(rows, schema=schema or columns, orient="row", infer_schema_length=None)


def copy(connection: Connection, table: str, rows: pl.DataFrame, by: str | None = None) -> None:
    """Append a frame to a table by binary COPY: columns by name, each of the table's own type, lists as arrays; sorted
    by a column, if one is named.
    """
    if rows.is_empty():
        return
    names = ", ".join(f'"{name}"' for name in rows.columns)
    raw: Any = connection.connection.driver_connection
    statement = f'copy "{table}" ({names}) from stdin with (format binary)'
    with ahead(_encoded(rows, by)) as parts, raw.cursor() as cursor, cursor.copy(statement) as stream:
        for sent in parts:
            stream.write(sent)


def _encoded(rows: pl.DataFrame, by: str | None) -> Iterator[bytes]:
    """A frame as Postgres reads it: neither side spends its time on quotes."""
    from pgpq import ArrowToPostgresBinaryEncoder  # noqa: PLC0415 - only what writes whole frames pays for PyArrow

    encoder = ArrowToPostgresBinaryEncoder(_arrow(rows.clear()).schema)
    yield encoder.write_header()
    for part in _parts(rows, by):
        yield from map(encoder.write_batch, _arrow(part).to_batches())
    yield encoder.finish()


def _parts(rows: pl.DataFrame, by: str | None) -> Iterator[pl.DataFrame]:
    """Parts of a frame, sorted without a second copy of it."""
    if by is None:
        return rows.iter_slices(COPIED_AT_ONCE)
    order = rows[by].arg_sort()
    return (rows[order[start : start + COPIED_AT_ONCE]] for start in range(0, rows.height, COPIED_AT_ONCE))


def _arrow(rows: pl.DataFrame) -> Any:
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest())


@contextmanager
def _plain_errors(url: URL) -> Iterator[None]:
    """Say in one line why the server cannot be used; the driver's own text may show the DSN."""
    try:
        yield
    except OperationalError as error:
        if "connection failed" not in str(error.orig) and error.statement is not None:
            raise VelocityError(
                "database_failed", f"Postgres gave up: {_reason(error)}", "run `velocity doctor`"
            ) from None
        where = f"{url.host}:{url.port or 5432}/{url.database}"
        raise BadInputError(
            "database_unreachable", f"cannot use Postgres at {where}: {_reason(error)}", "check VELOCITY_DATABASE_URL"
        ) from None
    except (DBAPIError, psycopg.Error) as error:
        raise _refused(error) from None


def _refused(error: DBAPIError | psycopg.Error) -> VelocityError:
    """What Postgres refused, by names alone: its own words show values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    diagnosis = getattr(cause, "diag", None)
    parts = ("sqlstate", "table_name", "column_name", "constraint_name")
    named = {part: getattr(diagnosis, part, None) for part in parts}
    told = ", ".join(f"{part.removesuffix('_name')} {name}" for part, name in named.items() if name)
    return VelocityError(
        "database_refused", f"Postgres refused {type(cause).__name__}: {told}", "run `velocity doctor`"
    )


def _reason(error: OperationalError) -> str:
    return str(error.orig).strip().splitlines()[0].removeprefix("connection failed: ")[:200]
