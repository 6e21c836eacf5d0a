"""`make demo`: invented exports, imported by real runs of the platform, and what came of them, in words.

Not here: anything that a user could not do with the command line.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from identity.errors import VelocityError
from resources.workspace import Workspace
from velocity_pipelines import importing, landing, launching, scoring_report, showing, wording
from velocity_pipelines.cli.output import complain, progress
from velocity_pipelines.platform import processes
from velocity_pipelines.platform.databases import open_workspace
from velocity_pipelines.settings import Settings
from velocity_pipelines.synth import write_exports

RECORDS, SEED = 5000, 1


def main() -> int:
    """Run the demo; the platform stays up, so that it can be looked at."""
    try:
        _demo(Settings.read())
    except VelocityError as error:
        return complain(error, as_json=False)
    return 0


def _demo(settings: Settings) -> None:
    folder = settings.home / "demo"
    progress(f"writing exports of two invented CRMs and an event list to {folder}")
    write_exports(RECORDS, SEED, folder)
    status = processes.up(settings, progress)
    workspace = open_workspace(settings)
    started = time.monotonic()
    answers = _import(settings, folder)
    seconds = time.monotonic() - started
    progress("making a few pictures of clients")
    launching.run_enrich(settings, 10, progress)
    scores = scoring_report.score(workspace, folder / "truth.parquet")
    sys.stdout.write(_summary(workspace, answers, seconds) + "\n" + scoring_report.words(scores) + "\n\n")
    sys.stdout.write(wording.words(showing.client(workspace, showing.busiest_contact(workspace))) + "\n\n")
    sys.stdout.write(f"Open {status.url} to see the runs, lineage and checks.\n")
    sys.stdout.write("`make down` stops the platform; `.venv/bin/velocity --help` says what else there is.\n")


def _import(settings: Settings, folder: Path) -> list[dict[str, Any]]:
    """One run a source, in the order of `imports.json`."""
    workspace = open_workspace(settings)
    listed = json.loads((folder / "imports.json").read_text())
    answers = []
    for source in dict.fromkeys(entry["source"] for entry in listed):
        files = [(folder / e["file"], _options(folder, e)) for e in listed if e["source"] == source]
        answer = importing.import_files(settings, workspace, importing.Request(files), progress)
        if importing.exit_code(answer):
            failed = next(b for b in answer["batches"] if b["error"])
            raise VelocityError(
                "demo_failed", f"{failed['file']}: {failed['error']['message']}", failed["error"]["hint"]
            )
        answers.append(answer)
    return answers


def _options(folder: Path, entry: dict[str, str]) -> landing.Options:
    return replace(landing.Options(), mapping=folder / entry["mapping"], actor="demo")


def _summary(workspace: Workspace, answers: list[dict[str, Any]], seconds: float) -> str:
    batches = [batch for answer in answers for batch in answer["batches"]]
    new = any(batch["status"] == "published" for batch in batches)
    head = f"Imported in {seconds:.0f} s." if new else "Nothing new: these files were imported before."
    words = ("received", "accepted", "rejected", "superseded")
    rows = ", ".join(f"{sum(batch[word] for batch in batches)} {word}" for word in words)
    return "\n".join(["", head, f"{len(batches)} files, rows: {rows}.", showing.totals(workspace)])


if __name__ == "__main__":
    sys.exit(main())
