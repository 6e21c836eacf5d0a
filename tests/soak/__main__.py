"""Long seeded histories on real servers, with faults: `make soak`. Each seed is told once; a stopped soak goes on.

A history imports slices of one world's exports in a random order and grouping, with repeats, and kills some of the
imports. However it went, partition and content have to be those of one import of everything, and the replay equal.

    python -m tests.soak [--seeds 20] [--anew]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from velocity_pipelines.synth import write_exports

ROOT = Path(__file__).parents[2]
VELOCITY = str(Path(sys.executable).parent / "velocity")
STAMP = "2026-06-01T{:02d}:00:00Z"


def main() -> int:
    """Run the seeds that have no result yet, and keep the whole as `docs/soak.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--anew", action="store_true", help="forget the results so far")
    options = parser.parse_args()
    kept = ROOT / "var" / "soak.json"
    kept.parent.mkdir(exist_ok=True)
    results: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() and not options.anew else {}
    for seed in range(1, options.seeds + 1):
        if str(seed) not in results:
            began = time.monotonic()
            results[str(seed)] = {**history(seed), "seconds": round(time.monotonic() - began)}
            kept.write_text(json.dumps(results))
            print(f"seed {seed}: {results[str(seed)]}", file=sys.stderr)
    (ROOT / "docs" / "soak.md").write_text(report(results))
    return 0 if all(r["equal"] and r["replay"] for r in results.values()) else 1


def history(seed: int) -> dict[str, Any]:
    """One history: imports, kills, and whether everything ended where one import ends."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="vs") as name:
        folder = Path(name)
        files = slices(folder, seed, chance)
        whole = Home(folder / "whole")
        whole.velocity("import", *map(str, files), "--received-at", STAMP.format(12))
        apart = Home(folder / "apart")
        kills = imports = 0
        for group in groups(files, chance):
            kill = chance.random() < 0.3
            kills, imports = kills + kill, imports + 1
            apart.interrupted(group, chance.uniform(0.5, 8)) if kill else None
            apart.velocity("import", *map(str, group), "--received-at", STAMP.format(12))
        left, right = whole.velocity("fingerprint"), apart.velocity("fingerprint")
        equal = all(left[part] == right[part] for part in ("partition", "content"))
        replay = apart.velocity("replay", "--verify")["equal"]
        for home in (whole, apart):
            home.remove()
    return {"imports": imports, "kills": kills, "equal": equal, "replay": replay}


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


class Home:
    """A platform of its own, down: every command runs in its own process and starts the Postgres that it needs."""

    def __init__(self, folder: Path) -> None:
        self.environ = {**os.environ, "VELOCITY_HOME": str(folder)}
        self._folder = folder

    def velocity(self, *arguments: str) -> dict[str, Any]:
        """The JSON answer of a command; it has to succeed."""
        command = [VELOCITY, *arguments, "--json"]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode and arguments[0] != "replay":
            raise RuntimeError(f"{arguments[0]} failed: {done.stdout}{done.stderr[-2000:]}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def interrupted(self, files: list[Path], after: float) -> None:
        """Begin an import and kill it some seconds later."""
        command = [VELOCITY, "import", *map(str, files), "--received-at", STAMP.format(12)]
        with subprocess.Popen(
            command, env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                process.kill()

    def remove(self) -> None:
        """Stop its Postgres and remove the data."""
        from resources.embedded import EmbeddedPostgres

        EmbeddedPostgres(self._folder / "postgres").remove()


def report(results: dict[str, Any]) -> str:
    """The results as a page."""
    rows = [
        f"| {seed} | {r['imports']} | {r['kills']} | {r['equal']} | {r['replay']} | {r['seconds']} |"
        for seed, r in sorted(results.items(), key=lambda item: int(item[0]))
    ]
    head = "| seed | imports | kills | partition and content equal | replay equal | seconds |"
    intro = (
        "Histories of `make soak`: slices of one world's exports in random order and grouping, with repeats and kills."
    )
    return "\n".join(["# Soak", "", intro, "", head, "| --- | --- | --- | --- | --- | --- |", *rows, ""])


if __name__ == "__main__":
    sys.exit(main())
