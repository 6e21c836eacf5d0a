"""Run logs: one JSON object a line, without the text of an exception."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from velocity_pipelines.platform.logs import JsonFormatter


def formatted(**fields: Any) -> str:
    return JsonFormatter().format(logging.makeLogRecord({"name": "assets.rows", "levelname": "INFO", **fields}))


def test_a_record_is_one_line_with_run_step_and_extra_fields() -> None:
    meta = {"run_id": "r1", "step_key": "rows", "job_name": "import_batches"}
    line = formatted(msg="%d rows\nread", args=(3,), dagster_meta=meta, batch="b1")
    assert "\n" not in line
    found = json.loads(line)
    assert found.pop("at").startswith("20")
    assert found == {
        "level": "INFO", "logger": "assets.rows", "message": "3 rows\nread", "run": "r1", "step": "rows", "batch": "b1",
    }  # fmt: skip


def test_of_an_exception_only_the_kind_is_told() -> None:
    try:
        int("ann@example.com")
    except ValueError:
        line = formatted(msg="a cell is no number", exc_info=sys.exc_info())
    assert "example.com" not in line
    assert json.loads(line)["error"] == "ValueError"


def test_what_json_does_not_know_becomes_text() -> None:
    assert json.loads(formatted(msg="", where=json))["where"].startswith("<module")
