"""The indexes of the published tables but for their keys: made by the first publication, after its rows.

To build one over the rows costs a third of keeping it while a million come, and takes a lock that readers do not feel.
Not here: which there are (`resources.tables.published`), and the keys, which are there from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Index, text
from sqlalchemy.schema import CreateIndex, DropIndex

from resources.tables import PUBLISHED, Base

MEMORY = "256MB"  # for the sorting of each


def build(connection: Connection) -> None:
    """Make those that are absent."""
    connection.execute(text(f"set local maintenance_work_mem = '{MEMORY}'"))
    for index in _published():
        connection.execute(CreateIndex(index, if_not_exists=True))


def drop(connection: Connection) -> None:
    """Remove them, while nothing is published yet."""
    for index in _published():
        connection.execute(DropIndex(index, if_exists=True))


def _published() -> Iterator[Index]:
    for name in PUBLISHED:
        yield from sorted(Base.metadata.tables[name].indexes, key=lambda index: str(index.name))
