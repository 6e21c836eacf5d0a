"""The log: state is a fold over it. Entries are numbered without gaps in commit order and chained by hash.

Each entry commits to its payload by SHA-256 over salt and canonical JSON; payload and salt stand in a table of their
own, so that they can be destroyed without breaking the chain. Hash of an entry:
SHA-256(previous hash ‖ canonical JSON of [seq, kind, at, actor, commitment as hex]).

Not here: what the kinds of entries mean to the state (the stages that read them).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, insert, select

from resources.database import lock_transaction
from resources.tables import LogEntry, LogPayload, table

Kind = Literal["batch", "decision", "epoch", "contract", "receipt", "erasure", "publication"]
GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a walk along the chain: how many entries, and the first that does not fit (None: all do)."""

    entries: int
    broken_at: int | None
    reason: str


def canonical_json(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces; floats, which have no one text, are refused."""
    return json.dumps(_no_floats(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _no_floats(value: Any) -> Any:
    if isinstance(value, float):
        raise TypeError("a float has no canonical text: use integers or decimal text")
    if isinstance(value, dict):
        return {k: _no_floats(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_no_floats(v) for v in value]
    return value


def commitment(salt: bytes, body: str) -> bytes:
    """Salted commitment to a payload."""
    return hashlib.sha256(salt + body.encode()).digest()


def entry_hash(previous: bytes, seq: int, kind: str, at: dt.datetime, actor: str, commits_to: bytes) -> bytes:
    """Hash of an entry, from that of the one before."""
    head = canonical_json(
        [seq, kind, at.astimezone(dt.UTC).isoformat(timespec="microseconds"), actor, commits_to.hex()]
    )
    return hashlib.sha256(previous + head.encode()).digest()


def append(
    connection: Connection, kind: Kind, payload: dict[str, Any], actor: str, at: dt.datetime | None = None
) -> int:
    """Append an entry inside the caller's transaction and return its number.

    The lock is held to the end of that transaction, so numbers have no gaps and follow the order of commits.
    """
    lock_transaction(connection, "log")
    last = connection.execute(select(LogEntry.seq, LogEntry.hash).order_by(LogEntry.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    at = at or dt.datetime.now(dt.UTC)
    salt, body = secrets.token_bytes(16), canonical_json(payload)
    commits_to = commitment(salt, body)
    digest = entry_hash(previous, seq, kind, at, actor, commits_to)
    entry = {"seq": seq, "kind": kind, "at": at, "actor": actor, "commitment": commits_to, "previous": previous}
    connection.execute(insert(LogEntry).values(**entry, hash=digest))
    connection.execute(insert(LogPayload).values(seq=seq, salt=salt, body=body))
    return seq


def head(connection: Connection) -> int:
    """Number of the newest entry, 0 for an empty log."""
    return connection.execute(select(LogEntry.seq).order_by(LogEntry.seq.desc()).limit(1)).scalar() or 0


def payload(connection: Connection, seq: int) -> dict[str, Any]:
    """Payload of one entry."""
    body = connection.execute(select(LogPayload.body).where(LogPayload.seq == seq)).scalar_one()
    result: dict[str, Any] = json.loads(body)
    return result


def payloads(connection: Connection, kind: Kind, upto: int | None = None) -> list[tuple[int, dict[str, Any]]]:
    """Number and payload of the entries of a kind, oldest first, up to a cut."""
    query = (
        select(LogPayload.seq, LogPayload.body)
        .join(LogEntry, LogEntry.seq == LogPayload.seq)
        .where(LogEntry.kind == kind)
        .order_by(LogPayload.seq)
    )
    rows = connection.execute(query if upto is None else query.where(LogPayload.seq <= upto))
    return [(row.seq, json.loads(row.body)) for row in rows]


def verify(connection: Connection) -> Verdict:
    """Walk the whole chain: numbers without gaps, hashes in order, payloads (where they still are) as committed, or as
    the erasure that destroyed them restates them.
    """
    previous, count = GENESIS, 0
    entries, stored = table(LogEntry), table(LogPayload)
    query = select(entries, stored.c.salt, stored.c.body, stored.c.restated)
    query = query.outerjoin(stored, stored.c.seq == entries.c.seq).order_by(entries.c.seq)
    restated = {
        (seq, int(of)): canonical_json(body)
        for seq, said in payloads(connection, "erasure")
        for of, body in said.get("restated", {}).items()
    }
    with connection.execute(query.execution_options(yield_per=1000)) as rows:
        for count, row in enumerate(rows, start=1):
            reason = _flaw(row, count, previous, restated)
            if reason:
                return Verdict(count, row.seq, reason)
            previous = row.hash
    return Verdict(count, None, "")


def _flaw(row: Any, expected: int, previous: bytes, restated: Mapping[tuple[int, int], str]) -> str:
    if row.seq != expected:
        return "a number is missing"
    follows = entry_hash(previous, row.seq, row.kind, row.at, row.actor, row.commitment)
    if row.previous != previous or row.hash != follows:
        return "the hash does not follow from the entry before"
    if row.restated is not None:
        same = restated.get((row.restated, row.seq)) == row.body and row.restated > row.seq
        return "" if same else "the payload is not the one that its erasure left"
    if row.salt is not None and commitment(row.salt, row.body) != row.commitment:
        return "the payload is not the one committed to"
    return ""
