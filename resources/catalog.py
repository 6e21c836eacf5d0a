"""The batches: entering one in the log, counting its rows, and which of them a cut holds.

Not here: the bytes (`resources.storage`), and how a file is read or mapped (`resources.readers`, `identity.mapping`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, fields
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, select, update

from identity.errors import BadInputError
from resources import log
from resources.database import Database, lock_transaction
from resources.tables import Batch, FramePointer, Publication

CUT: dict[str, pl.DataType] = {"batch": pl.String(), "entity": pl.String(), "seq": pl.Int64()}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a file's table when it arrives; `mapping` is its version, `rules` the mapping itself."""

    batch: str
    source: str
    entity: str
    sha256: str
    member: str
    file: str
    size: int
    received_at: dt.datetime
    mapping: str
    skipped: int  # lines that are no rows: blank ones, preamble, footer


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the rows of a batch are: received = accepted + rejected + superseded + held."""

    received: int
    accepted: int
    rejected: int
    superseded: int
    held: int


@dataclass(frozen=True, slots=True)
class BatchState:
    """A batch as it stands: its counts are None until it was interpreted, `published` until a version shows it."""

    arrival: Arrival
    counts: Counts | None
    published: int | None


def register(database: Database, arrival: Arrival, rules: dict[str, object], actor: str) -> bool:
    """Enter a batch in the log; False if it is there already (the same bytes, source, entity and table)."""
    with database.transaction() as connection:
        lock_transaction(connection, "log")
        if connection.execute(select(Batch.batch).where(Batch.batch == arrival.batch)).first():
            return False
        facts = {**asdict(arrival), "received_at": arrival.received_at.isoformat(), "rules": rules}
        seq = log.append(connection, "batch", facts, actor)
        connection.execute(insert(Batch).values(**asdict(arrival), seq=seq))
    return True


def state(database: Database, batch: str) -> BatchState | None:
    """How a batch stands, None if there is none of that id."""
    with database.transaction() as connection:
        row = connection.execute(select(Batch).where(Batch.batch == batch)).mappings().first()
    return _state(dict(row)) if row else None


def get(database: Database, batch: str) -> BatchState:
    """How a batch stands; `unknown_batch` if there is none of that id."""
    found = state(database, batch)
    if found is None:
        raise BadInputError("unknown_batch", f"there is no batch {batch}", "`velocity status` lists the newest batches")
    return found


def _state(row: dict[str, Any]) -> BatchState:
    counts = Counts(**{f.name: row[f.name] for f in fields(Counts)}) if row["received"] is not None else None
    return BatchState(Arrival(**{f.name: row[f.name] for f in fields(Arrival)}), counts, row["published"])


def rules(database: Database, batch: str) -> dict[str, object]:
    """The mapping that a batch was entered with."""
    with database.transaction() as connection:
        seq = connection.execute(select(Batch.seq).where(Batch.batch == batch)).scalar_one()
        body = log.payload(connection, seq)
    result: dict[str, object] = body["rules"]
    return result


def count(database: Database, batch: str, counts: Counts) -> None:
    """Note where the rows of a batch went; a function of its bytes and mapping, so doing it again changes nothing."""
    with database.transaction() as connection:
        connection.execute(update(Batch).where(Batch.batch == batch).values(**asdict(counts)))


def pending(database: Database) -> list[str]:
    """Batches of the log that no version shows yet, oldest first: those of runs that failed or never began."""
    with database.transaction() as connection:
        query = select(Batch.batch).where(Batch.published.is_(None)).order_by(Batch.seq)
        return list(connection.execute(query).scalars())


def cut(database: Database) -> pl.DataFrame:
    """The newest cut: a row a batch whose records are made, with the log entry `upto` and the version it `follows`.

    The one row without a batch stands for an empty log.
    """
    with database.transaction() as connection:
        made = select(FramePointer.partition).where(FramePointer.asset == "records", FramePointer.run == "")
        query = select(Batch.batch, Batch.entity, Batch.seq).where(Batch.batch.in_(made)).order_by(Batch.seq)
        rows = [tuple(row) for row in connection.execute(query)]
        upto, follows = log.head(connection), newest_version(connection)
    frame = pl.DataFrame(rows or [(None, None, 0)], schema=CUT, orient="row")
    return frame.with_columns(upto=pl.lit(upto, pl.Int64), follows=pl.lit(follows, pl.Int64))


def newest_version(connection: Connection) -> int:
    """The newest published version, 0 before the first."""
    query = select(Publication.version).order_by(Publication.version.desc()).limit(1)
    return connection.execute(query).scalar() or 0
