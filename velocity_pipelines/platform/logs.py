"""Logs as one JSON object a line.

Not here: what is logged; nothing personal ever is.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import logging.handlers

from velocity_pipelines.settings import Settings

PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "dagster_meta", "dagster_event"}


class JsonFormatter(logging.Formatter):
    """Time, level, logger, message, run and step, and whatever came as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON; of an exception only its kind and place, since its text may quote values."""
        meta = getattr(record, "dagster_meta", {}) or {}
        fields = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "run": meta.get("run_id"),
            "step": meta.get("step_key"),
            "error": record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None,
        }
        extra = {k: v for k, v in record.__dict__.items() if k not in PLAIN}
        return json.dumps({k: v for k, v in {**fields, **extra}.items() if v is not None}, default=str)


class RunLogHandler(logging.handlers.WatchedFileHandler):
    """Appends to `logs/runs.jsonl` in the home; a file that is rotated away is opened anew."""

    def __init__(self) -> None:
        super().__init__(Settings.read().home / "logs" / "runs.jsonl", delay=True)
