"""From what people type to records: an id (`contact:c_…` or `c_…`), or a record key (`source:entity:id`, `source:id`).

Not here: ids that no longer live (`velocity_pipelines.showing`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from sqlalchemy import ColumnElement, select

from identity.errors import BadInputError
from identity.fields import RESOLVED, Entity
from resources.publishing import published_frame
from resources.tables import Crosswalk
from resources.workspace import Workspace
from velocity_pipelines.showing import follow


@dataclass(frozen=True, slots=True)
class Cluster:
    """The records of an entity's id, oldest first (ties: by key)."""

    entity: Entity
    canonical_id: str
    keys: list[str]


def cluster_of(workspace: Workspace, name: str) -> Cluster:
    """The cluster of an id or of a record; `unknown_id` or `unknown_record` where there is none now."""
    if _is_id(name):
        with workspace.database.transaction() as connection:
            issued = follow(connection, name)
        if issued["state"] != "live":
            raise BadInputError("unknown_id", f"{name} is gone: none of its records is there", "choose another")
        canonical_id = issued["canonical_id"]
    else:
        _, canonical_id = _record(workspace, name)
    rows = _rows(workspace, Crosswalk.canonical_id == canonical_id)
    keys = [key for key, *_ in rows]
    return Cluster(_entity(rows[0][1]), canonical_id, _by_age(workspace, keys))


def record_key(workspace: Workspace, name: str) -> str:
    """The key of a current record; `unknown_record`, `ambiguous_record`."""
    return _record(workspace, name)[0]


def _is_id(name: str) -> bool:
    head, _, tail = name.rpartition(":")
    return head in ("", *RESOLVED) and tail[:2] in ("c_", "a_")


def _record(workspace: Workspace, name: str) -> tuple[str, str]:
    source, _, source_id = name.partition(":")
    short = (Crosswalk.source == source) & (Crosswalk.source_id == source_id)
    rows = _rows(workspace, (Crosswalk.key == name) | short)
    if len(rows) > 1:
        raise BadInputError("ambiguous_record", f"{name} is a contact and an account", "write source:entity:id")
    if not rows:
        raise BadInputError(
            "unknown_record", f"there is no record {name} now", "`velocity export crosswalk` lists them"
        )
    return rows[0][0], rows[0][2]


def _rows(workspace: Workspace, condition: ColumnElement[bool]) -> list[tuple[str, str, str]]:
    query = select(Crosswalk.key, Crosswalk.entity, Crosswalk.canonical_id).where(condition).order_by(Crosswalk.key)
    with workspace.database.transaction() as connection:
        return [(row.key, row.entity, row.canonical_id) for row in connection.execute(query)]


def _entity(name: str) -> Entity:
    return next(entity for entity in RESOLVED if entity == name)


def _by_age(workspace: Workspace, keys: list[str]) -> list[str]:
    ages = published_frame(workspace, "record_ages", pl.col("key").is_in(keys))
    born = dict(ages.select("key", "born").iter_rows())
    return sorted(keys, key=lambda key: (born[key], key))
