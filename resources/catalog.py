"""The batches: entering one in the log, counting its rows, and which of them a cut holds.

Not here: the bytes (`resources.storage`), and how a file is read or mapped (`resources.readers`, `identity.mapping`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import polars as pl
from sqlalchemy import Connection, RowMapping, Update, insert, select, update

from identity.errors import BadInputError
from resources import log
from resources.database import Database, lock_transaction
from resources.tables import Batch, FramePointer, LogEntry, Publication

CUT: dict[str, pl.DataType] = {"batch": pl.String(), "entity": pl.String(), "seq": pl.Int64()}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a file's table when it arrives; `mapping` is the version of its mapping."""

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
    """Enter a batch in the log; False if it is there already (the same bytes, source, entity and table).

    While no version shows it, the same bytes with another mapping or stamp are entered anew and take its place.
    """
    with database.transaction() as connection:
        lock_transaction(connection, "log")
        known = connection.execute(select(Batch).where(Batch.batch == arrival.batch)).mappings().first()
        if known and (known["published"] is not None or _is_same(known, arrival)):
            return False
        facts = {**asdict(arrival), "received_at": arrival.received_at.isoformat(), "rules": rules}
        row = {**asdict(arrival), "seq": log.append(connection, "batch", facts, actor)}
        connection.execute(insert(Batch).values(row) if known is None else _again(row))
    return True


def _is_same(known: RowMapping, arrival: Arrival) -> bool:
    return (known["mapping"], known["received_at"]) == (arrival.mapping, arrival.received_at)


def _again(row: dict[str, Any]) -> Update:
    uncounted = dict.fromkeys(f.name for f in fields(Counts))
    return update(Batch).where(Batch.batch == row["batch"]).values({**row, **uncounted})


def state(database: Database, batch: str) -> BatchState | None:
    """How a batch stands, None if there is none of that id."""
    with database.transaction() as connection:
        row = connection.execute(select(Batch).where(Batch.batch == batch)).mappings().first()
    return _state(dict(row)) if row else None


def get(database: Database, batch: str) -> BatchState:
    """How a batch stands; `unknown_batch` if there is none of that id."""
    found = state(database, batch)
    if found is None:
        raise BadInputError("unknown_batch", f"there is no batch {batch}", "the answer of `velocity import` names it")
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


def pending(database: Database, actor: str | None = None) -> list[str]:
    """Batches of the log that no version shows yet, oldest first: those of runs that failed or never began.

    Of one actor alone, if one is named.
    """
    query = select(Batch.batch).join(LogEntry).where(Batch.published.is_(None)).order_by(Batch.seq)
    with database.transaction() as connection:
        return list(connection.execute(query if actor is None else query.where(LogEntry.actor == actor)).scalars())


def cut(database: Database, adding: Sequence[str] = ()) -> pl.DataFrame:
    """The next cut: a row a batch that is published or that a run is `adding`, with the log entry `upto` and the
    version it `follows`. So a batch that cannot be published stands in the way of no other.

    The one row without a batch stands for an empty log.
    """
    with database.transaction() as connection:
        lock_transaction(connection, "log")  # what is entered or published meanwhile is of the next cut
        made = select(FramePointer.partition).where(FramePointer.asset == "records", FramePointer.run == "")
        shown = Batch.published.is_not(None) | Batch.batch.in_(adding)
        query = select(Batch.batch, Batch.entity, Batch.seq).where(Batch.batch.in_(made), shown).order_by(Batch.seq)
        rows = [tuple(row) for row in connection.execute(query)]
        upto, follows = log.head(connection), newest_version(connection)
    frame = pl.DataFrame(rows or [(None, None, 0)], schema=CUT, orient="row")
    return frame.with_columns(upto=pl.lit(upto, pl.Int64), follows=pl.lit(follows, pl.Int64))


def shown(connection: Connection) -> dict[str, dict[str, Any]]:
    """What the log alone says of the batches that its publications show: payloads of their entries, by batch.

    A publication stands where its cut was made: what was entered anew later is of the next one.
    """
    steps = [(seq, 0, payload) for seq, payload in log.payloads(connection, "batch")]
    steps += [(payload["cut"], 1, payload) for _, payload in log.payloads(connection, "publication")]
    entered: dict[str, dict[str, Any]] = {}
    found: dict[str, dict[str, Any]] = {}
    for _, is_publication, payload in sorted(steps, key=lambda step: step[:2]):
        if is_publication:
            found |= {batch: entered[batch] for batch in payload["adds"]}
        else:
            entered[payload["batch"]] = payload
    return found


def newest_version(connection: Connection) -> int:
    """The newest published version, 0 before the first."""
    query = select(Publication.version).order_by(Publication.version.desc()).limit(1)
    return connection.execute(query).scalar() or 0
