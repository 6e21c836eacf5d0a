"""GPU work: its queue and what it made.

Not here: the worker (`resources.comfy`).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from resources.tables.base import Base


class EnrichmentJob(Base):
    """One wanted artefact of one client: the queue and the truth of GPU work."""

    __tablename__ = "enrichment_job"
    job: Mapped[str] = mapped_column(primary_key=True)  # deterministic: client, template, content key
    entity: Mapped[str]
    canonical_id: Mapped[str] = mapped_column(index=True)
    template: Mapped[str]
    template_version: Mapped[str]
    content_key: Mapped[str]  # SHA-256 over the 360 fields that the artefact shows
    version_360: Mapped[int]
    state: Mapped[str]  # planned | running | done | failed | cancelled | stale
    attempts: Mapped[int] = mapped_column(Integer)
    run_id: Mapped[str | None]
    prompt_id: Mapped[str | None]
    failure: Mapped[str | None]  # class of the failure, never the worker's text
    planned_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    __table_args__ = (Index("ix_enrichment_job_state", "state"),)


class EnrichmentArtefact(Base):
    """What a job made: bytes under their hash in the storage root, and the hash of the pixels."""

    __tablename__ = "enrichment_artefact"
    job: Mapped[str] = mapped_column(ForeignKey("enrichment_job.job"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    pixel_sha256: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    seq: Mapped[int] = mapped_column(ForeignKey("log.seq"))  # the receipt
