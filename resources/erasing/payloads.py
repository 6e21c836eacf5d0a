"""The log of an erasure: its entry, and what it leaves of payloads that name the person.

A payload is destroyed with its salt. What it says of others is restated by the entry of the erasure, which vouches for
that.

Not here: what may stay (`identity.redaction`).
"""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from sqlalchemy import Connection, delete, select, update

from identity.redaction import Person, redacted
from resources import log
from resources.tables import Batch, CanonicalId, LogEntry, LogPayload

UNNAMED = ("publication", "epoch")  # kinds that name nobody


def left_of(connection: Connection, person: Person, jobs: list[str]) -> tuple[dict[str, Any], list[int]]:
    """What is left of each payload that names the person, by its number; those of which nothing is."""
    query = select(LogPayload.seq, LogEntry.kind, LogPayload.body).join(LogEntry, LogEntry.seq == LogPayload.seq)
    rows = [tuple(row) for row in connection.execute(query.where(LogEntry.kind.not_in(UNNAMED)))]
    bodies = pl.DataFrame(rows, schema={"seq": pl.Int64, "kind": pl.String, "body": pl.String}, orient="row")
    texts = [json.dumps(text, ensure_ascii=False)[1:-1] for text in (*person.ids, *person.values, *jobs)]
    named = bodies.filter(pl.col("body").str.contains_any(texts, ascii_case_insensitive=True))
    restated: dict[str, Any] = {}
    destroyed: list[int] = []
    for seq, kind, body in named.iter_rows():
        said = json.loads(body)
        rest = None if kind == "receipt" and said.get("job") in jobs else redacted(said, person)
        if rest is None:
            destroyed.append(seq)
        elif rest != said:
            restated[str(seq)] = rest
    return restated, destroyed


def enter(connection: Connection, said: dict[str, Any], actor: str) -> int:
    """Enter an erasure, destroy the payloads that it names, and mark the id; the number of the entry."""
    seq = log.append(connection, "erasure", said, actor)
    connection.execute(delete(LogPayload).where(LogPayload.seq.in_(said["destroyed"])))
    for of, rest in said["restated"].items():
        body = {"salt": b"", "body": log.canonical_json(rest), "restated": seq}
        connection.execute(update(LogPayload).where(LogPayload.seq == int(of)).values(body))
        if "file" in rest:
            connection.execute(update(Batch).where(Batch.seq == int(of)).values(file=rest["file"]))
    erased = update(CanonicalId).where(CanonicalId.id == said["erases"])
    connection.execute(erased.values(state="erased", to=None))
    return seq
