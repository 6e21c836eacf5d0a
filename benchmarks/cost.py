#!/usr/bin/env python3
"""What training, matching and normalising cost, in one process: cost.py train|match|normalise FOLDER, one JSON line.

FOLDER has `exports` of `velocity synth` and `flat/records.parquet`, the same contacts for `bare_splink.py`. `train`
trains as many times as `--times` says and counts the epochs that come out; `match` goes from normalised text to ids.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from identity import ids, matching
from identity.clustering import Rules
from identity.contact_model import CONTACT
from identity.epoch import Epoch, load
from identity.features import features
from identity.judgements import Standing
from identity.mapping import parse_mapping
from identity.matcher import Matcher
from identity.scoring import compare
from identity.training import train
from quality_checks.validation import interpret
from resources.readers import open_table
from velocity_pipelines.train_epochs import exported_records

MAPPING = """
source: flat
entity: contact
key: record_id
columns: {first_name: first_name, last_name: last_name, email: email, phone: phone, company_name: company_name, city: city}
"""  # noqa: E501
RECEIVED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def main() -> None:
    """Measure one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["train", "match", "normalise"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    found = {"train": _train, "match": _match, "normalise": _normalise}[options.what](options)
    print(json.dumps({**found, "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


def _train(options: argparse.Namespace) -> dict[str, Any]:
    """From records to an epoch, which is kept as `epoch.json`; the first of several is timed."""
    records = exported_records(options.folder / "exports")["contact"][: options.rows]
    epoch, seconds = _timed(lambda: train(records, CONTACT, "the set itself"))
    (options.folder / "epoch.json").write_text(epoch.dump(), "utf-8")
    hashes = {epoch.hash, *(train(records, CONTACT, "the set itself").hash for _ in range(options.times - 1))}
    return {"records": records.height, "seconds": seconds, "times": options.times, "hashes": len(hashes)}


def _match(options: argparse.Namespace) -> dict[str, Any]:
    """From features to named clusters under the epoch of `epoch.json`."""
    records = exported_records(options.folder / "exports")["contact"][: options.rows].sort("key")
    epoch = load((options.folder / "epoch.json").read_text("utf-8"))
    made = features(records, "contact")
    rules = Rules(_known(epoch, made), Standing(), frozenset())
    ages = records.select("key", born="received_at")
    records = records.select("key", "content")

    def all_of_it() -> ids.Assignment:
        scored = matching.score(records, rules)
        clusters = matching.join(scored.features, scored.edges, rules).clusters
        return ids.assign(clusters, ages, ids.Ledger.empty(), "contact", 1)

    named, seconds = _timed(all_of_it)
    return {"records": records.height, "ids": named.ledger.ids.height, "seconds": seconds}


def _known(epoch: Epoch, made: pl.DataFrame) -> Matcher:
    """A matcher to which the text is normalised already."""
    return Matcher(epoch, lambda _: made, lambda frame, pairs: compare(frame, pairs, epoch))


def _normalise(options: argparse.Namespace) -> dict[str, Any]:
    """From raw cells to features: cells cleaned and judged, then made comparable."""
    mapping = parse_mapping(MAPPING)
    file = options.folder / "flat" / "records.parquet"
    with open_table(file, file.name, "") as opened:
        parts = list(opened.parts())
    records, clean = _timed(lambda: interpret(iter(parts), mapping, "benchmark", RECEIVED).records)
    made, compared = _timed(lambda: features(records, "contact"))
    return {"records": made.height, "clean": clean, "features": compared, "seconds": round(clean + compared, 2)}


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    made = act()
    return made, round(time.perf_counter() - began, 2)


if __name__ == "__main__":
    main()
