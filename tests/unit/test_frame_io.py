"""Which runs a stage reads its inputs from: its own, then those that it is the re-execution of, and no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from resources.frame_io import lineage


def test_a_re_execution_reads_what_the_runs_before_it_made_nearest_first() -> None:
    parents = {"d": "c", "c": "b", "b": "a", "a": None, "x": None}
    runs = {run: SimpleNamespace(run_id=run, parent_run_id=parent) for run, parent in parents.items()}
    run: Any = runs["d"]
    instance: Any = SimpleNamespace(get_run_by_id=runs.get)
    assert list(lineage(run, instance)) == ["d", "c", "b", "a"]
