"""Frames of batches without the erased rows, and an end to frames that nothing points to.

Set-wise frames are made anew by the publication that follows; those of the runs before it are dropped then.

Not here: the evidence (`resources.blanking`).
"""

from __future__ import annotations

from collections import defaultdict

import polars as pl
from sqlalchemy import select, update

from resources.database import lock_transaction
from resources.erasures import pairs
from resources.frames import without_pointer
from resources.tables import Batch, FramePointer
from resources.workspace import Workspace

LINES = {"accepted": "_line", "rejected": "line", "superseded": "line", "held": "line", "records": "line"}
COUNTED = ("accepted", "rejected", "superseded", "held")


def purge(workspace: Workspace, rows: dict[str, list[int]]) -> None:
    """Write the frames that hold these rows (lines by batch) anew, and count what is left."""
    query = select(FramePointer.asset, FramePointer.partition, FramePointer.sha256)
    with workspace.database.transaction() as connection:
        found = list(connection.execute(query.where(FramePointer.run == "", FramePointer.asset.in_(LINES))))
    objects: dict[tuple[str, str], list[str]] = defaultdict(list)
    for asset, batch, sha256 in found:
        objects[asset, sha256].append(batch)
    for (asset, sha256), batches in objects.items():
        if asset == "records":  # rows of a batch may stand in an object that its pointer has left
            _records(workspace, sha256, batches, rows)
        else:
            for batch in batches:
                if batch in rows:
                    _of_batch(workspace, asset, sha256, batch, rows[batch])
    for batch in rows:
        _count(workspace, batch)


def _of_batch(workspace: Workspace, asset: str, sha256: str, batch: str, lines: list[int]) -> None:
    frame = workspace.storage.get_frame(sha256)
    rest = frame.filter(~pl.col(LINES[asset]).is_in(lines))
    if rest.height < frame.height:
        _point(workspace, asset, sha256, rest, {batch: rest.height})


def _records(workspace: Workspace, sha256: str, batches: list[str], rows: dict[str, list[int]]) -> None:
    frame = workspace.storage.get_frame(sha256)
    gone = pairs((batch, line) for batch, lines in rows.items() for line in lines)
    rest = frame.join(gone, on=["batch", "line"], how="anti", maintain_order="left")
    if rest.height < frame.height:
        counts = dict(rest.group_by("batch").len().iter_rows())
        _point(workspace, "records", sha256, rest, {batch: counts.get(batch, 0) for batch in batches})


def _point(workspace: Workspace, asset: str, old: str, rest: pl.DataFrame, rows: dict[str, int]) -> None:
    """Keep a frame in place of an object, for some batches with their rows in it, and drop what nobody needs."""
    with workspace.database.transaction() as connection:
        lock_transaction(connection, "frames")
        new = workspace.storage.put_frame(rest)
        for batch, count in rows.items():
            of = (FramePointer.asset == asset, FramePointer.partition == batch, FramePointer.sha256 == old)
            connection.execute(update(FramePointer).where(*of).values(sha256=new, rows=count))
        gone = without_pointer(connection, [old])
    workspace.storage.delete_frames(gone)


def _count(workspace: Workspace, batch: str) -> None:
    """Where the rows of a batch are now, if they were read."""
    query = select(FramePointer.asset, FramePointer.rows).where(
        FramePointer.partition == batch, FramePointer.run == "", FramePointer.asset.in_(COUNTED)
    )
    with workspace.database.transaction() as connection:
        left = dict(connection.execute(query).all())
        received = connection.execute(select(Batch.received).where(Batch.batch == batch)).scalar()
        if received is not None and "accepted" in left:
            counts = {**left, "erased": received - sum(left.values())}
            connection.execute(update(Batch).where(Batch.batch == batch).values(counts))


def sweep(workspace: Workspace) -> None:
    """Drop the frames that nothing points to: a run that was killed may have left some."""
    with workspace.database.transaction() as connection:
        lock_transaction(connection, "frames")  # nobody keeps one now and points to it later
        workspace.storage.delete_frames(without_pointer(connection, workspace.storage.listed("frames", ".parquet")))
