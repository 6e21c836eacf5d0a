"""The fields of each entity: their names, order and kinds, as data.

Not here: how a value of a kind is cleaned (`identity.standardise`) or compared (`identity.model`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Entity = Literal["contact", "account", "opportunity", "activity"]
Kind = Literal[
    "text",
    "name",
    "owner",
    "email",
    "phone",
    "domain",
    "url",
    "country",
    "date",
    "birth",
    "timestamp",
    "amount",
    "currency",
    "count",
    "ref",
]

ENTITIES: tuple[Entity, ...] = ("contact", "account", "opportunity", "activity")
RESOLVED: tuple[Entity, ...] = ("contact", "account")  # the others are keyed by source
PREFIX: dict[Entity, str] = {"contact": "c", "account": "a"}  # of canonical ids


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `multi` fields are lists of text, all others text; `ref` names the entity a source id points to."""

    name: str
    kind: Kind = "text"
    multi: bool = False
    ref: Entity | None = None


FIELDS: dict[Entity, tuple[Field, ...]] = {
    "contact": (
        Field("first_name", "name"), Field("middle_name", "name"), Field("last_name", "name"),
        Field("full_name", "name"),
        Field("email", "email", multi=True), Field("phone", "phone", multi=True),
        Field("company_name"), Field("company_domain", "domain"), Field("account_source_id", "ref", ref="account"),
        Field("title"), Field("street"), Field("city"), Field("region"), Field("postcode"), Field("country", "country"),
        Field("date_of_birth", "birth"), Field("national_id"), Field("gender"), Field("linkedin_url", "url"),
        Field("website", "url"), Field("owner", "owner"), Field("lifecycle_stage"),
        Field("source_created_at", "timestamp"), Field("updated_at", "timestamp"),
    ),
    "account": (
        Field("name"), Field("domain", "domain", multi=True), Field("phone", "phone", multi=True),
        Field("street"), Field("city"), Field("region"), Field("postcode"), Field("country", "country"),
        Field("industry"), Field("employee_count", "count"), Field("annual_revenue", "amount"), Field("tax_id"),
        Field("parent_source_id", "ref", ref="account"), Field("owner", "owner"), Field("updated_at", "timestamp"),
    ),
    "opportunity": (
        Field("name"), Field("account_source_id", "ref", ref="account"), Field("account_name"),
        Field("contact_source_id", "ref", multi=True, ref="contact"), Field("contact_name", "name"),
        Field("stage"), Field("status"), Field("amount", "amount"), Field("currency", "currency"),
        Field("close_date", "date"), Field("owner", "owner"), Field("updated_at", "timestamp"),
    ),
    "activity": (
        Field("kind"), Field("at", "timestamp"), Field("contact_source_id", "ref", multi=True, ref="contact"),
        Field("account_source_id", "ref", ref="account"), Field("account_name"), Field("contact_name", "name"),
        Field("opportunity_source_id", "ref", ref="opportunity"),
        Field("subject"), Field("direction"), Field("owner", "owner"),
    ),
}  # fmt: skip
