#!/usr/bin/env python3
"""The whole way of a folder of exports in this process, measured: one_import.py FOLDER EPOCHS prints one JSON line.

EPOCHS (`pin.py`) are put in force before. The last contact rows of the largest file are held back and come in later,
as a second import.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from velocity_pipelines import importing, landing, scoring_report  # isort: skip - before Polars is imported

from identity.epoch import load
from resources import epochs
from resources.workspace import Workspace
from velocity_pipelines.platform.databases import open_workspace
from velocity_pipelines.platform.instance import dagster_instance
from velocity_pipelines.settings import Settings

HELD_BACK = 100  # one row of so many


def main(folder: Path, pinned: Path) -> None:
    """Import all but some rows, then these; the steps' times are those of Dagster's record of each run."""
    settings = Settings.read()
    workspace = open_workspace(settings)
    for file in sorted(pinned.glob("*.json")):
        epoch = load(file.read_text("utf-8"))
        epochs.register(workspace, epoch, "benchmark")
        epochs.activate(workspace, epoch.id, "benchmark", "pinned")
    listed = json.loads((folder / "imports.json").read_text())
    rows = sum((folder / e["file"]).read_bytes().count(b"\n") - 1 for e in listed)
    with tempfile.TemporaryDirectory(prefix="vb") as name:
        first, more = _parted(folder, Path(name), listed, rows // HELD_BACK)
        whole = _imported(settings, workspace, first)
        added = _imported(settings, workspace, more)
    scores = scoring_report.score(workspace, folder / "truth.parquet")
    print(json.dumps({"whole": whole, "added": added, "scores": scores, "held_back": rows // HELD_BACK}))


Files = list[tuple[Path, landing.Options]]


def _parted(folder: Path, other: Path, listed: list[dict[str, Any]], held_back: int) -> tuple[Files, Files]:
    """All files, the largest of contacts without its last rows; and these as a file of their own."""
    largest = max((e for e in listed if e["entity"] == "contact"), key=lambda e: (folder / e["file"]).stat().st_size)
    lines = (folder / largest["file"]).read_bytes().splitlines(keepends=True)
    (other / "less.csv").write_bytes(b"".join(lines[:-held_back]))
    (other / "more.csv").write_bytes(b"".join([lines[0], *lines[-held_back:]]))
    files = [other / "less.csv" if e is largest else folder / e["file"] for e in listed]
    options = [landing.Options(mapping=folder / e["mapping"]) for e in listed]
    more = (other / "more.csv", landing.Options(mapping=folder / largest["mapping"]))
    return list(zip(files, options, strict=True)), [more]


def _imported(settings: Settings, workspace: Workspace, files: Files) -> dict[str, Any]:
    began = time.perf_counter()
    request = importing.Request(files)
    answer = importing.import_files(settings, workspace, request, lambda line: print(line, file=sys.stderr))
    seconds = round(time.perf_counter() - began, 2)
    assert not importing.exit_code(answer), answer
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with dagster_instance(settings) as instance:
        steps = sorted(instance.get_run_step_stats(answer["run_id"]), key=lambda s: s.start_time or 0.0)
    stages = {s.step_key: round((s.end_time or 0.0) - (s.start_time or 0.0), 2) for s in steps}
    return {"stages": stages, "seconds": seconds, "rss_mb": peak}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
