"""The exports of a small world in pieces, and an order to import them in.

Not here: importing them.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import polars as pl

from velocity_pipelines.synth import write_exports


def slices(folder: Path, seed: int, chance: random.Random) -> list[Path]:
    """The exports of a small world, each cut into one to three files."""
    write_exports(300, seed, folder / "exports")
    files = []
    for entry in json.loads((folder / "exports" / "imports.json").read_text()):
        table = pl.read_csv(folder / "exports" / entry["file"], infer_schema=False)
        parts = chance.randint(1, 3)
        for part in range(parts):
            rows = table[part * table.height // parts : (part + 1) * table.height // parts]
            if not rows.is_empty():
                files.append(folder / f"{part}-{entry['file']}")
                rows.write_csv(files[-1])
    return files


def groups(files: list[Path], chance: random.Random) -> list[list[Path]]:
    """The files in random order and groups, some of them twice."""
    order = files + chance.sample(files, k=len(files) // 4)
    chance.shuffle(order)
    made: list[list[Path]] = []
    while order:
        size = chance.randint(1, 5)
        made.append(list(dict.fromkeys(order[:size])))
        order = order[size:]
    return made
