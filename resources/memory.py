"""What the evaluation that was published last left for the next one: features, and edges with their cuts.

Not here: how it is used (`identity.matching`). To forget it changes the time that an evaluation takes, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from identity.fields import RESOLVED, Entity
from identity.stages import declared
from resources.publishing import CODE_VERSION
from resources.tables import Publication
from resources.workspace import Workspace

if TYPE_CHECKING:
    from identity.matching import Memory


def recall(workspace: Workspace) -> dict[Entity, Memory]:
    """The memory of each entity; none where nothing was published, by this code, or the storage root has lost it."""
    query = select(Publication.run_id, Publication.code_version).order_by(Publication.version.desc()).limit(1)
    with workspace.database.transaction() as connection:
        last = connection.execute(query).first()
    if last is None or last.code_version != CODE_VERSION:
        return {}
    found = {entity: _of_entity(workspace, entity, last.run_id) for entity in RESOLVED}
    return {entity: memory for entity, memory in found.items() if memory is not None}


def _of_entity(workspace: Workspace, entity: Entity, run: str) -> Memory | None:
    features, edges, cut = (
        workspace.frames.of_run(name, run) for name in (f"{entity}_features", f"{entity}_live_edges", "cut")
    )
    if features is None or edges is None or cut is None or edges.is_empty():
        return None
    from identity.matching import Memory  # noqa: PLC0415 - SciPy loads only where something is resolved

    return Memory(features, edges, edges["epoch"][0], declared(cut, entity))
