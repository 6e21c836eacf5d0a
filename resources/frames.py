"""Pointers from a stage's output to the Parquet object that holds it.

Batch-wise frames are known by (asset, batch); set-wise frames by (asset, run), so that the stages of a run hand over
to each other alone, whatever other runs do.

Not here: the objects themselves (`resources.storage`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from identity.errors import VelocityError
from resources.database import Database, lock_transaction
from resources.parts import PartsWriter, read_parts
from resources.storage import Storage
from resources.tables import FramePointer


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames by the stage that made them."""

    database: Database
    storage: Storage

    def write(self, asset: str, frame: pl.DataFrame, *, partition: str = "", run: str = "") -> str:
        """Keep a frame and point to it; returns the SHA-256 of its Parquet file."""
        row = {"asset": asset, "partition": partition, "run": run, "rows": frame.height}
        return self._point(row, lambda: self.storage.put_frame(frame))

    def keep(self, asset: str, partition: str, parts: PartsWriter) -> None:
        """Keep the frame of a batch that was written in parts, and point to it."""
        parts.close()
        row = {"asset": asset, "partition": partition, "run": "", "rows": parts.rows}
        self._point(row, lambda: self.storage.put_file("frames", parts.path, ".parquet"))

    def _point(self, row: dict[str, Any], put: Callable[[], str]) -> str:
        with self.database.transaction() as connection:
            # An object that is there already must not be dropped before we point to it.
            lock_transaction(connection, "frames", shared=True)
            row |= {"sha256": put(), "written_at": dt.datetime.now(dt.UTC)}
            statement = insert(FramePointer).values(row)
            connection.execute(statement.on_conflict_do_update(index_elements=["asset", "partition", "run"], set_=row))
        return str(row["sha256"])

    def parts(self, asset: str, partition: str) -> Iterator[pl.DataFrame]:
        """The frame of a batch, part by part; `frame_missing` where none was made."""
        query = select(FramePointer.sha256).where(
            FramePointer.asset == asset, FramePointer.run == "", FramePointer.partition == partition
        )
        with self.database.transaction() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            raise VelocityError("frame_missing", f"batch {partition} has no {asset}", "run the whole job for it")
        with self.storage.local("frames", found, ".parquet") as path:
            yield from read_parts(path)

    def read(self, asset: str, runs: Sequence[str]) -> pl.DataFrame:
        """The set-wise frame of the first of these runs that made one; `frame_missing` where none did."""
        query = select(FramePointer.run, FramePointer.sha256).where(
            FramePointer.asset == asset, FramePointer.run.in_(runs)
        )
        with self.database.transaction() as connection:
            found = {row.run: row.sha256 for row in connection.execute(query)}
        for run in runs:
            if run in found:
                return self.storage.get_frame(found[run])
        raise VelocityError("frame_missing", f"this run has not made {asset}", "run the whole job")

    def of_run(self, asset: str, run: str, where: pl.Expr | None = None) -> pl.DataFrame | None:
        """The set-wise frame that one run made, or those of its rows; None where there is none or the storage root has
        lost it.
        """
        query = select(FramePointer.sha256).where(FramePointer.asset == asset, FramePointer.run == run)
        with self.database.transaction() as connection:
            found = connection.execute(query).scalar()
        try:
            return self.storage.get_frame(found, where=where) if found else None
        except VelocityError:
            return None

    def of_batches(self, asset: str, batches: list[str]) -> dict[str, pl.DataFrame]:
        """The frames of several batches."""
        query = select(FramePointer.partition, FramePointer.sha256).where(
            FramePointer.asset == asset, FramePointer.run == "", FramePointer.partition.in_(batches)
        )
        with self.database.transaction() as connection:
            digests = {row.partition: row.sha256 for row in connection.execute(query)}
        return {batch: self.storage.get_frame(digests[batch]) for batch in batches if batch in digests}

    def forget_runs(self, keep: str) -> None:
        """Drop the set-wise frames of every other run, and the objects that nothing points to any more."""
        with self.database.transaction() as connection:
            lock_transaction(connection, "frames")
            query = delete(FramePointer).where(FramePointer.run.notin_(["", keep])).returning(FramePointer.sha256)
            gone = sorted(set(connection.execute(query).scalars()))
            self.storage.delete_frames(without_pointer(connection, gone))


def without_pointer(connection: Connection, digests: list[str]) -> list[str]:
    """Those of some objects that nothing points to."""
    query = select(FramePointer.sha256).distinct().where(FramePointer.sha256.in_(digests))
    kept = set(connection.execute(query).scalars())
    return [digest for digest in digests if digest not in kept]
