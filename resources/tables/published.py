"""What a publication makes visible: the tables that readers read, that `fingerprint` hashes and `replay` compares.

Not here: how the rows come about (`identity`).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import Double, Index, Numeric, Text, text
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
    display_name: Mapped[str | None]
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
    display_name: Mapped[str | None]
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


class _Client:
    """What the client-360 of a contact and of an account have in common: typed columns for lists, sections as JSON.

    Lists are read in the order of an index and filtered on the way, since a page is soon full of what many rows have;
    what few have, an index of its own finds. Owner and stage go with being busy or not, so that a page could be far
    down: each has its own orders.
    """

    canonical_id: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str | None]
    sort_name: Mapped[str] = mapped_column(Text(collation="C"))  # by bytes, so that an index serves order and prefix
    primary_phone: Mapped[str | None]
    industry: Mapped[str | None]
    owner: Mapped[str | None]
    country: Mapped[str | None] = mapped_column(index=True)  # the few of a country
    city: Mapped[str | None]
    open_value: Mapped[Decimal] = mapped_column(Numeric(38, 9))  # open deals in the main currency (`client360`)
    fit_score: Mapped[int]
    intent: Mapped[Json | None]  # [{points, until}]: what is added to the fit while it runs
    complete: Mapped[bool]  # by the facts alone; the views add what is late, failed or pending
    open_count: Mapped[int]
    won_count: Mapped[int]
    lost_count: Mapped[int]
    activity_count: Mapped[int]
    last_activity_at: Mapped[dt.datetime | None]
    sources: Mapped[list[str]]
    records: Mapped[int]
    payload: Mapped[Json]
    version: Mapped[int]


ORDERS = {  # of lists; two leave out the many who have nothing, and who come last, by id
    "fit_score": None,
    "last_activity_at": "last_activity_at is not null",
    "open_value": "open_value > 0",
}


def _orders(name: str, *filters: str) -> tuple[Index, ...]:
    """An index for each order of a list: of everybody, also by name and version, and of those whom a filter leaves."""
    made = [
        Index(f"ix_{name}_sort_name", "sort_name", "canonical_id"),
        Index(f"ix_{name}_version", "version"),  # who was written since a version
    ]
    for order, where in ORDERS.items():
        only = text(where) if where else None
        made.append(Index(f"ix_{name}_{order}", order, "canonical_id", postgresql_where=only))
        made += [Index(f"ix_{name}_{f}_{order}", f, order, "canonical_id", postgresql_where=only) for f in filters]
    return tuple(made)


class Contact360(_Client, Base):
    """Client-360 of a contact."""

    __tablename__ = "contact_360"
    primary_email: Mapped[str | None] = mapped_column(index=True)  # whose address is this?
    account_id: Mapped[str | None] = mapped_column(index=True)  # the contacts of an account
    account_name: Mapped[str | None]
    domain: Mapped[str | None]
    title: Mapped[str | None]
    lifecycle_stage: Mapped[str | None]
    __table_args__ = (
        *_orders("contact_360", "owner", "lifecycle_stage"),
        Index("ix_contact_360_sources", "sources", postgresql_using="gin"),  # the few of a source
    )


class Account360(_Client, Base):
    """Client-360 of an account."""

    __tablename__ = "account_360"
    primary_domain: Mapped[str | None] = mapped_column(index=True)  # whose domain is this?
    contact_count: Mapped[int]
    __table_args__ = _orders("account_360", "owner")


class SourceExpectation(Base):
    """What is expected of a source, for each entity: the limits that the contract `completeness` sets."""

    __tablename__ = "source_expectation"
    source: Mapped[str] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(primary_key=True)
    cadence_days: Mapped[int | None]  # a file is due that long after the last; null: none is
    rejected_share: Mapped[float] = mapped_column(Double)  # of the newest file, at most
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
    "source_expectation": ("source", "entity"),
}
