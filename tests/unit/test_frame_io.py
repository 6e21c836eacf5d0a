"""What a stage reads its inputs from: its own run, then those that it is the re-execution of, and no other; and only
the columns that it names.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import polars as pl

from assets.setwise import columns_of
from resources.frame_io import FrameIO, lineage


def test_a_re_execution_reads_what_the_runs_before_it_made_nearest_first() -> None:
    parents = {"d": "c", "c": "b", "b": "a", "a": None, "x": None}
    runs = {run: SimpleNamespace(run_id=run, parent_run_id=parent) for run, parent in parents.items()}
    run: Any = runs["d"]
    instance: Any = SimpleNamespace(get_run_by_id=runs.get)
    assert list(lineage(run, instance)) == ["d", "c", "b", "a"]


def test_only_the_columns_that_a_stage_names_are_read() -> None:
    kept: dict[str, pl.DataFrame] = {}

    class Kept:
        def write(self, name: str, frame: pl.DataFrame, run: str) -> None:
            kept[name] = frame

        def read(self, name: str, runs: list[str], columns: list[str] | None) -> pl.DataFrame:
            return kept[name].select(columns or pl.all())

    @dg.asset(io_manager_key="frames")
    def made() -> pl.DataFrame:
        return pl.DataFrame({"key": ["a"], "much": ["b"]})

    seen = []

    @dg.asset(ins=columns_of(["key"], "made"), io_manager_key="frames")
    def some(made: pl.DataFrame) -> pl.DataFrame:
        seen.append(made.columns)
        return made

    @dg.asset(io_manager_key="frames")
    def whole(made: pl.DataFrame) -> pl.DataFrame:
        seen.append(made.columns)
        return made

    frames: Any = Kept()
    with dg.DagsterInstance.ephemeral() as instance:
        assert dg.materialize([made, some, whole], resources={"frames": FrameIO(frames)}, instance=instance).success
    assert sorted(seen) == [["key"], ["key", "much"]]
