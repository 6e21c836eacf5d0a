"""Literal record frames for tests of pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from identity.fields import Entity
from identity.frames import record_schema

RecordFrame = Callable[..., pl.DataFrame]


@pytest.fixture(scope="session")
def record_frame() -> RecordFrame:
    """`record_frame("contact", {"key": "crm:contact:1", "day": 3, "first_name": "Ann"}, …)`.

    `day` is the day of March 2026 of `version_at` and `received_at`; what is not given is null.
    """

    def build(entity: Entity, *rows: dict[str, Any]) -> pl.DataFrame:
        return pl.DataFrame([_record(row) for row in rows], schema=record_schema(entity), orient="row")

    return build


def _record(row: dict[str, Any]) -> dict[str, Any]:
    day = dt.datetime(2026, 3, row.get("day", 1), tzinfo=dt.UTC)
    source, _, source_id = row["key"].split(":", 2)
    head = {"source": source, "source_id": source_id, "batch": "b", "line": 2, "content": "0"}
    stamps = {"received_at": day, "version_at": day, "deleted": False, "derived": False}
    return {**head, **stamps, **{name: value for name, value in row.items() if name != "day"}}
