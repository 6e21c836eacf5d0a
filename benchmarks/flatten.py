#!/usr/bin/env python3
"""Contact rows of `velocity synth` as one table for `bare_splink.py`, and their truth: flatten.py FOLDER OUT."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl
import yaml

FIELDS = ("first_name", "last_name", "email", "phone", "company_name", "city")


def flatten(folder: Path, out: Path) -> tuple[Path, Path]:
    """Write `records.parquet` and `truth.parquet` to a folder; of several values a row keeps the first."""
    listed = [i for i in json.loads((folder / "imports.json").read_text()) if i["entity"] == "contact"]
    records = pl.concat([_table(folder, entry) for entry in listed])
    truth = pl.read_parquet(folder / "truth.parquet").filter(pl.col("entity") == "contact")
    key = pl.concat_str("source", "source_id", separator=":").alias("record_id")
    out.mkdir(parents=True, exist_ok=True)
    known = truth.select(key, "true_id")
    records = records.join(known.select("record_id"), on="record_id", how="semi").unique("record_id", keep="last")
    records.sort("record_id").write_parquet(out / "records.parquet")
    known.write_parquet(out / "truth.parquet")
    return out / "records.parquet", out / "truth.parquet"


def _table(folder: Path, entry: dict[str, str]) -> pl.DataFrame:
    table = pl.read_csv(folder / entry["file"], infer_schema=False)
    mapping = yaml.safe_load((folder / entry["mapping"]).read_text())
    feeding: dict[str, list[str]] = {}
    for column, field in mapping["columns"].items():
        feeding.setdefault(field, []).append(column)
    if "full_name" in feeding:
        parts = pl.col(feeding["full_name"][0]).str.splitn(" ", 2)
        table = table.with_columns(_first=parts.struct.field("field_0"), _last=parts.struct.field("field_1"))
        feeding |= {"first_name": ["_first"], "last_name": ["_last"]}
    key = pl.concat_str(pl.lit(f"{entry['source']}:"), pl.col(mapping["key"])).alias("record_id")
    return table.select(key, *(pl.coalesce(feeding[field]).alias(field) for field in FIELDS))


if __name__ == "__main__":
    print(*flatten(Path(sys.argv[1]), Path(sys.argv[2])))
