"""What the evaluation that was published last left for the next one: features, edges with their cuts, and what golden
rows and client-360 followed from.

Not here: how it is used (`identity.matching`, `identity.touched`). To forget it changes the time that an evaluation
takes, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import select

from identity import touched
from identity.fields import RESOLVED, Entity
from identity.stages import declared
from resources.code_version import code_version
from resources.run_tags import is_anew
from resources.tables import Base, LogEntry, Publication
from resources.workspace import Workspace

if TYPE_CHECKING:
    from identity.matching import Memory

UNLISTED = ("payload", "intent", "version")  # of client-360: what it says in full is read of those alone that changed
LISTED: touched.Columns = {
    f"{entity}_360": tuple(c.name for c in Base.metadata.tables[f"{entity}_360"].columns if c.name not in UNLISTED)
    for entity in RESOLVED
}
GOLDEN: touched.Columns = {**touched.ENTITIES, **dict.fromkeys(RESOLVED, ("canonical_id", "owner", "records"))}
CLIENTS: touched.Columns = {**touched.CLIENTS, **LISTED}


def recall(workspace: Workspace, *, features: bool = True) -> dict[Entity, Memory]:
    """The memory of each entity, if asked with its features; none where nothing was published, by this code, or the
    storage root has lost it.
    """
    last = _last(workspace)
    if last is None:
        return {}
    found = {entity: _of_entity(workspace, entity, last.run_id, features) for entity in RESOLVED}
    return {entity: memory for entity, memory in found.items() if memory is not None}


@dataclass(frozen=True, slots=True)
class Former:
    """What golden rows (GOLDEN) or client-360 (CLIENTS) of the newest version followed from and came to, and the `run`
    that made them, whose frames can be built on.
    """

    run: str
    frames: dict[str, pl.DataFrame]


def recall_former(
    workspace: Workspace, cut: pl.DataFrame, named: touched.Columns, tags: Mapping[str, str]
) -> Former | None:
    """That of the version that a cut follows; None where there is none to build on: nothing was published by this code,
    the storage root has lost it, a file was read anew, rules changed, or somebody was erased since, of whom nothing may
    stay in what is built on; and for a run that is tagged to do all anew.
    """
    last = _last(workspace)
    if last is None or last.version != cut["follows"][0] or is_anew(tags):
        return None
    shown = workspace.frames.of_run("cut", last.run_id)
    with workspace.database.transaction() as connection:
        weighty = LogEntry.kind.in_(("contract", "erasure"))
        since = connection.execute(select(LogEntry.seq).where(weighty, LogEntry.seq > last.cut).limit(1)).first()
    if shown is None or since is not None or _read_anew(shown, cut):
        return None
    found = {name: workspace.frames.of_run(name, last.run_id, columns=columns) for name, columns in named.items()}
    frames = {name: frame for name, frame in found.items() if frame is not None}
    return Former(last.run_id, frames) if len(frames) == len(found) else None


def _read_anew(before: pl.DataFrame, now: pl.DataFrame) -> bool:
    """Whether a batch of both was entered again since: its rows may be others on the same lines."""
    both = before.select("batch", was="seq").join(now, on="batch")
    return bool((both["was"] != both["seq"]).any())


def _last(workspace: Workspace) -> Any:
    """The newest publication, if this code made it."""
    facts = (Publication.version, Publication.run_id, Publication.cut, Publication.code_version)
    query = select(*facts).order_by(Publication.version.desc()).limit(1)
    with workspace.database.transaction() as connection:
        row = connection.execute(query).first()
    return row if row is not None and row.code_version == code_version() else None


def _of_entity(workspace: Workspace, entity: Entity, run: str, features: bool) -> Memory | None:
    edges, cut = (workspace.frames.of_run(name, run) for name in (f"{entity}_live_edges", "cut"))
    known = workspace.frames.of_run(f"{entity}_features", run) if features else None
    if edges is None or cut is None or edges.is_empty() or (features and known is None):
        return None
    from identity.matching import Memory  # noqa: PLC0415 - SciPy loads only where something is resolved

    return Memory(known, edges, edges["epoch"][0], declared(cut, entity))
