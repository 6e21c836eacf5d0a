#!/usr/bin/env python3
"""Clusters against truth on labelled record sets, with a mapping alone: accuracy.py FOLDER [SET …], a JSON line each.

FOLDER has a folder a set with its `records.parquet`, where `cluster_id` is the true entity. An epoch is trained on the
set itself, without its labels; the shipped one is used where that says `too_small`.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl

from identity import matching
from identity.clustering import Rules
from identity.epoch import Epoch, shipped
from identity.errors import BadInputError
from identity.judgements import Standing
from identity.mapping import Mapping, parse_mapping
from identity.scoring import matcher
from identity.training import train
from quality_checks.validation import interpret
from resources.epochs import MODELS
from resources.readers import open_table

RECEIVED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PERSONS = """
source: febrl
entity: contact
key: unique_id
columns:
  given_name: first_name
  surname: last_name
  address_1: street
  suburb: city
  state: region
  postcode: postcode
  date_of_birth: date_of_birth
  soc_sec_id: national_id
ignore: [street_number, address_2, cluster_id, source_dataset]
"""
MAPPINGS = {
    "febrl3": PERSONS,
    "febrl4": PERSONS,
    "historical_50k": """
source: historical
entity: contact
key: unique_id
columns:
  full_name: full_name
  first_name: first_name
  surname: last_name
  dob: date_of_birth
  birth_place: city
  postcode_fake: postcode
  gender: gender
  occupation: title
ignore: [cluster_id, first_and_surname]
""",
    "restaurants": """
source: guide
entity: account
key: unique_id
columns: {name: name, address: street, city: city, cuisine: industry}
ignore: [cluster_id]
""",
    "affiliations": """
source: papers
entity: account
key: unique_id
columns: {affiliation: name}
ignore: [cluster_id]
""",
}


def main(folder: Path, names: list[str]) -> None:
    """Measure each set."""
    for name in names or MAPPINGS:
        print(json.dumps({"set": name, **measure(folder / name / "records.parquet", parse_mapping(MAPPINGS[name]))}))


def measure(file: Path, mapping: Mapping) -> dict[str, Any]:
    """Precision, recall and F1 over pairs of records."""
    records = read(file, mapping)
    began = time.perf_counter()
    epoch = epoch_of(records, mapping)
    clusters = clusters_of(records, epoch)
    truth = pl.read_parquet(file).select(
        key=pl.format("{}:{}:{}", pl.lit(mapping.source), pl.lit(mapping.entity), "unique_id"), true="cluster_id"
    )
    joined = truth.join(clusters, on="key", how="left").with_columns(cluster=pl.coalesce("cluster", "key"))
    return {
        **scores(joined),
        "rows": truth.height,
        "records": records.height,
        "epoch": epoch.origin["source"],
        "seconds": round(time.perf_counter() - began, 1),
    }


def read(file: Path, mapping: Mapping) -> pl.DataFrame:
    """The records of a file, as an import makes them."""
    with open_table(file, file.name, "") as table:
        return interpret(table.parts(), mapping, "accuracy", RECEIVED).records


def epoch_of(records: pl.DataFrame, mapping: Mapping) -> Epoch:
    """Trained on the records, or the shipped one."""
    model = MODELS[mapping.entity]  # type: ignore[index]
    try:
        return train(records, model, "the set itself")
    except BadInputError:
        return shipped(mapping.entity)  # type: ignore[arg-type]


def clusters_of(records: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """`key` and `cluster` of each record."""
    rules = Rules(matcher(epoch.entity, epoch), Standing(), frozenset())
    scored = matching.score(records, rules)
    return matching.join(scored.features, scored.edges, rules).clusters.select("key", "cluster")


def scores(joined: pl.DataFrame) -> dict[str, Any]:
    """Pairwise, of columns `true` and `cluster`."""

    def pairs(*by: str) -> int:
        sizes = joined.group_by(by).len()["len"]
        return int((sizes * (sizes - 1) // 2).sum())

    found, true, both = pairs("cluster"), pairs("true"), pairs("cluster", "true")
    precision, recall = both / max(found, 1), both / max(true, 1)
    largest = joined.group_by("cluster").len()["len"].max()
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
        "largest": largest,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
