"""Frames between stages: a run reads its own alone, and nothing that is pointed to is ever dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text

from identity.errors import VelocityError
from identity.patches import Patch
from resources.database import Database
from resources.frames import MOST_LAYERS, Frames
from resources.storage import Storage
from resources.workspace import Workspace


def frame(number: int) -> pl.DataFrame:
    return pl.DataFrame({"x": [number]})


def test_a_run_reads_the_nearest_of_the_runs_it_names(workspace: Workspace) -> None:
    frames = workspace.frames
    for number, run in enumerate(("root", "parent", "stranger")):
        frames.write("edges", frame(number), run=run)
    assert frames.read("edges", ["me", "parent", "root"]).equals(frame(1))
    frames.write("edges", frame(9), run="me")
    assert frames.read("edges", ["me", "parent", "root"]).equals(frame(9))
    with pytest.raises(VelocityError) as missing:
        frames.read("edges", ["another"])
    assert missing.value.code == "frame_missing"


def test_the_frames_of_batches_are_replaced_when_they_are_made_again(workspace: Workspace) -> None:
    frames = workspace.frames
    frames.write("records", frame(1), partition="a")
    frames.write("records", frame(2), partition="a")
    frames.write("records", frame(3), partition="b")
    found = frames.of_batches("records", ["a", "b", "c"])
    assert {batch: rows["x"][0] for batch, rows in found.items()} == {"a": 2, "b": 3}


def test_other_runs_are_forgotten_but_not_what_somebody_still_points_to(workspace: Workspace) -> None:
    frames = workspace.frames
    shared = frames.write("edges", frame(1), run="old")
    frames.write("edges", frame(1), run="new")
    lone = frames.write("edges", frame(2), run="older")
    batch = frames.write("records", frame(3), partition="a")
    frames.forget_runs(keep="new")
    kept = {p.stem for p in (Path(workspace.storage.url) / "frames").iterdir()}
    assert kept == {shared, batch}
    assert lone not in kept
    assert frames.of_run("edges", "old") is None
    assert frames.of_run("edges", "new") is not None


def test_a_lost_object_is_no_frame(workspace: Workspace) -> None:
    digest = workspace.frames.write("edges", frame(1), run="r")
    (Path(workspace.storage.url) / "frames" / f"{digest}.parquet").unlink()
    assert workspace.frames.of_run("edges", "r") is None
    workspace.frames.forget_runs(keep="")


def test_a_frame_that_is_written_while_others_are_dropped_is_there(workspace: Workspace) -> None:
    """In each turn a run's frame is forgotten while a batch gets the very same one."""
    meet = threading.Barrier(2)
    turns = 40

    def own(act: Callable[[Frames, int], object]) -> None:
        database = Database(workspace.database.dsn)
        frames = Frames(database, Storage(workspace.storage.url))
        for turn in range(turns):
            meet.wait(60)
            act(frames, turn)
        database.close()

    for turn in range(turns):
        workspace.frames.write("edges", frame(turn), run=f"gone-{turn}")
    writer = threading.Thread(target=own, args=(lambda f, t: f.write("records", frame(t), partition=str(t)),))
    dropper = threading.Thread(target=own, args=(lambda f, t: _forget(f, f"gone-{t}"),))
    for thread in (writer, dropper):
        thread.start()
    for thread in (writer, dropper):
        thread.join(120)
    found = workspace.frames.of_batches("records", [str(turn) for turn in range(turns)])
    assert {batch: rows["x"][0] for batch, rows in found.items()} == {str(turn): turn for turn in range(turns)}


def _forget(frames: Frames, run: str) -> None:
    """That run alone: the others are kept for later turns."""
    with frames.database.transaction() as connection:
        query = "update frame set partition = run, run = '' where run <> '' and run <> :run returning run"
        connection.execute(text(query), {"run": run})
    frames.forget_runs(keep="")
    with frames.database.transaction() as connection:
        connection.execute(text("update frame set run = partition, partition = '' where partition like 'gone-%'"))


def people(**names: str) -> pl.DataFrame:
    return pl.DataFrame({"id": list(names), "name": list(names.values()), "far": [["x"]] * len(names)})


def objects(workspace: Workspace) -> set[str]:
    return {p.stem for p in (Path(workspace.storage.url) / "frames").iterdir()}


def test_a_frame_that_is_kept_as_a_patch_reads_as_the_whole(workspace: Workspace) -> None:
    frames = workspace.frames
    frames.write("contact", people(a="Ann", b="Bo", c="Cy"), run="1")
    frames.patch("contact", Patch(people(a="Anna", d="Di"), pl.Series(["b", "never"])), run="2", onto="1")
    frames.patch("contact", Patch(people(b="Bob"), pl.Series(["d"])), run="3", onto="2")
    assert frames.read("contact", ["2"]).equals(people(a="Anna", c="Cy", d="Di"))
    assert frames.read("contact", ["4", "3"]).equals(people(a="Anna", b="Bob", c="Cy"))
    named = frames.of_run("contact", "3", columns=["name"])
    assert named is not None
    assert named.to_dict(as_series=False) == {"name": ["Anna", "Bob", "Cy"]}
    for asked, found in ((pl.col("id") == "a", "Anna"), (pl.col("name") == "Ann", None), (pl.col("id") == "d", None)):
        rows = frames.of_run("contact", "3", asked)
        assert rows is not None
        assert rows["name"].to_list() == ([] if found is None else [found])


def test_a_patch_is_given_where_it_stands_on_what_is_asked_for(workspace: Workspace) -> None:
    frames = workspace.frames
    frames.write("contact", people(a="Ann"), run="1")
    frames.patch("contact", Patch(people(b="Bo"), pl.Series(["a"])), run="2", onto="1")
    found = frames.patched("contact", ["again", "2"], "1")
    assert found is not None
    assert (found.rows.equals(people(b="Bo")), found.gone.to_list()) == (True, ["a"])
    frames.write("contact", people(a="Other"), run="other")
    assert frames.patched("contact", ["2"], "other") is None
    assert frames.patched("contact", ["2"], None) is None
    assert frames.patched("contact", ["1"], "2") is None
    with pytest.raises(VelocityError) as missing:
        frames.patch("contact", Patch(people(b="Bo"), pl.Series(["a"])), run="3", onto="nobody")
    assert missing.value.code == "frame_missing"


def test_what_a_frame_stands_on_outlives_the_run_that_made_it_until_the_layers_are_many(workspace: Workspace) -> None:
    frames = workspace.frames
    frames.write("contact", people(a="Ann"), run="0")
    for number in range(1, MOST_LAYERS + 1):
        patch = Patch(people(b=f"Bo {number}"), pl.Series(dtype=pl.String))
        frames.patch("contact", patch, run=str(number), onto=str(number - 1))
        frames.forget_runs(keep=str(number))
        assert len(objects(workspace)) == number + 1
        frames.flatten(str(number))
        assert frames.read("contact", [str(number)]).equals(people(a="Ann", b=f"Bo {number}"))
    assert len(objects(workspace)) == 1
    assert frames.patched("contact", [str(MOST_LAYERS)], "0") is None
    frames.forget_runs(keep="nobody")
    assert not (Path(workspace.storage.url) / "frames").exists()  # an empty folder is removed
