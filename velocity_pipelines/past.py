"""A client as a version showed it: the row that stood then, with windows as of the moment of its publication.

How sources and jobs stand now is not told of the past, but for what is known to have begun before. Who was erased since
has no past. Not here: a client as it is (`velocity_pipelines.showing`).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, select
from sqlalchemy.dialects import postgresql

from identity.fields import RESOLVED, Entity
from resources import views
from resources.erasures import Erasures
from resources.history import as_of, version_of
from resources.tables import Batch, CanonicalId, IdEvent, Publication, table
from resources.workspace import Workspace
from velocity_pipelines.showing import follow, sections


def client(workspace: Workspace, name: str, said: str) -> dict[str, Any]:
    """The client-360 that an id named as of a version or a time (`resources.history.version_of`); `unknown_id`."""
    with workspace.database.transaction() as connection:
        version = version_of(connection, said)
        issued, state = _then(connection, name, version)
        forwarded = issued["id"] if issued["id"] != name.rpartition(":")[2] else None
        result: dict[str, Any] = {
            "asked": name, "canonical_id": issued["id"], "entity": issued["entity"], "state": state,
            "forwarded_to": forwarded, "version": version,
        }  # fmt: skip
        if state != "live":
            return {**result, "deleted": []}
        shown = _sections(connection, issued, version)
        evidence = _evidence(connection, issued["id"], version)
    return {**result, **shown, "published_version": version, "evidence": evidence, "enrichment": [], "rows": []}


def _then(connection: Connection, name: str, version: int) -> tuple[RowMapping, str]:
    """Where an id led then, and whether it was live, gone, or `unborn`; one that leads to a person erased since, or
    stood for one then, is `erased`.
    """
    leads, erasures = follow(connection, name), Erasures.read(connection)
    current = leads["canonical_id"] if leads["state"] == "erased" else name.rpartition(":")[2]
    while True:
        row = connection.execute(select(table(CanonicalId)).where(CanonicalId.id == current)).mappings().one()
        if row["state"] == "erased" or erasures.stood(current, version):
            return row, "erased"
        stood = as_of(f"{row['entity']}_360", version).subquery()
        if connection.execute(select(stood.c.version).where(stood.c.canonical_id == current)).first():
            return row, "live"
        last = _last_event(connection, current, version)
        if last is None or last.event != "merge":
            return row, "gone" if last else "unborn"
        current = last.to


def _last_event(connection: Connection, name: str, version: int) -> Row[str, str | None] | None:
    """What last made an id live, forwarded or gone, up to a version."""
    query = select(IdEvent.event, IdEvent.to).where(IdEvent.id == name, IdEvent.version <= version)
    query = query.where(IdEvent.event.in_(("mint", "merge", "retire", "resurrect")))
    return connection.execute(query.order_by(IdEvent.version.desc(), IdEvent.number.desc()).limit(1)).first()


def _sections(connection: Connection, issued: RowMapping, version: int) -> dict[str, Any]:
    entity: Entity = next(e for e in RESOLVED if e == issued["entity"])
    stood = as_of(f"{entity}_360", version).subquery()
    query = select(stood).where(stood.c.canonical_id == issued["id"])
    base = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    at = connection.execute(select(Publication.as_of).where(Publication.version == version)).scalar_one()
    moment = f"timestamptz '{at.astimezone(dt.UTC).isoformat()}'"
    return sections(connection, f"({views.client(entity, f'({base})', moment)})", issued["id"])


def _evidence(connection: Connection, canonical_id: str, version: int) -> list[dict[str, Any]]:
    walk = as_of("crosswalk", version).subquery()
    query = (
        select(walk.c.key, walk.c.derived, walk.c.line, Batch.file, Batch.sha256, Batch.received_at)
        .join(Batch, Batch.batch == walk.c.batch)
        .where(walk.c.canonical_id == canonical_id)
        .order_by(walk.c.key)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
