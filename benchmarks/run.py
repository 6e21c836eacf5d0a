#!/usr/bin/env python3
"""The whole way, file to client-360 in Postgres, beside bare Splink on the same records in the same run: `make bench`.

Writes three parts of `docs/benchmarks.md`: seconds a stage from Dagster's own record of the run, and peak memory of
the process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from flatten import flatten
from page import HERE, ROWS_A_CONTACT, put, table, told

from identity.contact_model import CONTACT
from resources.embedded import EmbeddedPostgres
from velocity_pipelines.synth import write_exports

SIZES = (100_000, 1_000_000)
PUBLISHED_FROM = 1_000_000  # rows
CONTACTS = 1_000_000
INTAKE = {"rows": 1_000_000, "files": 1_000, "batches": 10_000}


def main() -> None:
    """Measure all sizes and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--contacts", type=int, default=CONTACTS, help="of the set that matching alone is measured on")
    options = parser.parse_args()
    put("way", report([measure(size) for size in options.sizes]))
    put("matching", matching_report(matching(options.contacts, options.contacts // 100)))
    put("intake", intake_report({what: intake(what, count) for what, count in INTAKE.items()}))


def measure(size: int) -> dict[str, Any]:
    """One size: our way in a process of its own, then the yardstick on the same contact rows."""
    with tempfile.TemporaryDirectory(prefix="vb") as name:
        folder = Path(name)
        summary = write_exports(size, 1, folder / "exports")
        print(f"{summary.rows} rows: training what is pinned", file=sys.stderr)
        subprocess.run(
            [sys.executable, str(HERE / "pin.py"), *map(str, (folder / "exports", folder / "epochs"))], check=True
        )
        print(f"{summary.rows} rows: our way", file=sys.stderr)
        environ = {**os.environ, "VELOCITY_HOME": str(folder / "home")}
        command = [sys.executable, str(HERE / "one_import.py"), str(folder / "exports"), str(folder / "epochs")]
        ours = json.loads(subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=True).stdout)
        if size >= PUBLISHED_FROM:
            print(f"{summary.rows} rows: publishing and reading", file=sys.stderr)
            made = subprocess.run(
                [sys.executable, str(HERE / "publishing.py")], env=environ, stdout=subprocess.PIPE, check=True
            )
            put("publishing", publishing_report(json.loads(made.stdout)))
        EmbeddedPostgres(folder / "home" / "postgres").remove()
        print(f"{summary.rows} rows: bare Splink", file=sys.stderr)
        records, truth = flatten(folder / "exports", folder / "flat")
        bare_command = [sys.executable, str(HERE / "bare_splink.py"), str(records), "--truth", str(truth)]
        bare = json.loads(subprocess.run(bare_command, stdout=subprocess.PIPE, check=True).stdout)
    return {"rows": summary.rows, "contacts": summary.contacts, "ours": ours, "bare": bare}


def report(results: list[dict[str, Any]]) -> list[str]:
    """The part of the page on the whole way."""
    bare = [round(sum(r["bare"]["stages"].values()), 2) for r in results]
    whole, added = ([r["ours"][part] for r in results] for part in ("whole", "added"))
    lines = [
        "## From file to client-360",
        "",
        "Seconds of whole imports, process start apart, and peak memory. Bare Splink is `benchmarks/bare_splink.py`,",
        "unchanged, on the contact rows of the same exports in the same run; it trains, predicts and clusters. Ours,",
        "under epochs trained before, reads files, validates, resolves contacts and accounts, publishes client-360.",
        "One row of a hundred is held back and comes in afterwards.",
        "",
        "| | " + " | ".join(f"{r['rows']:,} rows" for r in results) + " |",
        "| --- |" + " ---: |" * len(results),
    ]
    for stage in whole[0]["stages"]:
        lines.append(_row(f"our way: {stage}", [one["stages"][stage] for one in whole]))
    lines += [
        _row("**our way, all of it**", [one["seconds"] for one in whole]),
        _row("our way, peak memory (MB; target 6,000)", [one["rss_mb"] for one in whole]),
        *(_row(f"bare Splink: {s}", [r["bare"]["stages"][s] for r in results]) for s in results[0]["bare"]["stages"]),
        _row("**bare Splink, all**", bare),
        _row("bare Splink, peak memory (MB)", [r["bare"]["rss_mb"] for r in results]),
        _row(
            "ratio, ours to bare (target 2)", [round(one["seconds"] / b, 2) for one, b in zip(whole, bare, strict=True)]
        ),
        *(
            _row(f"one in a hundred more: {stage}", [one["stages"][stage] for one in added])
            for stage in added[0]["stages"]
        ),
        _row("**one in a hundred more, all of it**", [one["seconds"] for one in added]),
        _row(
            "share of the whole (target 0.1)",
            [round(a["seconds"] / w["seconds"], 3) for a, w in zip(added, whole, strict=True)],
        ),
    ]
    return [*lines, *_accuracy(results)]


def _accuracy(results: list[dict[str, Any]]) -> list[str]:
    lines = ["", "### Accuracy on the same records, clusters, pairwise", ""]
    lines += ["| | rows | precision | recall | F1 |", "| --- | ---: | ---: | ---: | ---: |"]
    for r in results:
        best = max(r["bare"]["accuracy"].values(), key=lambda a: a["f1"])
        ours = r["ours"]["scores"]["contact"]["pairwise"]
        for name, a in (("ours", ours), ("bare Splink at its best threshold", best)):
            lines.append(f"| {name} | {r['rows']:,} | {a['precision']:.4f} | {a['recall']:.4f} | {a['f1']:.4f} |")
    return lines


def publishing_report(found: dict[str, Any]) -> list[str]:
    """The part of the page on publishing and reading."""
    lines = [
        f"## Publishing {found['contacts']:,} contacts, and reading them",
        "",
        f"{found['rows']:,} rows of all published tables. COPY is that of the same rows into the same tables without",
        "indexes, in the same run. Requests come open loop, 200 a second, by pgbench; milliseconds include waiting.",
        "",
        *table(("", "ours", "beside it", "ratio", "target"), [
            ("a first version (beside it: COPY)", f"{found['first']} s", f"{found['copy']} s", found["first_ratio"], 4),
            ("one contact in a hundred changed (beside it: the first version)", f"{found['delta']} s",
             f"{found['first']} s", found["delta_share"], 0.05),
        ]),
        "",
    ]  # fmt: skip
    names = {"client": ("one client-360", 10), "contact_list": ("a filtered and sorted page of the contact list", 50)}
    rows = [
        (f"{names[script][0]}, {state}", *(found[part][script][q] for q in ("p50", "p99", "p99.9")), names[script][1])
        for script in names
        for part, state in (("calm", "nothing else going on"), ("publishing", "while versions are published"))
    ]
    return [*lines, *table(("", "p50", "p99", "p99.9", "target of p99"), rows)]


def matching(contacts: int, new: int) -> dict[str, Any]:
    """Matching alone, of so many contacts and of some more, beside the yardstick on the same records."""
    with tempfile.TemporaryDirectory(prefix="vb") as name:
        folder = Path(name)
        write_exports(int(contacts * ROWS_A_CONTACT), 5, folder / "exports")
        flatten(folder / "exports", folder / "flat")
        print(f"{contacts} contacts: our matching", file=sys.stderr)
        ours = told("matching.py", folder, str(contacts), str(new))
        print(f"{contacts} contacts: bare Splink", file=sys.stderr)
        bare = told("bare_splink.py", folder / "flat" / "old.parquet")
        model = folder / "flat" / "bare_model.json"
        more = told(
            "bare_splink.py",
            folder / "flat" / "old.parquet",
            "--model",
            model,
            "--new",
            folder / "flat" / "new.parquet",
        )
    return {"ours": ours, "bare": bare["stages"], "more": more["stages"]}


def intake(what: str, count: int) -> dict[str, Any]:
    """One measure of `intake.py`, in a home of its own."""
    with tempfile.TemporaryDirectory(prefix="vb") as name:
        print(f"intake: {count} {what}", file=sys.stderr)
        found = told("intake.py", what, name, str(count))
        for home in Path(name).glob("home*"):
            EmbeddedPostgres(home / "postgres").remove()
    return found


def intake_report(taken: dict[str, dict[str, Any]]) -> list[str]:
    """The part of the page on taking files in."""
    rows, files, batches = (taken[what] for what in INTAKE)
    return [
        "## Taking files in",
        "",
        "| | ours | beside it | ratio | target |",
        "| --- | ---: | ---: | ---: | ---: |",
        f"| {rows['count']:,} contacts from a file to accepted and rejected rows, its bytes kept "
        f"(bare: `duckdb.read_csv`) | {rows['seconds']} s | {rows['duckdb']} s | {rows['ratio']} | 12 |",
        f"| the same: peak memory | {rows['rss_mb']:,} MB | | | 2,500 MB |",
        f"| {files['count']:,} small files that land at once, until they are published | {files['seconds']} s "
        "| | | 180 s |",
        f"| the next import of 20 rows after {batches['count']:,} batches of 20 (and after one of as many rows) "
        f"| {batches['after_many']} s | {batches['after_one']} s | {batches['ratio']} | 1.5 |",
    ]


def matching_report(found: dict[str, Any]) -> list[str]:
    """The part of the page on matching."""
    ours, bare, more = found["ours"], found["bare"], found["more"]
    whole, new, shared = ours["seconds"]["all"], ours["seconds"]["new"], ours["shared"]
    ids = round(whole["clusters"] + whole["ids"] + whole["publish ids"], 2)
    adding = round(sum(new.values()), 2)
    peer = round(more["between"] + more["within"], 2)
    without, hub = shared["without"], shared["with"]
    return [
        f"## Matching of {ours['rows']:,} contacts, and of {ours['new']:,} more",
        "",
        f"Seconds. Bare Splink on the same records, by five blocking rules; ours has {len(CONTACT.blocks)}.",
        "",
        "| | ours | bare Splink | ratio | target |",
        "| --- | ---: | ---: | ---: | ---: |",
        _ratio("edges to published ids (bare: `cluster`)", ids, bare["cluster"], 1.5),
        _ratio(f"{ours['new']:,} more, records to ids (bare: `between`, `within`)", adding, peer, 2),
        _ratio(
            "the tenth of them with a number that 20,000 share (and without)", hub["seconds"], without["seconds"], 1.1
        ),
        "",
        f"Largest cluster {hub['largest']} with the shared number, {without['largest']} without. Of all: "
        + ", ".join(f"{step} {seconds}" for step, seconds in whole.items())
        + f" ({ours['pairs']['all']:,} pairs compared). Of more: "
        + ", ".join(f"{step} {seconds}" for step, seconds in new.items())
        + f" ({ours['pairs']['new']:,} pairs compared). Peak memory {ours['rss_mb']:,} MB.",
    ]


def _ratio(name: str, ours: float, peer: float, target: float) -> str:
    return f"| {name} | {ours} | {peer} | {ours / peer:.2f} | {target} |"


def _row(name: str, values: list[Any]) -> str:
    return f"| {name} | " + " | ".join(f"{v:,}" for v in values) + " |"


if __name__ == "__main__":
    main()
