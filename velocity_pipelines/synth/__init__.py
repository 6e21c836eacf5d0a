"""Exports of invented CRMs, with the truth beside them: for the demo, tests and benchmarks.

The same seed gives the same bytes. Not here: reading any of it back.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import yaml

from identity.errors import BadInputError
from velocity_pipelines.synth.exports import CRMS, EVENTS, Export, all_exports
from velocity_pipelines.synth.society import make_society
from velocity_pipelines.synth.world import RATES, HardRates, make_world

Difficulty = Literal["easy", "normal", "hard"]
ROWS_PER_PERSON = sum(s.known * (1 + s.twice) for s in (*CRMS.values(), EVENTS))
CONTACT_SHARE = 0.62  # of all rows; the rest are companies, deals and activities


@dataclass(frozen=True, slots=True)
class SynthSummary:
    """What was written."""

    files: int
    rows: int
    contacts: int
    accounts: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON answers."""
        return asdict(self)


def write_exports(records: int, seed: int, out: Path, difficulty: Difficulty = "normal") -> SynthSummary:
    """Write about so many rows in several files, mappings, `imports.json` and `truth.parquet` to a folder."""
    rng = np.random.default_rng(seed)
    rates = RATES[difficulty]
    people = max(4, round(records * CONTACT_SHARE / ROWS_PER_PERSON))
    world = make_society(people, rates, rng) if isinstance(rates, HardRates) else make_world(people, rates, rng)
    exports = all_exports(world, rates, max(1, records // 22), max(1, records // 12), rng)
    exports = [_damaged(export, rng) for export in exports]
    try:
        _write(exports, out)
    except OSError as error:
        raise BadInputError("bad_path", f"{out} cannot be written: {error.strerror}", "check --out") from None
    sizes = {e: sum(x.table.height for x in exports if x.entity == e) for e in ("contact", "account")}
    return SynthSummary(len(exports), sum(x.table.height for x in exports), sizes["contact"], sizes["account"])


def _damaged(export: Export, rng: np.random.Generator) -> Export:
    """Rows that no import can take: a malformed address, an unreadable time, no id; and an id that comes twice."""
    table = export.table
    if table.height < 40 or export.entity != "contact":
        return export
    key = table.columns.index(export.mapping["key"])
    spoiled = table[rng.integers(0, table.height, 4)].rows()
    mail = next(i for i, name in enumerate(table.columns) if export.mapping["columns"].get(name) == "email")
    ruined = [_with(spoiled[0], {key: f"X{key}1", mail: "anna@@example"}), _with(spoiled[1], {key: ""})]
    ruined.append(_with(spoiled[2], {}))  # the same id again
    if "updated_at" in export.mapping:
        at = table.columns.index(export.mapping["updated_at"])
        ruined.append(_with(spoiled[3], {key: f"X{key}2", at: "yesterday"}))
    extra = pl.DataFrame(ruined, schema=table.schema, orient="row")
    return Export(export.source, export.entity, pl.concat([table, extra]), export.mapping, export.truth)


def _with(row: tuple[Any, ...], changes: dict[int, str]) -> tuple[Any, ...]:
    return tuple(changes.get(i, cell) for i, cell in enumerate(row))


def _write(exports: list[Export], out: Path) -> None:
    (out / "mappings").mkdir(parents=True, exist_ok=True)
    listed, truths = [], []
    for export in exports:
        name = f"{export.source}_{export.entity}"
        export.table.write_csv(out / f"{name}.csv")
        text = yaml.safe_dump(export.mapping, sort_keys=False, allow_unicode=True)
        (out / "mappings" / f"{name}.yaml").write_text(text, encoding="utf-8")
        listed.append(
            {
                "file": f"{name}.csv",
                "source": export.source,
                "entity": export.entity,
                "mapping": f"mappings/{name}.yaml",
            }
        )
        if export.truth is not None:
            head = {"source": pl.lit(export.source), "entity": pl.lit(export.entity)}
            truths.append(export.truth.select(**head, source_id="source_id", true_id="true_id"))
    (out / "imports.json").write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")
    pl.concat(truths).write_parquet(out / "truth.parquet", statistics=False)
