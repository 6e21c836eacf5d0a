"""Record frames of many small batches, put together in few objects: ten thousand batches are read like one.

An object may hold the records of several batches; which of them count is told by the pointers to it alone, so a batch
that is made anew points elsewhere and what stands of it in the old object is not read.

Not here: single frames (`resources.frames`), and which versions are current (`identity.versions`).
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from sqlalchemy import Connection, select, update

from identity.fields import ENTITIES
from resources.database import lock_transaction
from resources.frames import without_pointer
from resources.tables import Batch, FramePointer
from resources.workspace import Workspace

SMALL = 50_000  # rows of an object that is put together with others
MANY = 50  # small objects of an entity, before that is worth it

POINTERS = {"batch": pl.String(), "sha256": pl.String(), "rows": pl.Int64(), "entity": pl.String()}


def records_of(workspace: Workspace, batches: pl.Series) -> Iterator[pl.DataFrame]:
    """The records of these batches, an object at a time."""
    with workspace.database.transaction() as connection:
        pointers = _pointers(connection)
    wanted = pointers.filter(pl.col("batch").is_in(batches.implode()))
    for (sha256,), pointing in wanted.group_by("sha256", maintain_order=True):
        yield _held(workspace, str(sha256), pointing["batch"])


def compact(workspace: Workspace) -> int:
    """Put small objects together where there are many; how many pointers were moved."""
    moved = 0
    for entity in ENTITIES:
        with workspace.database.transaction() as connection:
            lock_transaction(connection, "frames")
            small = _small(_pointers(connection).filter(pl.col("entity") == entity))
            if small["sha256"].n_unique() < MANY:
                continue
            parts = [
                _held(workspace, str(sha256), pointing["batch"]) for (sha256,), pointing in small.group_by("sha256")
            ]
            whole = workspace.storage.put_frame(pl.concat(parts).sort("key", "batch", "line"))
            pointing = FramePointer.asset == "records", FramePointer.run == "", FramePointer.sha256.in_(small["sha256"])
            connection.execute(update(FramePointer).where(*pointing).values(sha256=whole))
            gone = without_pointer(connection, sorted(set(small["sha256"]) - {whole}))
        workspace.storage.delete_frames(gone)
        moved += small.height
    return moved


def _small(pointers: pl.DataFrame) -> pl.DataFrame:
    """Pointers to objects of few rows."""
    return pointers.filter(pl.col("rows").sum().over("sha256") < SMALL)


def _held(workspace: Workspace, sha256: str, batches: pl.Series) -> pl.DataFrame:
    """The records that an object holds of the batches that point to it."""
    return workspace.storage.get_frame(sha256).filter(pl.col("batch").is_in(batches.implode()))


def _pointers(connection: Connection) -> pl.DataFrame:
    query = select(FramePointer.partition, FramePointer.sha256, FramePointer.rows, Batch.entity).join(
        Batch, Batch.batch == FramePointer.partition
    )
    of_records = query.where(FramePointer.asset == "records", FramePointer.run == "").order_by(Batch.seq)
    return pl.DataFrame([tuple(row) for row in connection.execute(of_records)], schema=POINTERS, orient="row")
