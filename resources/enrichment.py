"""Enrichment jobs in Postgres: which pictures are wanted, the queue, and what came of it.

Not here: the worker (`resources.comfy`) and the ops (`assets.enrichment`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from identity.errors import BadInputError
from resources import log
from resources.tables import Contact360, EnrichmentArtefact, EnrichmentJob
from resources.workspace import Workspace

TEMPLATE = "client_card"
SHOWN = ("display_name", "account_name", "lifecycle_stage", "owner", "open_count", "won_count")  # on the card


@dataclass(frozen=True, slots=True)
class Job:
    """One wanted picture of one client; `job` follows from client, template and what the picture shows."""

    job: str
    canonical_id: str
    template: str
    template_version: str
    content_key: str
    version_360: int
    shown: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Artefact:
    """What the worker and our pen made of a job."""

    name: str
    data: bytes
    pixel_sha256: str
    media_type: str


def wanted(workspace: Workspace) -> list[Job]:
    """Pictures that no job has made or is making: those of clients whose shown fields changed, least tried first."""
    with workspace.database.transaction() as connection:
        return _wanted(connection)


def _wanted(connection: Connection) -> list[Job]:
    from resources.comfy.template import load  # noqa: PLC0415

    version = load(TEMPLATE).version
    columns = [getattr(Contact360, name) for name in SHOWN]
    query = select(Contact360.canonical_id, Contact360.version, *columns).order_by(Contact360.canonical_id)
    settled = EnrichmentJob.state.in_(["done", "running", "cancelled"]) | (EnrichmentJob.failure == "permanent")
    known = set(connection.execute(select(EnrichmentJob.job).where(settled)).scalars())
    jobs = [_job(dict(row), version) for row in connection.execute(query).mappings()]
    attempts = {row.job: row.attempts for row in connection.execute(select(EnrichmentJob.job, EnrichmentJob.attempts))}
    return sorted((job for job in jobs if job.job not in known), key=lambda job: attempts.get(job.job, 0))


def _job(row: dict[str, Any], template_version: str) -> Job:
    shown = {name: row[name] for name in SHOWN}
    key = _hash([TEMPLATE, template_version, shown])
    name = f"{TEMPLATE}-{_hash([row['canonical_id'], key])[:20]}"
    return Job(name, row["canonical_id"], TEMPLATE, template_version, key, row["version"], shown)


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def plan(workspace: Workspace, limit: int) -> list[Job]:
    """Enter wanted jobs as planned, at most `limit`; planning again finds the same ones."""
    jobs = wanted(workspace)[:limit]
    now = dt.datetime.now(dt.UTC)
    with workspace.database.transaction() as connection:
        for job in jobs:
            facts = {name: getattr(job, name) for name in ("job", "canonical_id", "template", "template_version")}
            row = {**facts, "content_key": job.content_key, "version_360": job.version_360, "entity": "contact"}
            state = {"state": "planned", "attempts": 0, "planned_at": now}
            connection.execute(upsert(EnrichmentJob).values(**row, **state).on_conflict_do_nothing())
    return jobs


def working(workspace: Workspace, run_id: str) -> AbstractContextManager[None]:
    """A run is at work on its jobs: held by every lane of it, and gone with its process however that ends."""
    return workspace.database.lock(_lock(run_id), shared=True)


def _lock(run_id: str) -> str:
    return f"enrich {run_id}"


def release_abandoned(workspace: Workspace) -> None:
    """Free the jobs of runs at which nobody works any more; their next attempt has a prompt id of its own."""
    query = select(EnrichmentJob.run_id).where(EnrichmentJob.state == "running").distinct()
    with workspace.database.transaction() as connection:
        runs = [run_id for run_id in connection.execute(query).scalars() if run_id]
    for run_id in runs:
        if not workspace.database.is_locked(_lock(run_id)):
            held = update(EnrichmentJob).where(EnrichmentJob.run_id == run_id, EnrichmentJob.state == "running")
            with workspace.database.transaction() as connection:
                connection.execute(held.values(state="failed", failure="lost"))


def begin(workspace: Workspace, job: str, run_id: str) -> int | None:
    """Claim a planned or failed job; the number of this attempt, or None where somebody else has it."""
    change = update(EnrichmentJob).where(EnrichmentJob.job == job, EnrichmentJob.state.in_(["planned", "failed"]))
    values = {"state": "running", "run_id": run_id, "attempts": EnrichmentJob.attempts + 1}
    with workspace.database.transaction() as connection:
        return connection.execute(change.values(**values).returning(EnrichmentJob.attempts)).scalar()


def finish(workspace: Workspace, job: str, prompt_id: str, artefact: Artefact) -> None:
    """Keep the artefact, write the receipt into the log, and end the job: all or nothing visible."""
    digest = workspace.storage.put("artefacts", artefact.data)
    facts = {"job": job, "name": artefact.name, "sha256": digest, "pixel_sha256": artefact.pixel_sha256}
    with workspace.database.transaction() as connection:
        seq = log.append(connection, "receipt", {**facts, "prompt_id": prompt_id}, "worker")
        row = {**facts, "media_type": artefact.media_type, "size": len(artefact.data), "seq": seq}
        connection.execute(insert(EnrichmentArtefact).values(**row))
        _end(connection, job, "done", prompt_id, None)


def fail(workspace: Workspace, job: str, prompt_id: str | None, failure: str) -> None:
    """End an attempt that failed; `failure` is its class, never the worker's own text."""
    with workspace.database.transaction() as connection:
        _end(connection, job, "failed", prompt_id, failure)


def _end(connection: Connection, job: str, state: str, prompt_id: str | None, failure: str | None) -> None:
    values = {"state": state, "prompt_id": prompt_id, "failure": failure, "ended_at": dt.datetime.now(dt.UTC)}
    connection.execute(update(EnrichmentJob).where(EnrichmentJob.job == job).values(**values))


def listed(workspace: Workspace, most: int = 1000) -> list[dict[str, Any]]:
    """Jobs, newest first."""
    query = select(EnrichmentJob.__table__).order_by(EnrichmentJob.planned_at.desc(), EnrichmentJob.job).limit(most)
    with workspace.database.transaction() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def cancel(workspace: Workspace, job: str) -> None:
    """Take a planned or failed job back; `not_cancellable` where it runs, is done or was never planned."""
    change = update(EnrichmentJob).where(EnrichmentJob.job == job, EnrichmentJob.state.in_(["planned", "failed"]))
    with workspace.database.transaction() as connection:
        if not connection.execute(change.values(state="cancelled")).rowcount:
            raise BadInputError("not_cancellable", f"there is no planned job {job}", "see `velocity enrich list`")
