"""What a publication makes visible: the tables that readers read, that `fingerprint` hashes and `replay` compares.

Not here: how the rows come about (`identity`).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from resources.tables.base import Base, Json


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


class DeletedRecord(Base):
    """A record that its source deleted: by a mark in a row, or by a snapshot that lacks it."""

    __tablename__ = "deleted_record"
    key: Mapped[str] = mapped_column(primary_key=True)
    entity: Mapped[str]
    source: Mapped[str]
    source_id: Mapped[str]
    canonical_id: Mapped[str | None] = mapped_column(index=True)
    since: Mapped[dt.datetime]
    how: Mapped[str]
    batch: Mapped[str]
    line: Mapped[int | None]
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
    role: Mapped[str]
    title: Mapped[str | None]
    since: Mapped[dt.datetime]
    said_at: Mapped[dt.datetime]
    until: Mapped[dt.datetime | None]
    primary: Mapped[bool]
    records: Mapped[int]
    evidence: Mapped[list[str]]
    version: Mapped[int]


class AccountHierarchy(Base):
    """The place of an account among its parents and children."""

    __tablename__ = "account_hierarchy"
    account_id: Mapped[str] = mapped_column(primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(index=True)
    root_id: Mapped[str] = mapped_column(index=True)
    depth: Mapped[int]
    children: Mapped[int]
    descendants: Mapped[int]
    cut: Mapped[str | None]
    since: Mapped[dt.datetime | None]
    parents: Mapped[int]
    records: Mapped[int]
    evidence: Mapped[list[str] | None]
    version: Mapped[int]


class Opportunity(Base):
    """A deal, keyed by its source, bound to canonical ids where its references are known."""

    __tablename__ = "opportunity"
    __table_args__ = (Index("ix_opportunity_contact_ids", "contact_ids", postgresql_using="gin"),)
    key: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    name: Mapped[str | None]
    account_id: Mapped[str | None] = mapped_column(index=True)
    contact_ids: Mapped[list[str] | None]
    stage: Mapped[str | None]
    status: Mapped[str | None]
    amount: Mapped[str | None]
    amount_number: Mapped[Decimal | None] = mapped_column(Numeric(38, 9))
    currency: Mapped[str | None]
    close_date: Mapped[str | None]
    owner: Mapped[str | None]
    updated_at: Mapped[str | None]
    version: Mapped[int]


class Activity(Base):
    """A touch with a client, keyed by its source, bound to canonical ids where its references are known."""

    __tablename__ = "activity"
    __table_args__ = (Index("ix_activity_contact_ids", "contact_ids", postgresql_using="gin"),)
    key: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    kind: Mapped[str | None]
    at: Mapped[str | None]
    happened_at: Mapped[dt.datetime | None]
    contact_ids: Mapped[list[str] | None]
    account_id: Mapped[str | None] = mapped_column(index=True)
    opportunity_key: Mapped[str | None]
    subject: Mapped[str | None]
    direction: Mapped[str | None]
    owner: Mapped[str | None]
    version: Mapped[int]


class Owner(Base):
    """Somebody who looks after clients, as the records name them."""

    __tablename__ = "owner"
    owner: Mapped[str] = mapped_column(primary_key=True)
    contacts: Mapped[int]
    accounts: Mapped[int]
    opportunities: Mapped[int]
    open_deals: Mapped[int]
    activities: Mapped[int]
    sources: Mapped[list[str]]
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


PUBLISHED: dict[str, tuple[str, ...]] = {  # table: its key; what `fingerprint` and `replay` compare
    "crosswalk": ("key",),
    "deleted_record": ("key",),
    "contact": ("canonical_id",),
    "account": ("canonical_id",),
    "contact_account": ("contact_id", "account_id"),
    "account_hierarchy": ("account_id",),
    "opportunity": ("key",),
    "activity": ("key",),
    "owner": ("owner",),
    "contact_360": ("canonical_id",),
    "account_360": ("canonical_id",),
}
