"""Pointers from a stage's output to the Parquet object that holds it.

Batch-wise frames are known by (asset, batch); set-wise frames by (asset, run), so that the stages of a run hand over
to each other alone, whatever other runs do.

Not here: the objects themselves (`resources.storage`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from identity.errors import VelocityError
from resources.database import Database
from resources.storage import Storage
from resources.tables import FramePointer


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames by the stage that made them."""

    database: Database
    storage: Storage

    def write(self, asset: str, frame: pl.DataFrame, *, partition: str = "", run: str = "") -> str:
        """Keep a frame and point to it; returns the SHA-256 of its Parquet file."""
        digest = self.storage.put_frame(frame)
        row = {"asset": asset, "partition": partition, "run": run, "sha256": digest, "rows": frame.height}
        row["written_at"] = dt.datetime.now(dt.UTC)
        statement = insert(FramePointer).values(row)
        with self.database.transaction() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["asset", "partition", "run"], set_=row))
        return digest

    def read(self, asset: str, *, partition: str = "", run: str | None = None) -> pl.DataFrame:
        """The frame of a batch, or of a run; of the newest run where that run made none or none is named."""
        found = self._newest(asset, partition, run)
        if found is None:
            raise VelocityError("frame_missing", f"{asset} has not been made yet", f"materialise {asset} first")
        return self.storage.get_frame(found)

    def of_run(self, asset: str, run: str) -> pl.DataFrame | None:
        """The set-wise frame that one run made, None where there is none or the storage root has lost it."""
        query = select(FramePointer.sha256).where(FramePointer.asset == asset, FramePointer.run == run)
        with self.database.transaction() as connection:
            found = connection.execute(query).scalar()
        try:
            return self.storage.get_frame(found) if found else None
        except VelocityError:
            return None

    def _newest(self, asset: str, partition: str, run: str | None) -> str | None:
        query = (
            select(FramePointer.sha256)
            .where(FramePointer.asset == asset, FramePointer.partition == partition)
            .order_by((FramePointer.run == (run or "")).desc(), FramePointer.written_at.desc())
            .limit(1)
        )
        with self.database.transaction() as connection:
            return connection.execute(query).scalar()

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
            gone = connection.execute(
                delete(FramePointer).where(FramePointer.run.notin_(["", keep])).returning(FramePointer.sha256)
            ).scalars()
            orphans = _without_pointer(connection, sorted(set(gone)))
        self.storage.delete_frames(orphans)


def _without_pointer(connection: Connection, digests: list[str]) -> list[str]:
    query = select(FramePointer.sha256).distinct().where(FramePointer.sha256.in_(digests))
    kept = set(connection.execute(query).scalars())
    return [digest for digest in digests if digest not in kept]
