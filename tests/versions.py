"""What readers see of versions: every published row now or as of one, and the feed of what changed between them."""

from __future__ import annotations

from sqlalchemy import select

from identity.fields import RESOLVED, Entity
from resources.history import as_of
from resources.tables import PUBLISHED, Base
from resources.workspace import Workspace


def visible(workspace: Workspace, version: int | None = None) -> dict[str, list[str]]:
    """The rows of every published table, now or as of a version."""
    found = {}
    with workspace.database.transaction() as connection:
        for name in PUBLISHED:
            query = select(Base.metadata.tables[name]) if version is None else as_of(name, version)
            found[name] = sorted(str(tuple(row)) for row in connection.execute(query))
    return found


def feed_is_true(workspace: Workspace, versions: list[int]) -> bool:
    """Whether each change that the feed tells is one that two versions show, and none is missing."""
    for entity in RESOLVED:
        before: dict[str, set[tuple[object, ...]]] = {}
        for version in versions:
            now = _clients(workspace, entity, version)
            told = workspace.database.frame(
                "select canonical_id, change from change where version = :version and entity = :entity",
                version=version, entity=entity,
            )  # fmt: skip
            expected = dict.fromkeys(now.keys() - before.keys(), "added")
            expected |= dict.fromkeys(before.keys() - now.keys(), "removed")
            expected |= {name: "updated" for name in now.keys() & before.keys() if now[name] != before[name]}
            if dict(told.rows()) != expected:
                return False
            before = now
    return True


def _clients(workspace: Workspace, entity: Entity, version: int) -> dict[str, set[tuple[object, ...]]]:
    """Golden row and client-360 of each client as of a version."""
    found: dict[str, set[tuple[object, ...]]] = {}
    with workspace.database.transaction() as connection:
        for name in (entity, f"{entity}_360"):
            for row in connection.execute(as_of(name, version)).mappings():
                said = tuple(str(value) for column, value in row.items() if column != "version")
                found.setdefault(row["canonical_id"], set()).add(said)
    return found
