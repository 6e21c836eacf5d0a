"""Reading what an evaluation follows from: record versions of a cut, what people said and set, what is in force.

Not here: which versions are current (`identity.versions`), nor what an evaluation before left (`resources.memory`).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from identity.fields import ENTITIES, Entity
from identity.frames import SIGHTED, record_schema
from identity.records import sightings
from identity.stages import Given
from resources import catalog, contracts, decisions, epochs
from resources.compaction import records_of
from resources.erasures import Erasures, without_erased
from resources.workspace import Workspace


def given(workspace: Workspace, adding: Sequence[str] = (), without: Sequence[str] = ()) -> Given:
    """All that the next cut (`resources.catalog.cut`) gives, or would give without some batches."""
    cut = catalog.cut(workspace.database, adding, without)
    with workspace.database.transaction() as connection:
        judged = decisions.judged(connection, cut["upto"][0])
        people = decisions.overrides(connection, cut["upto"][0])
        epoch = epochs.in_force(connection, workspace.storage, cut["upto"][0])
        rules = contracts.in_force(connection, cut["upto"][0])
        erased = Erasures.read(connection)
    records = {entity: without_erased(_records(workspace, entity, cut), erased) for entity in ENTITIES}
    sighted = {entity: _sighted(workspace, entity, cut) for entity in ENTITIES}
    return Given(records, sighted, cut, judged, people, epoch, rules)


def _records(workspace: Workspace, entity: Entity, cut: pl.DataFrame) -> pl.DataFrame:
    batches = cut.filter(pl.col("entity") == entity)["batch"]
    return pl.concat([pl.DataFrame(schema=record_schema(entity)), *records_of(workspace, batches)])


def _sighted(workspace: Workspace, entity: Entity, cut: pl.DataFrame) -> pl.DataFrame:
    """Only the rejected rows of snapshots are asked for: they alone say what a source no longer holds."""
    snapshots = cut.filter((pl.col("entity") == entity) & pl.col("snapshot"))
    facts = {batch: facts for batch, *facts in snapshots.select("batch", "source", "received_at").iter_rows()}
    rejected = workspace.frames.of_batches("rejected", list(facts))
    found = [sightings(frame, facts[batch][0], entity, facts[batch][1]) for batch, frame in rejected.items()]
    return pl.concat([pl.DataFrame(schema=SIGHTED), *found])
