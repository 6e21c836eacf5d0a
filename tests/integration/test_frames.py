"""Frames between stages: a run reads its own alone, and nothing that is pointed to is ever dropped."""

from __future__ import annotations

import threading
from pathlib import Path

import polars as pl
import pytest

from identity.errors import VelocityError
from resources.database import Database
from resources.frames import Frames
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
    """The same few contents come and go in many runs at once: whoever wrote one can read it."""
    lost: list[str] = []

    def write(writer: int) -> None:
        database = Database(workspace.database.dsn)
        own = Frames(database, Storage(workspace.storage.url))
        for turn in range(15):
            run = f"keep-{writer}-{turn}"
            own.write("edges", frame(turn % 2), partition=run)  # of a batch: nobody forgets it
            if own.of_batches("edges", [run])[run].height != 1:
                lost.append(run)
        database.close()

    def forget() -> None:
        database = Database(workspace.database.dsn)
        own = Frames(database, Storage(workspace.storage.url))
        for turn in range(15):
            own.write("edges", frame(turn % 2), run=f"gone-{turn}")
            own.forget_runs(keep="")
        database.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(2)] + [threading.Thread(target=forget)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert lost == []
    written = [f"keep-{writer}-{turn}" for writer in range(2) for turn in range(15)]
    assert len(workspace.frames.of_batches("edges", written)) == 30
