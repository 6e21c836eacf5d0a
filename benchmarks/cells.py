#!/usr/bin/env python3
"""Random golden cells held against the bytes that they came from: cells.py FOLDER --cells 10000 prints one JSON line.

Takes a folder of exports (`velocity synth`), imports it into a fresh home, and of so many cells reads the raw cell from
the evidence again and normalises it. `equal` of `cells` give the golden value; `seconds` are of the cells alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from resources.embedded import EmbeddedPostgres
from velocity_pipelines import importing, landing
from velocity_pipelines.platform.databases import open_workspace
from velocity_pipelines.sampling import random_cells
from velocity_pipelines.settings import Settings


def main() -> None:
    """Measure, and take the fresh home away again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for name in ("VELOCITY_DATABASE_URL", "VELOCITY_DAGSTER_DATABASE_URL", "VELOCITY_STORAGE_URL"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="vb") as home:
        os.environ["VELOCITY_HOME"] = home
        try:
            measure(options.folder, options.cells, options.seed)
        finally:
            EmbeddedPostgres(Path(home) / "postgres").remove()


def measure(folder: Path, count: int, seed: int) -> None:
    """Import, and trace random cells; those that are not equal are told by field, without their values."""
    settings = Settings.read()
    workspace = open_workspace(settings)
    listed = json.loads((folder / "imports.json").read_text())
    files = [(folder / e["file"], landing.Options(mapping=folder / e["mapping"])) for e in listed]
    answer = importing.import_files(
        settings, workspace, importing.Request(files), lambda line: print(line, file=sys.stderr)
    )
    assert not importing.exit_code(answer), answer
    begin = time.perf_counter()
    found = random_cells(workspace, count, seed)
    seconds = round(time.perf_counter() - begin, 2)
    unequal = found.filter(~pl.col("verified")).group_by("entity", "field", "batch").len().sort("entity", "field")
    workspace.database.close()
    told = {"cells": found.height, "equal": int(found["verified"].sum()), "seconds": seconds}
    print(json.dumps({**told, "files": found["batch"].n_unique(), "unequal": unequal.to_dicts()}))


if __name__ == "__main__":
    main()
