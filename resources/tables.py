"""Every table of the platform, named in this one place.

Three kinds stand here. The log and its payloads are the truth. `batch`, `frame`, `publication`, `canonical_id` and
`record_home` are pointers and folds of the log. The rest is what a publication makes visible.

Not here: how rows are written (`resources.log`, `resources.publishing`) or how the schema changes
(`resources/migrations`). Tables carry no schema name: each connection's search path names it, so that a replay can
build the same tables aside.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from sqlalchemy import ARRAY, JSON, BigInteger, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
}
TEXTS = ARRAY(Text)
Json = Annotated[str, mapped_column(JSON)]  # canonical JSON, kept verbatim as text: jsonb would write it anew


class Base(DeclarativeBase):
    """Text for `str`, bigint for `int`, instants with time zone."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
        str: Text,
        int: BigInteger,
        bytes: LargeBinary,
        dt.datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: TEXTS,
    }


class LogEntry(Base):
    """One entry of the log: gapless `seq` in commit order, chained by hash (see `resources.log`)."""

    __tablename__ = "log"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    at: Mapped[dt.datetime]
    actor: Mapped[str]
    commitment: Mapped[bytes]
    previous: Mapped[bytes]
    hash: Mapped[bytes]


class LogPayload(Base):
    """Payload and salt of an entry: they can be destroyed without breaking the chain."""

    __tablename__ = "log_payload"
    seq: Mapped[int] = mapped_column(ForeignKey("log.seq"), primary_key=True, autoincrement=False)
    salt: Mapped[bytes]
    body: Mapped[str]  # canonical JSON, verbatim as committed to


class Batch(Base):
    """One import of one table of one file; `published` is the version that first showed it."""

    __tablename__ = "batch"
    batch: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(ForeignKey("log.seq"), unique=True)
    source: Mapped[str]
    entity: Mapped[str]
    sha256: Mapped[str]
    member: Mapped[str]  # which table of the file; empty where the file is one table
    file: Mapped[str]
    size: Mapped[int]
    received_at: Mapped[dt.datetime]
    mapping: Mapped[str]  # version of the mapping
    skipped: Mapped[int]  # lines that are no rows
    received: Mapped[int | None]
    accepted: Mapped[int | None]
    rejected: Mapped[int | None]
    superseded: Mapped[int | None]
    held: Mapped[int | None]
    published: Mapped[int | None] = mapped_column(ForeignKey("publication.version"), index=True)


class FramePointer(Base):
    """Which Parquet object holds a frame: by batch (`run` empty), or of the whole set by run (`partition` empty)."""

    __tablename__ = "frame"
    asset: Mapped[str] = mapped_column(primary_key=True)
    partition: Mapped[str] = mapped_column(primary_key=True)
    run: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(index=True)
    rows: Mapped[int]
    written_at: Mapped[dt.datetime]


class Publication(Base):
    """A version made visible: the cut of the log that it shows, by which code and run, and what changed."""

    __tablename__ = "publication"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(ForeignKey("log.seq"), unique=True)
    cut: Mapped[int]
    as_of: Mapped[dt.datetime]
    code_version: Mapped[str]
    run_id: Mapped[str] = mapped_column(index=True)
    summary: Mapped[dict[str, Any]]


class CanonicalId(Base):
    """Every id ever issued and what became of it: live, forwarded to another, or gone."""

    __tablename__ = "canonical_id"
    id: Mapped[str] = mapped_column(primary_key=True)
    entity: Mapped[str]
    state: Mapped[str]
    to: Mapped[str | None]
    minted: Mapped[int]
    ended: Mapped[int | None]
    born_at: Mapped[dt.datetime]
    born_key: Mapped[str]
    seq: Mapped[int]


class RecordHome(Base):
    """The home id of each record ever clustered: what the id rule is about."""

    __tablename__ = "record_home"
    key: Mapped[str] = mapped_column(primary_key=True)
    home: Mapped[str]


class Crosswalk(Base):
    """Each current record and the canonical id that it belongs to."""

    __tablename__ = "crosswalk"
    key: Mapped[str] = mapped_column(primary_key=True)
    entity: Mapped[str]
    source: Mapped[str]
    source_id: Mapped[str]
    canonical_id: Mapped[str] = mapped_column(index=True)
    derived: Mapped[bool]
    batch: Mapped[str] = mapped_column(index=True)
    line: Mapped[int]
    version: Mapped[int]


