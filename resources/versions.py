"""Reading all record versions of a cut.

Not here: which of them are current (`identity.versions`).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from identity.fields import ENTITIES, Entity
from identity.frames import record_schema
from resources import catalog
from resources.workspace import Workspace


def record_versions(
    workspace: Workspace, adding: Sequence[str] = ()
) -> tuple[pl.DataFrame, dict[Entity, pl.DataFrame]]:
    """The next cut (`resources.catalog.cut`) and all record versions in it, by entity."""
    cut = catalog.cut(workspace.database, adding)
    return cut, {entity: _of_entity(workspace, entity, cut) for entity in ENTITIES}


def _of_entity(workspace: Workspace, entity: Entity, cut: pl.DataFrame) -> pl.DataFrame:
    batches = cut.filter(pl.col("entity") == entity)["batch"].to_list()
    frames = workspace.frames.of_batches("records", batches).values()
    return pl.concat([pl.DataFrame(schema=record_schema(entity)), *frames])
