"""Pointers from a stage's output to the Parquet object that holds it.

Batch-wise frames are known by (asset, batch); set-wise frames by (asset, run), so that the stages of a run hand over
to each other alone, whatever other runs do. A set-wise frame that differs little from the one that was published last
is kept as a patch of it; whoever reads it need not know.

Not here: the objects themselves (`resources.storage`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from identity.errors import VelocityError
from identity.patches import Patch
from resources.database import Database, lock_transaction
from resources.parts import PartsWriter, read_parts
from resources.storage import Storage
from resources.tables import FramePointer

MOST_LAYERS = 8  # of patches; then a frame is put together anew, after its publication
GONE = "_gone"  # of a row of a patch: that it is no more; all but its key is null


class Layers(NamedTuple):
    """The objects that a frame is put together of: each but the lowest is a patch of what those below it come to."""

    below: tuple[str, ...]
    top: str

    @property
    def all(self) -> tuple[str, ...]:
        """The lowest first."""
        return (*self.below, self.top)


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

    def patch(self, asset: str, patch: Patch, *, run: str, onto: str) -> None:
        """Keep the set-wise frame of a run as what differs from that of another, which has one (`frame_missing`) and
        is not dropped meanwhile: the lane is held. Where nothing differs it is the same one.
        """
        found = self._layers(asset, [onto])
        if onto not in found:
            raise VelocityError("frame_missing", f"there is no {asset} to build on", "run the whole job")
        if patch.rows.is_empty() and patch.gone.is_empty():
            row = {"asset": asset, "partition": "", "run": run, "rows": 0, "below": list(found[onto].below)}
            self._point(row, lambda: found[onto].top)
            return
        gone = pl.DataFrame({patch.rows.columns[0]: patch.gone}).with_columns(pl.lit(True).alias(GONE))
        rows = pl.concat([patch.rows.with_columns(pl.lit(False).alias(GONE)), gone], how="diagonal")
        row = {"asset": asset, "partition": "", "run": run, "rows": rows.height, "below": list(found[onto].all)}
        self._point(row, lambda: self.storage.put_frame(rows))

    def patched(self, asset: str, runs: Sequence[str], onto: str | None) -> Patch | None:
        """What the frame of the first of these runs that made one differs in from that of another run, where it is kept
        so; None where it is kept as a whole.
        """
        found = self._layers(asset, [*runs, *([onto] if onto else [])])
        mine = next((found[run] for run in runs if run in found), None)
        if mine is None or onto not in found:
            return None
        if mine == found[onto]:
            nothing = self._merged(mine, pl.lit(value=False))
            return Patch(nothing, nothing.to_series())
        return _patch(self.storage.get_frame(mine.top)) if mine.below == found[onto].all else None

    def flatten(self, run: str) -> None:
        """Put together what is kept in many layers for a run, and drop the layers. What cannot be, is tried again after
        the next version.
        """
        with self.database.transaction() as connection:
            query = select(FramePointer.asset, FramePointer.below, FramePointer.sha256)
            found = list(connection.execute(query.where(FramePointer.run == run)))
        for asset, below, top in found:
            if len(below) < MOST_LAYERS:
                continue
            with suppress(VelocityError):
                self.write(asset, self.read(asset, [run]), run=run)
            with self.database.transaction() as connection:
                lock_transaction(connection, "frames")
                self.storage.delete_frames(without_pointer(connection, [*below, top]))

    def _point(self, row: dict[str, Any], put: Callable[[], str]) -> str:
        with self.database.transaction() as connection:
            # An object that is there already must not be dropped before we point to it.
            lock_transaction(connection, "frames", shared=True)
            row = {"below": [], **row, "sha256": put(), "written_at": dt.datetime.now(dt.UTC)}
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

    def read(self, asset: str, runs: Sequence[str], columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The set-wise frame of the first of these runs that made one, or some columns of it; `frame_missing` where
        none did.
        """
        found = self._layers(asset, runs)
        for run in runs:
            if run in found:
                return self._merged(found[run], columns=columns)
        raise VelocityError("frame_missing", f"this run has not made {asset}", "run the whole job")

    def of_run(
        self, asset: str, run: str, where: pl.Expr | None = None, columns: Sequence[str] | None = None
    ) -> pl.DataFrame | None:
        """The set-wise frame that one run made, or those of its rows and columns; None where there is none or the
        storage root has lost it.
        """
        found = self._layers(asset, [run])
        try:
            return self._merged(found[run], where, columns) if run in found else None
        except VelocityError:
            return None

    def _layers(self, asset: str, runs: Sequence[str]) -> dict[str, Layers]:
        """Of each run that made such a frame."""
        query = select(FramePointer.run, FramePointer.below, FramePointer.sha256).where(
            FramePointer.asset == asset, FramePointer.run.in_(runs)
        )
        with self.database.transaction() as connection:
            return {row.run: Layers(tuple(row.below), row.sha256) for row in connection.execute(query)}

    def _merged(
        self, layers: Layers, where: pl.Expr | None = None, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """The frame that layers come to. A patch is read whole: it says which rows of those below do not count."""
        lowest, *patches = layers.all
        if not patches:
            return self.storage.get_frame(lowest, where=where, columns=columns)
        found = [_patch(self.storage.get_frame(digest)) for digest in patches]
        patch = reduce(lambda before, next_one: next_one.after(before), found)
        key = patch.rows.columns[0]
        rows = patch.rows if where is None else patch.rows.filter(where)
        wanted = None if columns is None else list(dict.fromkeys([key, *columns]))
        below = self.storage.get_frame(lowest, where=where, columns=wanted)
        frame = Patch(rows, pl.concat([patch.gone, patch.rows[key]])).onto(below)
        return frame if columns is None else frame.select(columns)

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
            dropped = FramePointer.run.notin_(["", keep])
            query = delete(FramePointer).where(dropped).returning(FramePointer.sha256, FramePointer.below)
            gone = {digest for row in connection.execute(query) for digest in (row.sha256, *row.below)}
            self.storage.delete_frames(without_pointer(connection, sorted(gone)))


def _patch(kept: pl.DataFrame) -> Patch:
    """What a layer says."""
    rows = kept.filter(~pl.col(GONE)).drop(GONE)
    return Patch(rows, kept.filter(GONE)[rows.columns[0]])


def take_over(connection: Connection, run: str, *before: str) -> None:
    """Make the set-wise frames that a run has not made, but those before it, its own: the nearest run's first."""
    for other in before:
        own = select(FramePointer.asset).where(FramePointer.run == run)
        theirs = (FramePointer.run == other, FramePointer.asset.not_in(own))
        connection.execute(update(FramePointer).where(*theirs).values(run=run))


def without_pointer(connection: Connection, digests: list[str]) -> list[str]:
    """Those of some objects that nothing points to."""
    kept: set[str] = set()
    for column in (FramePointer.sha256, func.unnest(FramePointer.below)):
        pointed = select(column.label("sha256")).subquery()
        kept |= set(connection.execute(select(pointed.c.sha256).where(pointed.c.sha256.in_(digests))).scalars())
    return [digest for digest in digests if digest not in kept]
