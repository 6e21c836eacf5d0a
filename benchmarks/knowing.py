#!/usr/bin/env python3
"""Who is who, measured: knowing.py accuracy FOLDER | hard | scale | shipped | cost [--rows N], a table each.

Each writes its part of `docs/benchmarks.md`. `accuracy` takes a folder of labelled sets (see `accuracy.py`); the others
invent what they need. Bare Splink is `bare_splink.py`, unchanged, on the same contacts in the same run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from flatten import flatten
from page import HERE, ROWS_A_CONTACT, put, table, told

from velocity_pipelines.synth import write_exports

TARGETS = {"febrl3": 0.999, "febrl4": 0.9995, "historical_50k": 0.87, "restaurants": 0.93}
SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
SEED = 5


def main() -> None:
    """Measure one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["accuracy", "hard", "scale", "shipped", "cost"])
    parser.add_argument("folder", type=Path, nargs="?", help="of labelled sets")
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    act = {"accuracy": accuracy, "hard": hard, "scale": scale, "shipped": shipped, "cost": cost}[options.what]
    with tempfile.TemporaryDirectory(prefix="vb") as name:
        act(options, Path(name))


def accuracy(options: argparse.Namespace, _: Path) -> None:
    """Labelled sets, with a mapping alone."""
    command = [sys.executable, str(HERE / "accuracy.py"), str(options.folder)]
    lines = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines()
    rows = [
        (s["set"], s["rows"], *_scores(s), TARGETS.get(s["set"], "high"), s["epoch"].split(",")[0], s["seconds"])
        for s in map(json.loads, lines)
    ]
    head = ("set", "rows", "precision", "recall", "F1", "target", "epoch trained on", "seconds")
    words = "Clusters against truth, pairwise, one configuration, no labels, a mapping alone."
    put("accuracy", ["## Labelled record sets", "", words, "", *table(head, rows)])


def hard(options: argparse.Namespace, folder: Path) -> None:
    """The hard world, beside bare Splink with its screening of shared values and without."""
    _exports(options.rows, folder)
    ours = told("hard.py", folder / "exports")
    flat = (folder / "flat" / "records.parquet", "--truth", folder / "flat" / "truth.parquet")
    bare = _best(told("bare_splink.py", *flat))
    unscreened = folder / "unscreened.py"
    unscreened.write_text(_without_screening((HERE / "bare_splink.py").read_text("utf-8")), "utf-8")
    raw = _best(told(str(unscreened), *flat))
    rows: list[tuple[Any, ...]] = [
        ("ours, trained on it", ours["rows"], *_scores(ours), ours["mixed"], ours["largest"]),
        ("bare Splink at its best threshold", ours["rows"], *_scores(bare), "", bare["largest"]),
        ("the same without its screening", ours["rows"], *_scores(raw), "", raw["largest"]),
    ]
    head = ("", "contacts", "precision", "recall", "F1", "most true entities in a cluster", "largest cluster")
    words = [
        f"`velocity synth --difficulty hard --records {options.rows} --seed {SEED}`; the largest true entity has "
        f"{ours['largest_true']} records. Targets: precision 0.995 and recall 0.955 together, three true entities, one "
        "and a half times the largest true one.",
    ]
    title = "## Hubs, households, namesakes, twins, former jobs, other scripts, junk"
    put("hard", [title, "", *words, "", *table(head, rows)])


def scale(_: argparse.Namespace, folder: Path) -> None:
    """The same command at several sizes."""
    rows = []
    for size in SIZES:
        write_exports(size, SEED, folder / str(size), "hard")
        s = told("hard.py", folder / str(size))
        worst = (s["mixed"], s["largest"], s["largest_true"])
        rows.append((f"{size:,} rows", s["rows"], *_scores(s), *worst, s["seconds"]))
    head = ("hard", "contacts", "precision", "recall", "F1", "most true", "largest", "largest true", "seconds")
    words = "Trained by the same command at each size: precision is to stay within two points."
    put("scale", ["## Precision at four sizes", "", words, "", *table(head, rows)])


def shipped(options: argparse.Namespace, folder: Path) -> None:
    """A first import under the shipped epoch, and what the verdict says to it."""
    write_exports(options.rows, SEED, folder / "exports", "hard")
    s = told("hard.py", folder / "exports", "--shipped")
    words = f"Precision is to be 0.98 at least. The verdict fails: {', '.join(s['verdict']) or 'nothing'}."
    head = ("hard", "contacts", "precision", "recall", "F1", "largest", "seconds")
    row = (f"{options.rows:,} rows", s["rows"], *_scores(s), s["largest"], s["seconds"])
    put("shipped", ["## A first import, under the shipped epoch", "", words, "", *table(head, [row])])


def cost(options: argparse.Namespace, folder: Path) -> None:
    """Training, matching and normalising beside bare Splink's own stages."""
    _exports(int(options.rows * ROWS_A_CONTACT * 1.01), folder)
    size = ("--rows", str(options.rows))
    trained = told("cost.py", "train", folder, *size)
    bare = told("bare_splink.py", folder / "flat" / "records.parquet")["stages"]
    matched = told("cost.py", "match", folder, *size)
    pinned = folder / "flat" / "bare_model.json"
    again = told("bare_splink.py", folder / "flat" / "records.parquet", "--model", pinned)["stages"]
    normal = told("cost.py", "normalise", folder)
    small = folder / "small"
    write_exports(20_000, SEED, small / "exports", "hard")
    often = told("cost.py", "train", small, "--times", "20")
    theirs = {
        "train": sum(bare[name] for name in ("train_prior", "train_u", "train_em")),
        "match": again["predict"] + again["cluster"],
        "load": again["load"],
    }
    rows = [
        _ratio("training, records to epoch (bare: prior, u, EM)", trained, theirs["train"], 1.2),
        _ratio("normalised text to ids, pinned (bare: `predict`, `cluster`)", matched, theirs["match"], 2),
        _ratio("raw cells to features (bare: `load`)", normal, theirs["load"], 6),
    ]
    head = ("hard", "records", "ours", "bare Splink", "ratio", "target", "our peak memory (MB)")
    words = f"Seconds. Trained {often['times']} times on {often['records']:,} records: {often['hashes']} hash. "
    words += f"Of normalising {normal['clean']} s clean and judge cells, {normal['features']} s make them comparable."
    put("cost", ["## What knowing costs", "", words, "", *table(head, rows)])


def _ratio(name: str, ours: dict[str, Any], theirs: float, target: float) -> tuple[Any, ...]:
    ratio = f"{ours['seconds'] / theirs:.2f}"
    return name, ours["records"], ours["seconds"], f"{theirs:.2f}", ratio, target, ours["rss_mb"]


def _exports(rows: int, folder: Path) -> None:
    write_exports(rows, SEED, folder / "exports", "hard")
    flatten(folder / "exports", folder / "flat")


def _scores(found: dict[str, Any]) -> tuple[str, str, str]:
    return tuple(f"{found[name]:.4f}" for name in ("precision", "recall", "f1"))  # type: ignore[return-value]


def _best(bare: dict[str, Any]) -> dict[str, Any]:
    best: dict[str, Any] = max(bare["accuracy"].values(), key=lambda scores: scores["f1"])
    return best


def _without_screening(script: str) -> str:
    """The yardstick less the lines that take out values shared by more than 30 records."""
    start = script.index('    for column in ("email", "phone"):  # values shared')
    return script[:start] + script[script.index("\n\n", start) + 1 :]


if __name__ == "__main__":
    main()
