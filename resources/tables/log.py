"""The log and its payloads, which are the truth, and the tables that point into it or are folds of it.

Not here: what a publication makes visible (`resources.tables.published`).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from resources.tables.base import Base

SHOWN = "published is not null and withdrawn is null"
WAITING = "published is null and withdrawn is null"


class LogEntry(Base):
    """One entry of the log: gapless `seq` in commit order, chained by hash (see `resources.log`)."""

    __tablename__ = "log"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(index=True)
    at: Mapped[dt.datetime]
    actor: Mapped[str]
    commitment: Mapped[bytes]
    previous: Mapped[bytes]
    hash: Mapped[bytes]


class LogPayload(Base):
    """Payload and salt of an entry: they can be destroyed without breaking the chain."""

    __tablename__ = "log_payload"
    seq: Mapped[int] = mapped_column(ForeignKey("log.seq"), primary_key=True, autoincrement=False)
    salt: Mapped[bytes]
    body: Mapped[str]  # canonical JSON, verbatim as committed to
    restated: Mapped[int | None] = mapped_column(ForeignKey("log.seq"))  # the erasure that vouches for what is left


class Batch(Base):
    """One import of one table of one file; `published` is the version that first showed it."""

    __tablename__ = "batch"
    batch: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(ForeignKey("log.seq"), unique=True)
    source: Mapped[str]
    entity: Mapped[str]
    sha256: Mapped[str]
    member: Mapped[str]  # which table of the file; empty where the file is one table
    file: Mapped[str]
    size: Mapped[int]
    received_at: Mapped[dt.datetime]
    mapping: Mapped[str]  # version of the mapping
    snapshot: Mapped[bool]  # it is all that its source holds
    deduplicated: Mapped[bool]  # its source says that it holds nobody twice
    received: Mapped[int | None]
    accepted: Mapped[int | None]
    rejected: Mapped[int | None]
    superseded: Mapped[int | None]
    held: Mapped[int | None]
    erased: Mapped[int | None]
    skipped: Mapped[int | None]  # lines that are no rows
    fill: Mapped[dict[str, Any] | None]  # column of the file: in which share of the rows it is filled
    published: Mapped[int | None] = mapped_column(ForeignKey("publication.version"), index=True)
    withdrawn: Mapped[int | None] = mapped_column(ForeignKey("log.seq"))  # the entry that took it out again
    __table_args__ = (  # what the view `source_status` asks: the newest that is shown, and those that wait
        Index("ix_batch_shown", "source", "entity", "received_at", "seq", postgresql_where=text(SHOWN)),
        Index("ix_batch_waiting", "source", "entity", postgresql_where=text(WAITING)),
    )


class Mended(Base):
    """Which row of a batch mends which rejected row of another."""

    __tablename__ = "mended"
    by_batch: Mapped[str] = mapped_column(ForeignKey("batch.batch"), primary_key=True)
    by_line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch: Mapped[str] = mapped_column(index=True)
    line: Mapped[int]


class FramePointer(Base):
    """Which Parquet object holds a frame: by batch (`run` empty), or of the whole set by run (`partition` empty).

    Where there are objects `below`, the lowest first, each of the others is a patch of what those under it come to.
    """

    __tablename__ = "frame"
    asset: Mapped[str] = mapped_column(primary_key=True)
    partition: Mapped[str] = mapped_column(primary_key=True)
    run: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(index=True)
    below: Mapped[list[str]] = mapped_column(server_default="{}")
    rows: Mapped[int]
    written_at: Mapped[dt.datetime]


class Publication(Base):
    """A version made visible: the cut of the log that it shows, by which code and run, and what changed."""

    __tablename__ = "publication"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(ForeignKey("log.seq"), unique=True)
    cut: Mapped[int]
    as_of: Mapped[dt.datetime]
    code_version: Mapped[str]
    run_id: Mapped[str] = mapped_column(index=True)
    summary: Mapped[dict[str, Any]]


class CanonicalId(Base):
    """Every id ever issued and what became of it: live, forwarded to another, or gone."""

    __tablename__ = "canonical_id"
    id: Mapped[str] = mapped_column(primary_key=True)
    entity: Mapped[str]
    state: Mapped[str]
    to: Mapped[str | None]
    minted: Mapped[int]
    ended: Mapped[int | None]
    born_at: Mapped[dt.datetime]
    born_key: Mapped[str]
    seq: Mapped[int]


class IdEvent(Base):
    """What a publication did to an id: mint, keep, merge, split, retire, resurrect. The feed of changes."""

    __tablename__ = "id_event"
    version: Mapped[int] = mapped_column(ForeignKey("publication.version"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # of the event within its version
    entity: Mapped[str]
    event: Mapped[str]
    id: Mapped[str] = mapped_column(index=True)
    to: Mapped[str | None]  # of a merge: the id that leads on; of a split: the id that broke off


class RecordHome(Base):
    """The home id of each record ever clustered: what the id rule is about."""

    __tablename__ = "record_home"
    key: Mapped[str] = mapped_column(primary_key=True)
    home: Mapped[str]
