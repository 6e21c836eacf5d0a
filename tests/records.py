"""What Dagster records of a run, for tests that do not ask for it.

Not here: the record in Postgres, which `tests/integration/test_platform_running.py` and others read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg


@contextmanager
def forgetful() -> Iterator[dg.DagsterInstance]:
    """An instance in memory that keeps runs and partitions and no events: to store some four hundred, and to look for
    those of before, is a third of a small run. A run's own result has them all, and listeners hear them.
    """
    with dg.DagsterInstance.ephemeral() as instance:
        events = instance.event_log_storage
        events.store_event = lambda _event: None
        events.get_asset_records = lambda *_asked, **_named: []
        events.fetch_materializations = events.fetch_observations = _nothing
        yield instance


def _nothing(*_asked: Any, **_named: Any) -> dg.EventRecordsResult:
    return dg.EventRecordsResult([], cursor="", has_more=False)
