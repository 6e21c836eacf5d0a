#!/usr/bin/env python3
"""The whole way, file to client-360 in Postgres, beside bare Splink on the same records in the same run: `make bench`.

Writes `docs/benchmarks.md`: seconds a stage from Dagster's own record of the run, and peak memory of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from flatten import flatten

from resources.embedded import EmbeddedPostgres
from velocity_pipelines.synth import write_exports

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
SIZES = (10_000, 100_000)


def main() -> None:
    """Measure all sizes and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    options = parser.parse_args()
    results = [measure(size) for size in options.sizes]
    (ROOT / "docs" / "benchmarks.md").write_text(report(results))


def measure(size: int) -> dict[str, Any]:
    """One size: our way in a process of its own, then the yardstick on the same contact rows."""
    with tempfile.TemporaryDirectory(prefix="vb") as name:
        folder = Path(name)
        summary = write_exports(size, 1, folder / "exports")
        print(f"{summary.rows} rows: our way", file=sys.stderr)
        environ = {**os.environ, "VELOCITY_HOME": str(folder / "home")}
        command = [sys.executable, str(HERE / "one_import.py"), str(folder / "exports")]
        ours = json.loads(subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=True).stdout)
        EmbeddedPostgres(folder / "home" / "postgres").remove()
        print(f"{summary.rows} rows: bare Splink", file=sys.stderr)
        records, truth = flatten(folder / "exports", folder / "flat")
        bare_command = [sys.executable, str(HERE / "bare_splink.py"), str(records), "--truth", str(truth)]
        bare = json.loads(subprocess.run(bare_command, stdout=subprocess.PIPE, check=True).stdout)
    return {"rows": summary.rows, "contacts": summary.contacts, "ours": ours, "bare": bare}


def report(results: list[dict[str, Any]]) -> str:
    """The page."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        "# Benchmarks",
        "",
        f"`make bench` on {machine}. Seconds and peak memory of whole processes. Bare Splink is",
        "`benchmarks/bare_splink.py`, unchanged, on the contact rows of the same exports in the same run. It trains a",
        "model, ours is pinned; ours reads files, validates, resolves contacts and accounts, and publishes client-360.",
        "",
        "| | " + " | ".join(f"{r['rows']:,} rows" for r in results) + " |",
        "| --- |" + " ---: |" * len(results),
    ]
    stages = list(results[0]["ours"]["stages"])
    lines += [_row(f"our way: {stage}", [r["ours"]["stages"][stage] for r in results]) for stage in stages]
    lines.append(_row("**our way, first stage to last**", [r["ours"]["seconds"] for r in results]))
    lines.append(_row("our way, peak memory (MB)", [r["ours"]["rss_mb"] for r in results]))
    lines += [
        _row(f"bare Splink: {s}", [r["bare"]["stages"][s] for r in results]) for s in results[0]["bare"]["stages"]
    ]
    totals = [round(sum(r["bare"]["stages"].values()), 2) for r in results]
    lines.append(_row("**bare Splink, all**", totals))
    lines.append(_row("bare Splink, peak memory (MB)", [r["bare"]["rss_mb"] for r in results]))
    ratios = [round(r["ours"]["seconds"] / t, 2) for r, t in zip(results, totals, strict=True)]
    lines.append(_row("ratio, ours to bare", ratios))
    lines += ["", "## Accuracy on the same records, clusters, pairwise", ""]
    lines += ["| | rows | precision | recall | F1 |", "| --- | ---: | ---: | ---: | ---: |"]
    for r in results:
        best = max(r["bare"]["accuracy"].values(), key=lambda a: a["f1"])
        ours = r["ours"]["scores"]["contact"]["pairwise"]
        for name, a in (("ours", ours), ("bare Splink at its best threshold", best)):
            lines.append(f"| {name} | {r['rows']:,} | {a['precision']:.4f} | {a['recall']:.4f} | {a['f1']:.4f} |")
    return "\n".join([*lines, ""])


def _row(name: str, values: list[Any]) -> str:
    return f"| {name} | " + " | ".join(f"{v:,}" for v in values) + " |"


if __name__ == "__main__":
    main()
