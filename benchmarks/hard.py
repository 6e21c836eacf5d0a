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

from identity import matching
from identity.clustering import Rules
from identity.epoch import Epoch, shipped
from identity.judgements import Standing
from identity.scoring import matcher
from identity.training import train
from resources.epochs import MODELS
from velocity_pipelines.train_epochs import exported_records


def main(folder: Path, epoch: str) -> None:
    """Print what was measured."""
    records = exported_records(folder)["contact"]
    began = time.perf_counter()
    chosen = shipped("contact") if epoch == "shipped" else train(records, MODELS["contact"], "the set itself")
    clusters = clusters_of(records, chosen)
    seconds = round(time.perf_counter() - began, 1)
    truth = pl.read_parquet(folder / "truth.parquet").filter(pl.col("entity") == "contact")
    key = pl.concat_str("source", "entity", "source_id", separator=":")
    joined = truth.select(key=key, true="true_id").join(clusters, on="key").unique("key")
    print(json.dumps({"rows": joined.height, "epoch": epoch, **scores(joined), "seconds": seconds}))


def clusters_of(records: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """`key` and `cluster` of each record."""
    rules = Rules(matcher("contact", epoch), Standing(), frozenset())
    scored = matching.score(records, rules)
    return matching.join(scored.features, scored.edges, rules).clusters.select("key", "cluster")


def scores(joined: pl.DataFrame) -> dict[str, Any]:
    """Pairwise, of columns `true` and `cluster`; and of the worst clusters."""

    def pairs(*by: str) -> int:
        sizes = joined.group_by(by).len()["len"]
        return int((sizes * (sizes - 1) // 2).sum())

    found, true, both = pairs("cluster"), pairs("true"), pairs("cluster", "true")
    precision, recall = both / max(found, 1), both / max(true, 1)
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
        "mixed": joined.group_by("cluster").agg(pl.col("true").n_unique())["true"].max(),
        "largest": joined.group_by("cluster").len()["len"].max(),
        "largest_true": joined.group_by("true").len()["len"].max(),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), "shipped" if "--shipped" in sys.argv[2:] else "trained")
