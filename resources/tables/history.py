"""What was visible once: the rows that publications replaced or removed, and the feed of which clients changed.

A row was visible from its `version` to the one before `ended`; those that still are stand in the table itself.

Not here: the writing (`resources.deltas`) and the reading (`resources.history`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column

from resources.tables.base import Base
from resources.tables.published import PUBLISHED


class ClientChange(Base):
    """That a publication added, updated or removed a client: for consumers, who read on from the version they know."""

    __tablename__ = "change"
    version: Mapped[int] = mapped_column(ForeignKey("publication.version"), primary_key=True)
    canonical_id: Mapped[str] = mapped_column(primary_key=True)
    entity: Mapped[str]
    change: Mapped[str]  # added | updated | removed
    fields: Mapped[list[str] | None]  # of one updated: golden fields, columns and sections of its client-360


class HistoryBegin(Base):
    """The version with which the history begins: of those before, only what still stood then is known. One row."""

    __tablename__ = "history_begin"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


def columns_of(table: str) -> list[str]:
    """The columns of a published table, in their order."""
    return list(Base.metadata.tables[table].columns.keys())


def history_name(table: str) -> str:
    """The history of a published table."""
    return f"{table}_history"


def _history(name: str, key: tuple[str, ...]) -> Table:
    columns = [Column(c.name, c.type, nullable=c.nullable) for c in Base.metadata.tables[name].columns]
    ended = Column("ended", BigInteger, nullable=False)
    made = Table(history_name(name), Base.metadata, *columns, ended)
    Index(f"ix_{made.name}_{key[0]}", *(made.c[column] for column in key))
    Index(f"ix_{made.name}_ended", made.c.ended)
    return made


HISTORY = {name: _history(name, key) for name, key in PUBLISHED.items()}
Index("ix_crosswalk_history_canonical_id", HISTORY["crosswalk"].c.canonical_id)
