"""From accepted rows to record versions.

Not here: which rows are accepted (`quality_checks.validation`), which version is current (`identity.versions`).
"""

from __future__ import annotations

import datetime as dt
import hashlib

import polars as pl

from identity.fields import FIELDS, Entity
from identity.frames import INSTANT, record_schema
from identity.mapping import Mapping


def make_records(accepted: pl.DataFrame, mapping: Mapping, batch: str, received_at: dt.datetime) -> pl.DataFrame:
    """Accepted rows as a record frame (`identity.frames.record_schema`), one version a row.

    `version_at` is the row's own update time, else the batch's received-at stamp.
    """
    schema = record_schema(mapping.entity)
    names = [f.name for f in FIELDS[mapping.entity]]
    present = set(accepted.columns)
    fields = [(pl.col(n) if n in present else pl.lit(None)).cast(schema[n]).alias(n) for n in names]
    stamp = pl.lit(received_at).cast(INSTANT)
    own = pl.col("updated_at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_zone="UTC", time_unit="us")
    head = {
        "key": pl.concat_str(pl.lit(f"{mapping.source}:{mapping.entity}:"), pl.col("source_id")),
        "source": pl.lit(mapping.source),
        "batch": pl.lit(batch),
        "line": pl.col("_line"),
        "received_at": stamp,
        "version_at": pl.coalesce(own, stamp) if "updated_at" in names else stamp,
        "derived": pl.lit(False),
        "content": content_hash([*names, "attributes", "deleted"]),
    }
    return accepted.with_columns(fields).with_columns(**head).select(list(schema)).cast(schema)  # type: ignore[arg-type]


def sightings(rejected: pl.DataFrame, source: str, entity: Entity, received_at: dt.datetime) -> pl.DataFrame:
    """SIGHTED of the rows of a batch that were rejected though they say which record they are."""
    there = rejected.drop_nulls("source_id")
    return there.select(key=f"{source}:{entity}:" + pl.col("source_id"), received_at=pl.lit(received_at).cast(INSTANT))


def content_hash(columns: list[str]) -> pl.Expr:
    """SHA-256 (hex) over the JSON of a row's fields: the same values, the same hash, wherever they came from."""
    return pl.struct(columns).struct.json_encode().map_batches(sha256_of, return_dtype=pl.String)


def sha256_of(texts: pl.Series) -> pl.Series:
    """SHA-256 (hex) of each text in UTF-8."""
    return pl.Series([hashlib.sha256(text.encode()).hexdigest() for text in texts], dtype=pl.String)
