#!/usr/bin/env python3
"""Train epochs on a folder of exports and keep them, to be pinned: pin.py EXPORTS OUT writes OUT/<entity>.json."""

from __future__ import annotations

import sys
from pathlib import Path

from identity.training import train
from resources.epochs import MODELS
from velocity_pipelines.train_epochs import exported_records


def main(exports: Path, out: Path) -> None:
    """Train the epoch of each entity."""
    out.mkdir()
    records = exported_records(exports)
    for entity, model in MODELS.items():
        (out / f"{entity}.json").write_text(train(records[entity], model, "the set itself").dump(), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
