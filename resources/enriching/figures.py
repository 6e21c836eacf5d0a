"""What a run of GPU jobs came to, in numbers and small pictures; nothing personal, since event logs keep it.

Not here: the jobs one by one (`resources.enriching.queue`).
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, text

from identity.errors import VelocityError
from resources.workspace import Workspace

SHOWN = 6  # thumbnails
WAIT = "extract(epoch from running_at - submitted_at)"
FIGURES = f"""select count(*) filter (where state = 'done') as accepted,
    count(*) filter (where state = 'failed') as failed,
    count(*) filter (where cached > 0) as cache_hits,
    coalesce(sum(posts), 0) - count(distinct job) filter (where posts > 0) as sent_beyond_one_a_job,
    percentile_cont(0.5) within group (order by {WAIT}) as queue_seconds_median,
    percentile_cont(0.95) within group (order by {WAIT}) as queue_seconds_95,
    percentile_cont(0.5) within group (order by worker_ms) / 1000 as run_seconds_median,
    percentile_cont(0.95) within group (order by worker_ms) / 1000 as run_seconds_95,
    sum(worker_ms) / 1000.0 / nullif(count(*) filter (where state = 'done'), 0) as worker_seconds_per_job
from enrichment_attempt where run_id = :run"""
FAILURES = """select failure, count(*) from enrichment_attempt where run_id = :run and failure is not null
    group by failure order by failure"""
LAST = """select o.value->>'sha256' from enrichment_attempt a cross join lateral jsonb_each(a.outputs->'fetched') o
    where a.run_id = :run and a.state = 'done' order by a.ended_at desc, o.key limit :most"""


def of_run(workspace: Workspace, run_id: str) -> dict[str, Any]:
    """Attempts of the run by what became of them, times in seconds, failures by class (`failed_<class>`).

    What never happened has no time. An attempt that was taken over counts for the run that began it.
    """
    with workspace.database.transaction() as connection:
        row = dict(connection.execute(text(FIGURES), {"run": run_id}).mappings().one())
        failures = connection.execute(text(FAILURES), {"run": run_id})
        by_class = {f"failed_{failure}": count for failure, count in failures}
    return {name: _plain(value) for name, value in {**row, **by_class}.items() if value is not None}


def _plain(value: Any) -> int | float:
    return value if isinstance(value, int) else round(float(value), 3)


def thumbnails(workspace: Workspace, run_id: str) -> str:
    """The last pictures of the run as the worker made them, before any text was drawn, as Markdown."""
    from resources.comfy.thumbnail import data_uri  # noqa: PLC0415 - loads with its one user
    from resources.enriching.accepting import KIND  # noqa: PLC0415

    with workspace.database.transaction() as connection:
        hashes = _last(connection, run_id)
    pictures = []
    for sha256 in hashes:
        with suppress(VelocityError):  # its client was erased meanwhile
            pictures.append(workspace.storage.get(KIND, sha256))
    return " ".join(f"![{number}]({data_uri(png)})" for number, png in enumerate(pictures, start=1))


def _last(connection: Connection, run_id: str) -> list[str]:
    return list(connection.execute(text(LAST), {"run": run_id, "most": SHOWN}).scalars())
