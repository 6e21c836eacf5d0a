"""Why an id is gone: which source deleted its records, when, and what says so.

Not here: which records are deleted (`identity.versions`), and what is shown of an id that is there (`showing`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from resources.tables import Batch, DeletedRecord


def deletions(connection: Connection, canonical_id: str) -> list[dict[str, Any]]:
    """The deleted records that belonged to an id last, the latest first, each with the file that says so."""
    row = DeletedRecord
    query = (
        select(row.key, row.source, row.since, row.how, row.batch, row.line, Batch.file)
        .join(Batch, Batch.batch == row.batch)
        .where(row.canonical_id == canonical_id)
        .order_by(row.since.desc(), row.key)
    )
    return [dict(found) for found in connection.execute(query).mappings()]


def words(found: list[dict[str, Any]]) -> list[str]:
    """A line for each, for people."""
    return [f"  deleted          {one['key']} by {one['source']} at {one['since']}, {_place(one)}" for one in found]


def _place(one: dict[str, Any]) -> str:
    return f"line {one['line']} of {one['file']}" if one["how"] == "mark" else f"not in {one['file']}"
