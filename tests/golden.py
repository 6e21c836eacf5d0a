"""Literal records and contracts for tests of golden values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import yaml

from identity import contracts
from identity.frames import OVERRIDES
from identity.survivorship_rules import Rules, parse

RecordFrame = Callable[..., pl.DataFrame]
ID = "c_000000000001"
OLD, NEW, OTHER = (
    {"key": f"{source}:contact:{day}", "day": day} for source, day in (("crm", 1), ("shop", 2), ("crm", 3))
)

ROLES = {"address": {
    "fields": ["street", "city", "region", "postcode", "country"],
    "tiers": [["street", "city"], ["city"], ["street"]], "criteria": ["role", "completeness", "recency"],
    "roles": ["billing", "main", "shipping"],
}}  # fmt: skip


def walk(records: pl.DataFrame, name: str = ID) -> pl.DataFrame:
    """All records as one entity."""
    return records.select("key", pl.lit(name).alias("id"))


def ruled(**changes: Any) -> Rules:
    """The shipped rules of contacts with parts replaced: `units`, `fields`, `others`, `trust`."""
    said = yaml.safe_load(contracts.shipped("survivorship"))
    said["trust"] = changes.pop("trust", {})
    for part, value in changes.items():
        said["contact"][part] = {**said["contact"][part], **value} if isinstance(value, dict) else value
    return parse(said)["contact"]


def overrides(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame([(row[0], "contact", *row[1:]) for row in rows], schema=OVERRIDES, orient="row")
