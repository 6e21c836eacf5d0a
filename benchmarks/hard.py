#!/usr/bin/env python3
"""Contacts of `velocity synth --difficulty hard` against truth: hard.py FOLDER [--shipped], one JSON line.

FOLDER is what `synth` wrote. An epoch is trained on the records themselves, without their truth; or the shipped one is
used. `mixed` is how many true entities the cluster with the most of them holds.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
from accuracy import scores

from identity import matching
from identity.clustering import Rules
from identity.epoch import Epoch, shipped
from identity.judgements import Standing
from identity.scoring import matcher
from identity.training import train
from quality_checks.verdict import verdict
from resources.epochs import MODELS
from velocity_pipelines.train_epochs import exported_records


def main(folder: Path, epoch: str) -> None:
    """Print what was measured."""
    records = exported_records(folder)["contact"]
    began = time.perf_counter()
    chosen = shipped("contact") if epoch == "shipped" else train(records, MODELS["contact"], "the set itself")
    frames = resolved(records, chosen)
    seconds = round(time.perf_counter() - began, 1)
    failing = [one.check for one in verdict(frames, "contact", chosen) if not one.ok]
    truth = pl.read_parquet(folder / "truth.parquet").filter(pl.col("entity") == "contact")
    key = pl.concat_str("source", "entity", "source_id", separator=":")
    joined = truth.select(key=key, true="true_id").join(frames["contact_clusters"], on="key").unique("key")
    found = {"rows": joined.height, "epoch": epoch, **scores(joined), **worst(joined)}
    print(json.dumps({**found, "verdict": failing, "seconds": seconds}))


def resolved(records: pl.DataFrame, epoch: Epoch) -> dict[str, pl.DataFrame]:
    """The frames of an evaluation: records, features, live edges, clusters."""
    rules = Rules(matcher("contact", epoch), Standing(), frozenset())
    scored = matching.score(records, rules)
    made = matching.join(scored.features, scored.edges, rules)
    return {
        "contact_records": records,
        "contact_features": scored.features,
        "contact_live_edges": made.edges,
        "contact_clusters": made.clusters.select("key", "cluster"),
    }


def worst(joined: pl.DataFrame) -> dict[str, Any]:
    """Of columns `true` and `cluster`: the most true entities in one cluster, and the largest true one."""
    return {
        "mixed": joined.group_by("cluster").agg(pl.col("true").n_unique())["true"].max(),
        "largest_true": joined.group_by("true").len()["len"].max(),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), "shipped" if "--shipped" in sys.argv[2:] else "trained")
