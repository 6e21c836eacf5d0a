"""GPU jobs of a person: their rows, what the log says of them, and the pictures that nobody names any more.

Not here: how pictures are kept, and why an erasure finds all of them (`resources.enriching.accepting`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, text

from resources.enriching.accepting import KIND
from resources.enriching.looking import forget_all
from resources.tables import EnrichmentArtefact, EnrichmentJob
from resources.workspace import Workspace

Stood = Sequence[Sequence[Any]]  # id, from which version, to before which
RECEIPTS = """
delete from log_payload p using log e
where e.seq = p.seq and e.kind = 'receipt' and p.body::json->>'job' = any(:jobs)
"""
NAMED = """
select sha256 from enrichment_artefact union select one.value->>'sha256' from enrichment_attempt a
cross join lateral jsonb_each(a.outputs) part cross join lateral jsonb_each(part.value) one
"""


def jobs_of(connection: Connection, ids: Iterable[str], stood: Stood) -> list[str]:
    """The jobs whose pictures show a client under one of its ids, or another one that stood for it then."""
    job = EnrichmentJob
    then = (
        and_(job.canonical_id == name, job.version_360 >= since, job.version_360 < until)
        for name, since, until in stood
    )
    query = select(job.job).where(or_(job.canonical_id.in_(ids), *then))
    return list(connection.execute(query.order_by(job.job)).scalars())


def forget(connection: Connection, jobs: list[str]) -> None:
    """Forget jobs with their attempts, events and artefacts, and destroy their receipts: a hash can be tried out. Who
    lives on under one of the ids may want such a job anew.
    """
    forget_all(connection)
    ours = select(EnrichmentJob.job).where(EnrichmentJob.job.in_(jobs))
    connection.execute(ours.order_by(EnrichmentJob.job).with_for_update())  # as lanes do, before their attempts
    connection.execute(text(RECEIPTS), {"jobs": jobs})
    connection.execute(delete(EnrichmentArtefact).where(EnrichmentArtefact.job.in_(jobs)))
    connection.execute(delete(EnrichmentJob).where(EnrichmentJob.job.in_(jobs)))


def sweep(workspace: Workspace) -> None:
    """Destroy the pictures that no job names, whoever left them; under the lock of erasures, while none is kept."""
    with workspace.database.transaction() as connection:
        named = set(connection.execute(text(NAMED)).scalars())
    for sha256 in workspace.storage.listed(KIND):
        if sha256 not in named:
            workspace.storage.destroy(KIND, sha256)
