"""Whole histories by real runs: each version follows from the log alone, and the order of telling has no effect."""

from __future__ import annotations

import random
from pathlib import Path

from sqlalchemy import text

from assets.rebuild import rebuild
from identity.judgements import standing
from resources import catalog, decisions
from resources.enriching import looking, planning
from resources.publishing import newest, published_fingerprint
from resources.workspace import Workspace
from tests.histories import Decide, Import, Retract, Undo
from tests.versions import feed_is_true, visible
from tests.worlds import World, at_once, histories, side_by_side

TOLD = (8, 18)  # how many, and by which seed


def test_every_version_follows_from_the_log_and_the_order_has_no_effect(workspace: Workspace, tmp_path: Path) -> None:
    """A few side by side; `make soak` tells hundreds, and asks the same of each version."""
    told = histories(*TOLD)
    world, shown = World(workspace, tmp_path), dict[int, dict[str, list[str]]]()
    for step in side_by_side(told):
        assert world.tell(step).success
        assert rebuild(workspace, lambda _line: None).differences == []
        _check_plan(workspace)
        shown[newest(workspace.database) or 0] = visible(workspace)
    assert {version: visible(workspace, version) for version in shown} == shown
    assert feed_is_true(workspace, sorted(shown))
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
    assert planning.plan(workspace, 1_000_000).waiting > 0
    with workspace.database.transaction() as connection:
        looking.forget_all(connection)
    done = planning.plan(workspace, 1_000_000)
    assert (done.new, done.again, done.stale, done.seen > 0) == (0, 0, 0, True)


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
    entries = [e for history in histories(*TOLD).values() for step in history for e in step]
    assert sum(isinstance(e, Import) for e in entries) > 20
    assert sum(isinstance(e, Decide) for e in entries) > 10
    assert all(any(isinstance(e, kind) for e in entries) for kind in (Undo, Retract))
    assert any(isinstance(e, Import) and e.snapshot for e in entries)
