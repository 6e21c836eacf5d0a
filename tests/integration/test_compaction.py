"""Many small batches are read like one, and what a batch holds is told by its pointer alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from identity.frames import record_schema
from resources import catalog, compaction
from resources.catalog import Arrival
from resources.workspace import Workspace

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def enter(workspace: Workspace, batch: str, names: list[str], entity: str = "contact") -> None:
    catalog.register(workspace.database, Arrival(batch, "crm", entity, batch, "", "a.csv", 1, NOON, "m"), {}, "test")
    write(workspace, batch, names, entity)


def write(workspace: Workspace, batch: str, names: list[str], entity: str = "contact") -> None:
    rows = [
        {"key": f"crm:{entity}:{n}", "batch": batch, "line": i, "source": "crm", "source_id": n}
        for i, n in enumerate(names)
    ]
    schema = record_schema(entity)  # type: ignore[arg-type]
    workspace.frames.write("records", pl.DataFrame(rows, schema=schema), partition=batch)


def read(workspace: Workspace, *batches: str) -> list[tuple[str, str]]:
    frames = list(compaction.records_of(workspace, pl.Series(batches)))
    return sorted(row for frame in frames for row in frame.select("batch", "source_id").iter_rows())


def objects(workspace: Workspace) -> int:
    return len(list((Path(workspace.storage.url) / "frames").iterdir()))


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "MANY", 3)
    monkeypatch.setattr(compaction, "SMALL", 5)


def test_small_objects_become_one_and_nothing_changes(workspace: Workspace) -> None:
    for batch in "abc":
        enter(workspace, batch, [batch * 2])
    enter(workspace, "large", list("12345"))
    enter(workspace, "other", ["z"], "account")
    before = read(workspace, *"abc", "large", "other")
    assert (compaction.compact(workspace), objects(workspace)) == (3, 3)
    assert read(workspace, *"abc", "large", "other") == before
    assert read(workspace, "b", "large") == [("b", "bb"), *[("large", n) for n in "12345"]]
    assert compaction.compact(workspace) == 0


def test_a_batch_that_is_made_anew_is_read_anew(workspace: Workspace) -> None:
    for batch in "abc":
        enter(workspace, batch, [batch * 2])
    compaction.compact(workspace)
    write(workspace, "b", ["new"])
    assert read(workspace, *"abc") == [("a", "aa"), ("b", "new"), ("c", "cc")]
    enter(workspace, "d", ["dd"])
    assert compaction.compact(workspace) == 4
    assert read(workspace, *"abcd") == [("a", "aa"), ("b", "new"), ("c", "cc"), ("d", "dd")]
    assert objects(workspace) == 1


def test_batches_without_records_do_no_harm(workspace: Workspace) -> None:
    for batch in "abc":
        enter(workspace, batch, [])
    assert read(workspace, *"abc") == []
    compaction.compact(workspace)
    assert read(workspace, *"abc") == []
