"""The id ledger without the erased record keys: a pseudonym stands for the key from which an id was minted.

Not here: the ledger itself (`resources.ledger`).
"""

from __future__ import annotations

import polars as pl
from sqlalchemy import delete, select, update

from resources import log
from resources.erasing.known import Erased
from resources.erasures import Erasures
from resources.ledger import KIND, PARTS
from resources.tables import CanonicalId, FramePointer, RecordHome
from resources.workspace import Workspace

STEPS = {"canonical_id": "ids", "record_home": "homes", "record_worn": "worn"}  # by the names of the stage's frames


def purge(workspace: Workspace, seq: int, erased: Erased, actor: str) -> None:
    """Rewrite the objects of the ledger that name erased keys, say so in the log, and mend the tables alike."""
    rewritten = _rewritten(workspace, erased)
    with workspace.database.transaction() as connection:
        if rewritten:
            log.append(connection, "erasure", {"of": seq, "ledger": rewritten}, actor)
        homes = erased.among(connection.execute(select(RecordHome.key)).scalars())
        connection.execute(delete(RecordHome).where(RecordHome.key.in_(homes)))
        born = erased.among(connection.execute(select(CanonicalId.born_key)).scalars())
        for old, new in zip(born, erased.pseudonyms(pl.Series(born, dtype=pl.String)), strict=True):
            connection.execute(update(CanonicalId).where(CanonicalId.born_key == old).values(born_key=new))
    _drop(workspace)
    _mend_frames(workspace, erased)


def _rewritten(workspace: Workspace, erased: Erased) -> dict[str, str]:
    """Under which hash each object stands that named an erased key; the new ones are kept."""
    with workspace.database.transaction() as connection:
        erasures = Erasures.read(connection)
        objects = {part: set[str]() for part in PARTS}
        for _, said in log.payloads(connection, "publication"):
            for part in PARTS:
                objects[part].add(erasures.ledger(said[KIND][part]))
    found: dict[str, str] = {}
    for part, digests in objects.items():
        for digest in sorted(digests):
            frame = workspace.storage.get_frame(digest, KIND)
            rest = _without(part, frame, erased)
            if rest is not None:
                found[digest] = workspace.storage.put_frame(rest, KIND)
    return found


def _without(part: str, frame: pl.DataFrame, erased: Erased) -> pl.DataFrame | None:
    """A part of a step of the ledger without erased keys; None where it names none."""
    column = "born_key" if part == "ids" else "key"
    named = erased.mask(frame[column])
    if not named.any():
        return None
    return frame.filter(~named) if part == "homes" else frame.with_columns(erased.pseudonyms(frame[column]))


def _mend_frames(workspace: Workspace, erased: Erased) -> None:
    """The same steps as the run handed them over that published last."""
    query = select(FramePointer.asset, FramePointer.run).where(FramePointer.asset.in_(STEPS), FramePointer.run != "")
    with workspace.database.transaction() as connection:
        found = list(connection.execute(query))
    for asset, run in found:
        frame = workspace.frames.of_run(asset, run)
        rest = None if frame is None else _without(STEPS[asset], frame, erased)
        if rest is not None:
            workspace.frames.write(asset, rest, run=run)


def _drop(workspace: Workspace) -> None:
    """Destroy the objects that were rewritten."""
    with workspace.database.transaction() as connection:
        erasures = Erasures.read(connection)
    for _, said in erasures.of("of"):
        for digest in said["ledger"]:
            workspace.storage.destroy(KIND, digest, ".parquet")
