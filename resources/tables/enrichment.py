"""GPU work: its queue, each attempt and what happened to it, and what it made.

Not here: the worker (`resources.comfy`), and how the rows come about (`resources.enriching`).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, ForeignKey, ForeignKeyConstraint, Identity, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from resources.tables.base import Base


class EnrichmentJob(Base):
    """What is wanted of one client: the queue and the truth of GPU work.

    A job that failed is tried again from `next_at` on, and never where that is null. One that runs belongs to a run
    until its lease is over; then another may take it over.
    """

    __tablename__ = "enrichment_job"
    job: Mapped[str] = mapped_column(primary_key=True)  # deterministic: template, client, content key
    entity: Mapped[str]
    canonical_id: Mapped[str] = mapped_column(index=True)
    template: Mapped[str]
    template_version: Mapped[str]
    content_key: Mapped[str]  # SHA-256 over template, parameters and the 360 fields that matter
    version_360: Mapped[int]  # the publication that wrote these fields
    state: Mapped[str]  # planned | running | cancelling | done | failed | cancelled | stale
    attempts: Mapped[int] = mapped_column(Integer)
    priority: Mapped[int] = mapped_column(Integer)  # of the recipe; lower is earlier
    worth: Mapped[int]  # of the client; higher is earlier
    run_id: Mapped[str | None]
    failure: Mapped[str | None]  # class of the failure, never the worker's text
    cancel_wanted: Mapped[bool] = mapped_column(Boolean)  # somebody named this job
    planned_at: Mapped[dt.datetime]  # when it was last found to be wanted
    next_at: Mapped[dt.datetime | None]
    lease_until: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    unseen: Mapped[bool] = mapped_column(Boolean)  # it ended so, and no planning has looked at its client since
    __table_args__ = (
        Index("ix_enrichment_job_state", "state", "template", "entity"),
        Index("ix_enrichment_job_unseen", "job", postgresql_where=text("unseen")),
        Index("ix_enrichment_job_planned_at", text("planned_at desc"), "job"),
        Index(
            "ix_enrichment_job_waiting", "attempts", "priority", text("worth desc"), "job",
            postgresql_where=text("state in ('planned', 'failed')"),
        ),
    )  # fmt: skip


class EnrichmentWant(Base):
    """That a client wants an artefact which no job makes: what budgets left out, as planning last looked."""

    __tablename__ = "enrichment_want"
    canonical_id: Mapped[str] = mapped_column(primary_key=True)
    template: Mapped[str] = mapped_column(primary_key=True)
    entity: Mapped[str]
    worth: Mapped[int]  # of the client; higher is earlier
    __table_args__ = (Index("ix_enrichment_want_worth", "template", "entity", text("worth desc"), "canonical_id"),)


class EnrichmentLook(Base):
    """How far planning has looked at clients; at most one row, and without one it looks at everybody.

    So whoever changes rows of `<entity>_360` in place, or deletes jobs, has it forgotten (`looking.forget_all`).
    """

    __tablename__ = "enrichment_look"
    way: Mapped[str] = mapped_column(primary_key=True)  # hash of what the names of jobs follow from
    version: Mapped[int]  # the newest publication then


class EnrichmentAttempt(Base):
    """One try of a job: what was sent under which prompt id, how it went, and the hashes of what came back.

    `outputs` is {"fetched": {output: {sha256, pixel_sha256}}, "made": {artefact: {…}}}, there before anything is kept.
    """

    __tablename__ = "enrichment_attempt"
    job: Mapped[str] = mapped_column(ForeignKey("enrichment_job.job", ondelete="cascade"), primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    prompt_id: Mapped[str] = mapped_column(unique=True)
    run_id: Mapped[str] = mapped_column(index=True)
    worker: Mapped[str | None]  # host of the worker that was last asked for it, as its URL names it
    parameters: Mapped[dict[str, Any] | None]
    state: Mapped[str]  # claimed | submitted | running | done | failed | cancelled | stale
    failure: Mapped[str | None]
    reason: Mapped[str | None]  # in our own words
    posts: Mapped[int] = mapped_column(Integer)  # how often it was sent: more than once where no answer came
    claimed_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime | None]
    running_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    worker_ms: Mapped[int | None]  # that the worker spent
    cached: Mapped[int | None] = mapped_column(Integer)  # nodes that it had made before
    outputs: Mapped[dict[str, Any] | None]


class EnrichmentEvent(Base):
    """What happened to an attempt, in order."""

    __tablename__ = "enrichment_event"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    job: Mapped[str]
    attempt: Mapped[int] = mapped_column(Integer)
    at: Mapped[dt.datetime]
    event: Mapped[str]  # claimed | submitted | running | fetched | accepted | failed | cancelling | cancelled | …
    failure: Mapped[str | None]
    run_id: Mapped[str]
    __table_args__ = (
        ForeignKeyConstraint(
            ["job", "attempt"], ["enrichment_attempt.job", "enrichment_attempt.attempt"], ondelete="cascade"
        ),
        Index("ix_enrichment_event_job", "job", "attempt"),
    )


class EnrichmentArtefact(Base):
    """What a job made: bytes under their hash in the storage root, and the hash of the pixels."""

    __tablename__ = "enrichment_artefact"
    job: Mapped[str] = mapped_column(ForeignKey("enrichment_job.job"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str]
    pixel_sha256: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    seq: Mapped[int] = mapped_column(ForeignKey("log.seq"))  # the receipt
    __table_args__ = (
        ForeignKeyConstraint(
            ["job", "attempt"], ["enrichment_attempt.job", "enrichment_attempt.attempt"],
            name="fk_enrichment_artefact_attempt",
        ),
        Index("ix_enrichment_artefact_sha256", "sha256"),
    )  # fmt: skip
