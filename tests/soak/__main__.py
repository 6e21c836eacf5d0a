"""Long seeded histories on real servers, with faults: `make soak`. Each seed is told once; a stopped soak goes on.

    python -m tests.soak [--kills 16] [--worlds 20] [--chaos 3] [--properties 1] [--anew]

Not here: what is told (`tests.soak.kills`, `tests.soak.histories`, `tests.soak.chaos`, `tests.soak.properties`).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.soak import chaos, histories, kills, properties

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "var" / "soak.json"
SOAKS: dict[str, tuple[str, Callable[[int], dict[str, object]]]] = {
    "kills": ("Slices of one world's exports in random order and grouping, with repeats and kills", kills.run),
    "worlds": ("Random histories of imports, undos, snapshots and decisions, side by side", histories.run),
    "chaos": ("Two hundred GPU jobs, eight at a time, with kills of worker and platform and lost answers", chaos.run),
    "properties": ("The properties of the unit tests on twenty times the examples", properties.run),
}


def main() -> int:
    """Run the seeds that have no result yet, and keep the whole as `docs/soak.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=16, help="seeds of about four kills each")
    parser.add_argument("--worlds", type=int, default=20, help=f"seeds of {histories.TOGETHER} histories each")
    parser.add_argument("--chaos", type=int, default=3, help="seeds of 200 GPU jobs each")
    parser.add_argument("--properties", type=int, default=1, help="seeds of all properties on many examples")
    parser.add_argument("--anew", action="store_true", help="forget the results so far")
    options = parser.parse_args()
    KEPT.parent.mkdir(exist_ok=True)
    results: dict[str, dict[str, Any]] = json.loads(KEPT.read_text()) if KEPT.exists() and not options.anew else {}
    for name, (_, run) in SOAKS.items():
        told = results.setdefault(name, {})
        for seed in range(1, getattr(options, name) + 1):
            if str(seed) not in told:
                began = time.monotonic()
                told[str(seed)] = {**run(seed), "seconds": round(time.monotonic() - began)}
                KEPT.write_text(json.dumps(results))
                print(f"{name} {seed}: {told[str(seed)]}", file=sys.stderr)
    (ROOT / "docs" / "soak.md").write_text(report(results))
    return (
        0
        if all(value is not False for told in results.values() for one in told.values() for value in one.values())
        else 1
    )


def report(results: dict[str, dict[str, Any]]) -> str:
    """The results as a page: a table a soak."""
    lines = ["# Soak", ""]
    for name, (title, _) in SOAKS.items():
        told = sorted(results.get(name, {}).items(), key=lambda item: int(item[0]))
        if told:
            columns = list(told[0][1])
            lines += [f"## {title}", "", "| seed | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
            lines += [f"| {seed} | " + " | ".join(str(one[c]) for c in columns) + " |" for seed, one in told] + [""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
