"""The batches: entering one in the log, counting its rows, and which of them a cut holds.

Not here: the bytes (`resources.storage`), and how a file is read or mapped (`resources.readers`, `identity.mapping`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import polars as pl
from sqlalchemy import Connection, RowMapping, Update, delete, insert, select, update

from identity.errors import BadInputError
from identity.frames import INSTANT, Schema
from resources import log
from resources.database import Database, lock_transaction
from resources.tables import Batch, FramePointer, LogEntry, Mended, Publication

READ_ANEW = "read by another mapping"
CUT: Schema = {
    "batch": pl.String(),
    "entity": pl.String(),
    "source": pl.String(),
    "received_at": INSTANT,
    "snapshot": pl.Boolean(),
    "deduplicated": pl.Boolean(),
    "seq": pl.Int64(),
}


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
    snapshot: bool = False  # it is all that its source holds
    deduplicated: bool = False  # its source says that it holds nobody twice


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the rows of a batch are: received = accepted + rejected + superseded + held + erased.

    `skipped` are lines that are no rows: blank ones, preamble, footer.
    """

    received: int
    accepted: int
    rejected: int
    superseded: int
    held: int
    skipped: int
    erased: int = 0


@dataclass(frozen=True, slots=True)
class BatchState:
    """A batch as it stands: its counts are None until it was interpreted, `published` until a version shows it.

    `withdrawn` is the log entry that took it out again.
    """

    arrival: Arrival
    counts: Counts | None
    published: int | None
    withdrawn: int | None


def register(database: Database, arrival: Arrival, rules: dict[str, object], actor: str, *, anew: bool = False) -> bool:
    """Enter a batch in the log; False if it is there already (the same bytes, source, entity and table).

    While no version shows it, or after it was withdrawn, the same bytes are entered anew and take its place; if `anew`,
    one that is shown is withdrawn for that.
    """
    with database.transaction() as connection:
        lock_transaction(connection, "log")
        known = connection.execute(select(Batch).where(Batch.batch == arrival.batch)).mappings().first()
        if known and known["withdrawn"] is None:
            is_shown = known["published"] is not None
            if (is_shown and not anew) or _is_same(known, arrival):
                return False
            if is_shown:
                log.append(connection, "decision", {"withdraws": arrival.batch, "reason": READ_ANEW}, actor)
        facts = {**asdict(arrival), "received_at": arrival.received_at.isoformat(), "rules": rules}
        row = {**asdict(arrival), "seq": log.append(connection, "batch", facts, actor)}
        connection.execute(insert(Batch).values(row) if known is None else _again(row))
    return True


def withdraw(database: Database, batch: str, actor: str, reason: str) -> int:
    """Take a batch out again; the number of the entry. `unknown_batch`, `already_undone`."""
    with database.transaction() as connection:
        lock_transaction(connection, "log")
        known = connection.execute(select(Batch.withdrawn).where(Batch.batch == batch)).first()
        if known is None:
            raise _unknown(batch)
        if known.withdrawn is not None:
            raise BadInputError("already_undone", f"batch {batch} is withdrawn", "import its file to take it in again")
        seq = log.append(connection, "decision", {"withdraws": batch, "reason": reason}, actor)
        connection.execute(update(Batch).where(Batch.batch == batch).values(withdrawn=seq))
    return seq


def _is_same(known: RowMapping, arrival: Arrival) -> bool:
    return (known["mapping"], known["received_at"]) == (arrival.mapping, arrival.received_at)


def _again(row: dict[str, Any]) -> Update:
    begun = dict.fromkeys((*(f.name for f in fields(Counts)), "published", "withdrawn"))
    return update(Batch).where(Batch.batch == row["batch"]).values({**row, **begun})


def state(database: Database, batch: str) -> BatchState | None:
    """How a batch stands, None if there is none of that id."""
    with database.transaction() as connection:
        row = connection.execute(select(Batch).where(Batch.batch == batch)).mappings().first()
    return _state(dict(row)) if row else None


def get(database: Database, batch: str) -> BatchState:
    """How a batch stands; `unknown_batch` if there is none of that id."""
    found = state(database, batch)
    if found is None:
        raise _unknown(batch)
    return found


def _unknown(batch: str) -> BadInputError:
    return BadInputError("unknown_batch", f"there is no batch {batch}", "the answer of `velocity import` names it")


def _state(row: dict[str, Any]) -> BatchState:
    counts = Counts(**{f.name: row[f.name] for f in fields(Counts)}) if row["accepted"] is not None else None
    arrival = Arrival(**{f.name: row[f.name] for f in fields(Arrival)})
    return BatchState(arrival, counts, row["published"], row["withdrawn"])


def rules(database: Database, batch: str) -> dict[str, object]:
    """The mapping that a batch was entered with."""
    with database.transaction() as connection:
        seq = connection.execute(select(Batch.seq).where(Batch.batch == batch)).scalar_one()
        body = log.payload(connection, seq)
    result: dict[str, object] = body["rules"]
    return result


def count(database: Database, batch: str, **numbers: int) -> None:
    """Note some of the Counts of a batch; functions of its bytes and mapping, so doing it again changes nothing."""
    with database.transaction() as connection:
        connection.execute(update(Batch).where(Batch.batch == batch).values(**numbers))


def evidence(database: Database) -> dict[str, list[str]]:
    """The batches of each file, by the SHA-256 of its bytes."""
    found: dict[str, list[str]] = {}
    with database.transaction() as connection:
        for sha256, batch in connection.execute(select(Batch.sha256, Batch.batch).order_by(Batch.seq)):
            found.setdefault(sha256, []).append(batch)
    return found