class Contact(Base):
    """Golden row of a contact."""

    __tablename__ = "contact"
    canonical_id: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str | None] = mapped_column(index=True)
    first_name: Mapped[str | None]
    middle_name: Mapped[str | None]
    last_name: Mapped[str | None]
    full_name: Mapped[str | None]
    email: Mapped[list[str] | None]
    phone: Mapped[list[str] | None]
    company_name: Mapped[str | None]
    company_domain: Mapped[str | None]
    title: Mapped[str | None]
    street: Mapped[str | None]
    city: Mapped[str | None]
    region: Mapped[str | None]
    postcode: Mapped[str | None]
    country: Mapped[str | None]
    date_of_birth: Mapped[str | None]
    national_id: Mapped[str | None]
    gender: Mapped[str | None]
    linkedin_url: Mapped[str | None]
    website: Mapped[str | None]
    owner: Mapped[str | None]
    lifecycle_stage: Mapped[str | None]
    source_created_at: Mapped[str | None]
    updated_at: Mapped[str | None]
    records: Mapped[int]
    version: Mapped[int]


class Account(Base):
    """Golden row of an account."""

    __tablename__ = "account"
    canonical_id: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str | None] = mapped_column(index=True)
    name: Mapped[str | None]
    domain: Mapped[list[str] | None]
    phone: Mapped[list[str] | None]
    street: Mapped[str | None]
    city: Mapped[str | None]
    region: Mapped[str | None]
    postcode: Mapped[str | None]
    country: Mapped[str | None]
    industry: Mapped[str | None]
    employee_count: Mapped[str | None]
    annual_revenue: Mapped[str | None]
    tax_id: Mapped[str | None]
    owner: Mapped[str | None]
    updated_at: Mapped[str | None]
    records: Mapped[int]
    version: Mapped[int]


class ContactAccount(Base):
    """That a contact belongs, or belonged, to an account."""

    __tablename__ = "contact_account"
    contact_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    title: Mapped[str | None]
    since: Mapped[dt.datetime | None]
    until: Mapped[dt.datetime | None]
    primary: Mapped[bool]
    records: Mapped[int]
    version: Mapped[int]


class Opportunity(Base):
    """A deal, keyed by its source, bound to canonical ids where its references are known."""

    __tablename__ = "opportunity"
    key: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    name: Mapped[str | None]
    account_id: Mapped[str | None] = mapped_column(index=True)
    contact_ids: Mapped[list[str] | None]
    stage: Mapped[str | None]
    status: Mapped[str | None]
    amount: Mapped[str | None]
    currency: Mapped[str | None]
    close_date: Mapped[str | None]
    owner: Mapped[str | None]
    updated_at: Mapped[str | None]
    version: Mapped[int]


class Activity(Base):
    """A touch with a client, keyed by its source, bound to canonical ids where its references are known."""

    __tablename__ = "activity"
    key: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    kind: Mapped[str | None]
    at: Mapped[str | None]
    contact_ids: Mapped[list[str] | None]
    account_id: Mapped[str | None] = mapped_column(index=True)
    opportunity_key: Mapped[str | None]
    subject: Mapped[str | None]
    direction: Mapped[str | None]
    owner: Mapped[str | None]
    version: Mapped[int]


class Contact360(Base):
    """Client-360 of a contact: typed columns for lists, the sections as canonical JSON."""

    __tablename__ = "contact_360"
    canonical_id: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str | None] = mapped_column(index=True)
    primary_email: Mapped[str | None] = mapped_column(index=True)
    primary_phone: Mapped[str | None]
    account_id: Mapped[str | None] = mapped_column(index=True)
    account_name: Mapped[str | None]
    lifecycle_stage: Mapped[str | None]
    owner: Mapped[str | None] = mapped_column(index=True)
    open_count: Mapped[int]
    won_count: Mapped[int]
    lost_count: Mapped[int]
    activity_count: Mapped[int]
    last_activity_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    sources: Mapped[list[str]]
    records: Mapped[int]
    payload: Mapped[Json]
    version: Mapped[int]


class Account360(Base):
    """Client-360 of an account."""

    __tablename__ = "account_360"
    canonical_id: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str | None] = mapped_column(index=True)
    primary_domain: Mapped[str | None] = mapped_column(index=True)
    primary_phone: Mapped[str | None]
    industry: Mapped[str | None]
    owner: Mapped[str | None] = mapped_column(index=True)
    contact_count: Mapped[int]
    open_count: Mapped[int]
    won_count: Mapped[int]
    lost_count: Mapped[int]
    activity_count: Mapped[int]
    last_activity_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    sources: Mapped[list[str]]
    records: Mapped[int]
    payload: Mapped[Json]
    version: Mapped[int]


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


def table(model: type[Base]) -> Table:
    """The Core table of a model."""
    return Base.metadata.tables[model.__tablename__]


PUBLISHED: dict[str, tuple[str, ...]] = {  # table: its key; what `fingerprint` and `replay` compare
    "crosswalk": ("key",),
    "contact": ("canonical_id",),
    "account": ("canonical_id",),
    "contact_account": ("contact_id", "account_id"),
    "opportunity": ("key",),
    "activity": ("key",),
    "contact_360": ("canonical_id",),
    "account_360": ("canonical_id",),
}
