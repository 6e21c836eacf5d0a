"""For developers: make the shipped epochs anew, from invented exports of seeds that no demo and no test uses.

    python -m velocity_pipelines.train_epochs [FOLDER]

Not here: how an epoch is trained (`identity.training`).
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
from pathlib import Path

import polars as pl

from identity import versions
from identity.accounts import derived_accounts
from identity.fields import RESOLVED, Entity
from identity.frames import SIGHTED, record_schema
from identity.mapping import parse_mapping
from identity.training import train
from quality_checks.validation import interpret
from resources.epochs import MODELS
from resources.readers import open_table
from velocity_pipelines.synth import write_exports

SEEDS = (9001, 9002)
ROWS = 20_000  # of each seed
RECEIVED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def main(folder: Path) -> None:
    """Write `contact.json` and `account.json` to a folder."""
    made = [current_records(ROWS, seed) for seed in SEEDS]
    source = f"invented exports, {ROWS} rows of each seed {', '.join(map(str, SEEDS))}"
    for model in MODELS.values():
        epoch = train(pl.concat(records[model.entity] for records in made), model, source, general=True)
        (folder / f"{model.entity}.json").write_text(epoch.dump(), "utf-8")
        sys.stderr.write(f"{epoch.id}\n")


def current_records(rows: int, seed: int) -> dict[Entity, pl.DataFrame]:
    """Current records of contacts and accounts (derived ones too) in invented exports, under keys of their seed."""
    with tempfile.TemporaryDirectory() as name:
        write_exports(rows, seed, Path(name))
        current = exported_records(Path(name))
    return {e: frame.with_columns(key=pl.format("{}-{}", pl.lit(seed), "key")) for e, frame in current.items()}


def exported_records(folder: Path) -> dict[Entity, pl.DataFrame]:
    """The same from exports that `velocity_pipelines.synth` wrote to a folder."""
    read = [_read(folder, entry) for entry in json.loads((folder / "imports.json").read_text("utf-8"))]
    current: dict[Entity, pl.DataFrame] = {
        e: _current(pl.concat(frame for entity, frame in read if entity == e)) for e in RESOLVED
    }
    derived = derived_accounts(current["contact"]).select(list(record_schema("account")))
    current["account"] = pl.concat([current["account"], derived])
    return current


def _current(records: pl.DataFrame) -> pl.DataFrame:
    return versions.current(records, pl.DataFrame(schema=versions.SNAPSHOTS), pl.DataFrame(schema=SIGHTED))


def _read(folder: Path, entry: dict[str, str]) -> tuple[str, pl.DataFrame]:
    mapping = parse_mapping((folder / entry["mapping"]).read_text("utf-8"))
    with open_table(folder / entry["file"], entry["file"], "") as table:
        return mapping.entity, interpret(table.parts(), mapping, "training", RECEIVED).records


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "identity" / "epochs")
