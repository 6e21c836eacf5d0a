"""Whole histories by real runs: each version follows from the log alone, and the order of telling has no effect."""

from __future__ import annotations

import random
from pathlib import Path

from sqlalchemy import select, text

from assets.rebuild import rebuild
from identity.fields import RESOLVED, Entity
from identity.judgements import standing
from resources import catalog, decisions
from resources.enriching import looking, planning
from resources.history import as_of
from resources.publishing import newest, published_fingerprint
from resources.tables import PUBLISHED, Base
from resources.workspace import Workspace
from tests.histories import Decide, Import, Undo
from tests.worlds import World, at_once, histories, side_by_side


def test_every_version_follows_from_the_log_and_the_order_has_no_effect(workspace: Workspace, tmp_path: Path) -> None:
    """One history of many; `make soak` tells hundreds."""
    told = histories(20, 1)
    world, shown = World(workspace, tmp_path), dict[int, dict[str, list[str]]]()
    for step in side_by_side(told):
        assert world.tell(step).success
        assert rebuild(workspace, lambda _line: None).differences == []
        _check_plan(workspace)
        shown[newest(workspace.database) or 0] = _visible(workspace)
    assert {version: _visible(workspace, version) for version in shown} == shown
    _check_feed(workspace, sorted(shown))
    apart = published_fingerprint(workspace.database)
    _check_rows(workspace)
    _check_events(workspace)
    with workspace.database.transaction() as connection:
        connection.execute(text(f'drop schema "{workspace.database.schema}" cascade'))
    workspace.database.create()
    World(workspace, tmp_path).tell(at_once(told, random.Random(1)))
    together = published_fingerprint(workspace.database)
    assert (together.partition, together.content) == (apart.partition, apart.content)


def _check_plan(workspace: Workspace) -> None:
    """Planning that looks at what was published since leaves nothing to one that looks at everybody."""
    assert planning.plan(workspace, 1_000_000).new > 0
    with workspace.database.transaction() as connection:
        looking.forget_all(connection)
    done = planning.plan(workspace, 1_000_000)
    assert (done.new, done.again, done.stale, done.seen > 0) == (0, 0, 0, True)


def _visible(workspace: Workspace, version: int | None = None) -> dict[str, list[str]]:
    """The rows of every published table, now or as of a version."""
    found = {}
    with workspace.database.transaction() as connection:
        for name in PUBLISHED:
            query = select(Base.metadata.tables[name]) if version is None else as_of(name, version)
            found[name] = sorted(str(tuple(row)) for row in connection.execute(query))
    return found


def _check_feed(workspace: Workspace, versions: list[int]) -> None:
    """Each change that the feed tells is one that two versions show, and none is missing."""
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
            assert dict(told.rows()) == expected
            before = now


def _clients(workspace: Workspace, entity: Entity, version: int) -> dict[str, set[tuple[object, ...]]]:
    """Golden row and client-360 of each client as of a version."""
    found: dict[str, set[tuple[object, ...]]] = {}
    with workspace.database.transaction() as connection:
        for name in (entity, f"{entity}_360"):
            for row in connection.execute(as_of(name, version)).mappings():
                said = tuple(str(value) for column, value in row.items() if column != "version")
                found.setdefault(row["canonical_id"], set()).add(said)
    return found


def _check_rows(workspace: Workspace) -> None:
    """Every row received is in one place."""
    batches = workspace.database.frame("select batch from batch where withdrawn is null")["batch"]
    for batch in batches:
        counts = catalog.get(workspace.database, batch).counts
        assert counts is not None
        assert counts.received == counts.accepted + counts.rejected + counts.superseded + counts.held


def _check_events(workspace: Workspace) -> None:
    """Records were joined and taken apart, decisions held and slept, or all of this proves nothing."""
    found = workspace.database.frame("select distinct event from id_event where entity = 'contact'")["event"]
    assert set(found) >= {"mint", "keep", "merge", "split", "retire"}
    with workspace.database.transaction() as connection:
        said = [one.decision for one in decisions.read(connection)]
    keys = set(workspace.database.frame("select key from crosswalk")["key"])
    assert set(standing(said, keys).states.values()) >= {"holds", "asleep"}


def test_histories_say_something() -> None:
    entries = [e for history in histories(20, 1).values() for step in history for e in step]
    assert sum(isinstance(e, Import) for e in entries) > 30
    assert sum(isinstance(e, Decide) for e in entries) > 15
    assert any(isinstance(e, Undo) for e in entries)
    assert any(isinstance(e, Import) and e.snapshot for e in entries)
