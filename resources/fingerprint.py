"""One hash of everything that is published, and its parts: what `velocity fingerprint` prints and replay compares.

A row is the JSON object of its columns in the table's order, every scalar as text, null as null; rows are sorted by
key and joined by line feeds; a table's hash is SHA-256 over that. Versions, batches, lines and runs are left out.
In `content` each canonical id is replaced by the smallest record key of its cluster, and the id that a deleted record
once had is left out, since it tells of versions that are past; `partition` hashes the sorted sets of record keys.

Not here: any judgement about differences (`assets.rebuild`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import polars as pl

from resources.tables import PUBLISHED

LEFT_OUT = ("version", "batch", "line")
PAST = {"deleted_record": ("canonical_id",)}  # by table, columns that `content` leaves out
ID_PATTERN = r"\b[ca]_[0-9a-z]{12,}\b"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Hashes (SHA-256, hex) of a published version."""

    version: int | None
    tables: dict[str, str]
    ids: str
    all: str
    content: str
    partition: str


def fingerprint(version: int | None, tables: dict[str, pl.DataFrame], ledger: pl.DataFrame) -> Fingerprint:
    """Fingerprint of the published tables (`resources.tables.PUBLISHED`) and of the ids ever issued."""
    hashes = {name: _digest(row_texts(tables[name].sort(PUBLISHED[name]))) for name in PUBLISHED}
    ids = _digest(row_texts(ledger.select("id", "entity", "state", "to", "born_key").sort("id")))
    everything = _digest(pl.Series([f"{name} {value}" for name, value in hashes.items()] + [f"ids {ids}"]))
    names = smallest_keys(tables["crosswalk"])
    renamed = {name: _renamed(tables[name].drop(PAST.get(name, ())), names) for name in PUBLISHED}
    content = [_digest(row_texts(renamed[name]).sort()) for name in PUBLISHED]
    return Fingerprint(version, hashes, ids, everything, _digest(pl.Series(content)), partition(tables["crosswalk"]))


def row_texts(frame: pl.DataFrame, left_out: tuple[str, ...] = LEFT_OUT) -> pl.Series:
    """Each row as canonical JSON text, in the frame's order."""
    columns = [_as_text(name, dtype) for name, dtype in frame.schema.items() if name not in left_out]
    return frame.select(row=pl.struct(columns).struct.json_encode())["row"]


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        return column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    if isinstance(dtype, pl.List):
        return column
    return column.cast(pl.String)


def smallest_keys(crosswalk: pl.DataFrame) -> pl.DataFrame:
    """Columns `canonical_id` and `key`: the smallest record key of each cluster."""
    return crosswalk.group_by("canonical_id").agg(pl.col("key").min())


def partition(crosswalk: pl.DataFrame) -> str:
    """Hash of the sorted sets of record keys, whatever their ids."""
    sets = crosswalk.sort("key").group_by("canonical_id").agg(pl.col("key"))
    return _digest(sets.select(row=pl.struct("key").struct.json_encode())["row"].sort())


def _renamed(frame: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    for name, dtype in frame.schema.items():
        if isinstance(dtype, pl.List) and name.endswith("_ids"):
            frame = frame.with_columns(pl.col(name).list.eval(_renamed_expression(pl.element(), names)))
        elif name.endswith("_id") and name != "source_id":
            frame = frame.with_columns(_renamed_expression(pl.col(name), names))
        elif name == "payload":
            frame = frame.with_columns(_renamed_text(frame[name], names))
    return frame


def _renamed_expression(column: pl.Expr, names: pl.DataFrame) -> pl.Expr:
    return column.replace(names["canonical_id"], names["key"])


def _renamed_text(texts: pl.Series, names: pl.DataFrame) -> pl.Series:
    """Ids inside JSON texts: cut out by their form, renamed where they are ids, put back in place."""
    lookup = dict(zip(names["canonical_id"], names["key"], strict=True))
    parts = texts.str.extract_all(ID_PATTERN)
    found = parts.explode(empty_as_null=False).drop_nulls().unique()
    used = {i: lookup[i] for i in found if i in lookup}
    if not used:
        return texts
    return texts.str.replace_many(list(used), list(used.values()))


def _digest(rows: pl.Series) -> str:
    return hashlib.sha256("\n".join(rows.to_list()).encode()).hexdigest()
