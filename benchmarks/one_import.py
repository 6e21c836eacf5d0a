#!/usr/bin/env python3
"""One import of a folder of exports in this process, measured: one_import.py FOLDER prints one JSON line."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from velocity_pipelines import importing, landing, scoring_report
from velocity_pipelines.platform.databases import open_workspace
from velocity_pipelines.platform.instance import dagster_instance
from velocity_pipelines.settings import Settings


def main(folder: Path) -> None:
    """Import, and read the steps' times from Dagster's record of the run."""
    settings = Settings.read()
    workspace = open_workspace(settings)
    listed = json.loads((folder / "imports.json").read_text())
    files = [(folder / e["file"], landing.Options(mapping=folder / e["mapping"])) for e in listed]
    answer = importing.import_files(
        settings, workspace, importing.Request(files), lambda line: print(line, file=sys.stderr)
    )
    assert not importing.exit_code(answer), answer
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with dagster_instance(settings) as instance:
        steps = sorted(instance.get_run_step_stats(answer["run_id"]), key=lambda s: s.start_time or 0.0)
    stages = {s.step_key: round((s.end_time or 0.0) - (s.start_time or 0.0), 2) for s in steps}
    seconds = round((steps[-1].end_time or 0.0) - (steps[0].start_time or 0.0), 2)
    scores = scoring_report.score(workspace, folder / "truth.parquet")
    print(json.dumps({"stages": stages, "seconds": seconds, "rss_mb": peak, "scores": scores}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