def shape(database: Database, batch: str, fill: dict[str, float]) -> None:
    """Note in which share of a batch's rows each column is filled."""
    with database.transaction() as connection:
        connection.execute(update(Batch).where(Batch.batch == batch).values(fill=fill))


def shapes_before(database: Database, arrival: Arrival, most: int = 5) -> list[tuple[int, dict[str, float]]]:
    """Rows and fill of the published batches of the same source and entity, the newest first."""
    query = select(Batch.received, Batch.fill).where(
        Batch.source == arrival.source, Batch.entity == arrival.entity, Batch.batch != arrival.batch,
        Batch.published.is_not(None), Batch.fill.is_not(None),
    )  # fmt: skip
    with database.transaction() as connection:
        rows = connection.execute(query.order_by(Batch.seq.desc()).limit(most)).all()
    return [(row.received, row.fill) for row in rows]


def mended(database: Database, batch: str, pairs: Iterable[tuple[str, int, int]]) -> None:
    """Note which rejected rows (batch, line) the rows of a batch (their lines) mend."""
    rows = [{"by_batch": batch, "batch": of, "line": line, "by_line": by} for of, line, by in pairs]
    with database.transaction() as connection:
        connection.execute(delete(Mended).where(Mended.by_batch == batch))
        if rows:
            connection.execute(insert(Mended), rows)


def mends(database: Database, batch: str) -> dict[int, list[tuple[str, int]]]:
    """By line, the rows (batch, line) that mend the rejected rows of a batch."""
    query = select(Mended).where(Mended.batch == batch).order_by(Mended.by_batch, Mended.by_line)
    found: dict[int, list[tuple[str, int]]] = {}
    with database.transaction() as connection:
        for row in connection.execute(query).mappings():
            found.setdefault(row["line"], []).append((row["by_batch"], row["by_line"]))
    return found


def received(database: Database, batch: str) -> int:
    """The number of rows that were read of a batch, -1 before."""
    with database.transaction() as connection:
        found = connection.execute(select(Batch.received).where(Batch.batch == batch)).scalar()
    return -1 if found is None else found


def pending(database: Database, actor: str | None = None) -> list[str]:
    """Batches of the log that no version shows yet, oldest first: those of runs that failed or never began.

    Of one actor alone, if one is named.
    """
    query = select(Batch.batch).join(LogEntry, Batch.seq == LogEntry.seq).order_by(Batch.seq)
    query = query.where(Batch.published.is_(None), Batch.withdrawn.is_(None))
    with database.transaction() as connection:
        return list(connection.execute(query if actor is None else query.where(LogEntry.actor == actor)).scalars())


def cut(database: Database, adding: Sequence[str] = (), without: Sequence[str] = ()) -> pl.DataFrame:
    """The next cut: a row (CUT) a batch that is published or that a run is `adding`, less those withdrawn, with the log
    entry `upto` and the version it `follows`. So a batch that cannot be published stands in the way of no other. As it
    would be `without` some batches.

    The one row without a batch stands for an empty log.
    """
    with database.transaction() as connection:
        lock_transaction(connection, "log")  # what is entered, withdrawn or published meanwhile is of the next cut
        made = select(FramePointer.partition).where(FramePointer.asset == "records", FramePointer.run == "")
        shown = (Batch.published.is_not(None) | Batch.batch.in_(adding)) & Batch.withdrawn.is_(None)
        query = select(*(getattr(Batch, name) for name in CUT)).where(Batch.batch.in_(made), shown)
        query = query.where(Batch.batch.not_in(without))
        batches = [dict(row) for row in connection.execute(query.order_by(Batch.seq)).mappings()]
        return make_cut(batches, log.head(connection), newest_version(connection))


def make_cut(batches: Iterable[dict[str, Any]], upto: int, follows: int) -> pl.DataFrame:
    """The frame of a cut, from what is known of its batches by the names of CUT."""
    rows = [tuple(batch[name] for name in CUT) for batch in batches] or [(None,) * len(CUT)]
    frame = pl.DataFrame(rows, schema=CUT, orient="row")
    return frame.with_columns(upto=pl.lit(upto, pl.Int64), follows=pl.lit(follows, pl.Int64))


def shown(connection: Connection) -> tuple[int, list[dict[str, Any]]]:
    """What the log alone says of its newest publication: its cut, and the entries of the batches that it shows.

    A publication stands where its cut was made: what was withdrawn later is of the next one.
    """
    publications = [payload for _, payload in log.payloads(connection, "publication")]
    upto = publications[-1]["cut"] if publications else 0
    steps = [(p["cut"], 1, p) for p in publications]
    steps += [(seq, 0, {**p, "seq": seq}) for seq, p in log.payloads(connection, "batch", upto)]
    steps += [(seq, 0, p) for seq, p in log.payloads(connection, "decision", upto)]
    entered: dict[str, dict[str, Any]] = {}
    found: dict[str, dict[str, Any]] = {}
    for _, _, payload in sorted(steps, key=lambda step: step[:2]):
        if "batch" in payload:
            entered[payload["batch"]] = payload
        found.pop(payload.get("withdraws", ""), None)
        found |= {batch: entered[batch] for batch in payload.get("adds", ())}
    return upto, list(found.values())


def newest_version(connection: Connection) -> int:
    """The newest published version, 0 before the first."""
    query = select(Publication.version).order_by(Publication.version.desc()).limit(1)
    return connection.execute(query).scalar() or 0
