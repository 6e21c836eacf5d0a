"""Batches: entered once, counted, waiting, in a cut; and what the log alone says of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, replace

import polars as pl
import pytest

from identity.errors import BadInputError
from resources import catalog, log
from resources.catalog import Arrival, Counts
from resources.workspace import Workspace

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def arrival(name: str) -> Arrival:
    return Arrival(name, "crm", "contact", "0" * 64, "", f"{name}.csv", 12, NOON, "m1")


def enter(workspace: Workspace, *names: str, actor: str = "tester") -> None:
    for name in names:
        assert catalog.register(workspace.database, arrival(name), {"of": name}, actor)
        workspace.frames.write("records", pl.DataFrame({"x": [1]}), partition=name)


def publish(workspace: Workspace, upto: int, *adds: str) -> None:
    """A publication as the log has it."""
    with workspace.database.transaction() as connection:
        log.append(connection, "publication", {"cut": upto, "adds": list(adds)}, "platform")


def shown(workspace: Workspace) -> dict[str, object]:
    with workspace.database.transaction() as connection:
        return {facts["batch"]: facts["rules"] for facts in catalog.shown(connection)[1]}


def test_a_batch_is_entered_once(workspace: Workspace) -> None:
    enter(workspace, "a")
    assert not catalog.register(workspace.database, arrival("a"), {}, "tester")
    state = catalog.get(workspace.database, "a")
    assert (state.arrival, state.counts, state.published) == (arrival("a"), None, None)
    assert catalog.rules(workspace.database, "a") == {"of": "a"}


@pytest.mark.parametrize("other", [{"mapping": "m2"}, {"received_at": NOON + dt.timedelta(1)}])
def test_another_mapping_or_stamp_is_entered_anew_while_nothing_is_shown(
    workspace: Workspace, other: dict[str, object]
) -> None:
    enter(workspace, "a")
    catalog.count(workspace.database, "a", **asdict(Counts(9, 5, 3, 1, 0, 2)))
    changed = replace(arrival("a"), **other)  # type: ignore[arg-type]
    assert catalog.register(workspace.database, changed, {"new": 1}, "tester")
    found = catalog.get(workspace.database, "a")
    assert (found.arrival, found.counts) == (changed, None)
    assert catalog.rules(workspace.database, "a") == {"new": 1}
    with workspace.database.transaction() as connection:
        assert len(log.payloads(connection, "batch")) == 2


def test_counts_are_kept(workspace: Workspace) -> None:
    enter(workspace, "a")
    catalog.count(workspace.database, "a", **asdict(Counts(9, 5, 3, 1, 0, 2)))
    assert catalog.get(workspace.database, "a").counts == Counts(9, 5, 3, 1, 0, 2)


def test_what_waits_is_told_in_order_and_by_actor(workspace: Workspace) -> None:
    enter(workspace, "b", "a")
    enter(workspace, "c", actor="landing")
    assert catalog.pending(workspace.database) == ["b", "a", "c"]
    assert catalog.pending(workspace.database, "landing") == ["c"]


def test_a_cut_holds_what_its_run_adds_and_nothing_else_that_waits(workspace: Workspace) -> None:
    assert catalog.cut(workspace.database).select("batch", "upto", "follows").rows() == [(None, 0, 0)]
    enter(workspace, "b", "a", "c")
    assert catalog.register(workspace.database, arrival("unread"), {}, "tester")
    found = catalog.cut(workspace.database, ["a", "b", "unread"])
    assert found.select("batch", "seq", "upto", "follows").rows() == [("b", 1, 4, 0), ("a", 2, 4, 0)]


def test_the_log_alone_says_what_is_shown_as_each_publication_cut_it(workspace: Workspace) -> None:
    enter(workspace, "a", "b")
    publish(workspace, 2, "a")
    catalog.register(workspace.database, replace(arrival("b"), mapping="m2"), {"late": 1}, "tester")
    publish(workspace, 2, "b")  # by a run that began before the batch was entered anew
    assert shown(workspace) == {"a": {"of": "a"}, "b": {"of": "b"}}


def test_an_unknown_batch_is_told(workspace: Workspace) -> None:
    assert catalog.state(workspace.database, "x") is None
    with pytest.raises(BadInputError) as unknown:
        catalog.get(workspace.database, "x")
    assert unknown.value.code == "unknown_batch"
