#!/usr/bin/env python3
"""Levels on DuckDB and on a local Spark, which must agree: spark.py FOLDER [ROWS] prints a JSON line an entity."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from identity import spark
from identity.blocking import candidates
from identity.fields import RESOLVED
from identity.scoring import matcher
from identity.screening import screen
from resources.spark import local_session
from velocity_pipelines.synth import write_exports
from velocity_pipelines.train_epochs import exported_records


def main(folder: Path, rows: int) -> bool:
    """Whether all integers of all candidate pairs are equal."""
    write_exports(rows, 77, folder / "exports", "hard")
    records = exported_records(folder / "exports")
    equal = True
    with local_session(folder / "spark") as session:
        for entity in RESOLVED:
            match = matcher(entity)
            frame = screen(match.features(records[entity]), match.epoch.model)
            pairs = candidates(frame, match.epoch.model)
            began = time.perf_counter()
            duck = match.compare(frame, pairs)
            between = time.perf_counter()
            same = spark.compare(frame, pairs, match.epoch, session).equals(duck)
            seconds = {"duckdb": round(between - began, 1), "spark": round(time.perf_counter() - between, 1)}
            sizes = {"records": frame.height, "pairs": pairs.height, "integers": duck.height * duck.width}
            print(json.dumps({"entity": entity, "rows": rows, **sizes, "seconds": seconds, "equal": same}), flush=True)
            equal &= same
    return equal


if __name__ == "__main__":
    sys.exit(not main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000))
