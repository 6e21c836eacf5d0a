"""Exports as two CRMs and an event list write them: headers, ids, mapping files.

Not here: the values (`velocity_pipelines.synth.rows`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from velocity_pipelines.synth import rows, traps
from velocity_pipelines.synth.rows import Share
from velocity_pipelines.synth.world import HardRates, Rates, World

CRMS = {"hubspot": Share(0.62, 0.10), "salesforce": Share(0.52, 0.08)}
EVENTS = Share(0.34, 0.03)


@dataclass(frozen=True, slots=True)
class Export:
    """One file: its table under the vendor's headers, the mapping, and the true entity of each row (or None)."""

    source: str
    entity: str
    table: pl.DataFrame
    mapping: dict[str, Any]
    truth: pl.DataFrame | None  # source_id, true_id


def all_exports(world: World, rates: Rates, deals: int, touches: int, rng: np.random.Generator) -> list[Export]:
    """Every file, in the order of import: companies before people, people before what hangs on them."""
    made: list[Export] = []
    for source, share in CRMS.items():
        made += _crm(source, world, share, rates, (deals, touches), rng)
    return [*made, _events(world, rates, rng)]


def _known(source: str, world: World, share: Share, rates: Rates, rng: np.random.Generator) -> pl.DataFrame:
    """The contact rows of a source."""
    who = rows.known_people(world.people.height, share, rng)
    if isinstance(rates, HardRates):
        return traps.contacts(source, world, who, rates, rng)
    return rows.contacts(world, who, rates, rng)


def _crm(
    source: str, world: World, share: Share, rates: Rates, sizes: tuple[int, int], rng: np.random.Generator
) -> list[Export]:
    people = _known(source, world, share, rates, rng)
    which = np.unique(people["company_id"].drop_nulls().to_numpy())
    which = np.concatenate([which, rng.choice(which, len(which) // 12)])
    firms = rows.companies(world, which, rng)
    firms = firms.with_columns(id=pl.Series(_ids(source, "account", firms.height)))
    people = people.with_columns(
        id=pl.Series(_ids(source, "contact", people.height)), account=_references(people, firms, rng)
    )
    sold = rows.deals(sizes[0], people, rng)
    touched = rows.activities(sizes[1], people, rng)
    write = _hubspot if source == "hubspot" else _salesforce
    tables = write(firms, people, sold, touched)
    truths = {"account": _truth(firms, "company_id"), "contact": _truth(people, "person")}
    return [Export(source, e, t, {"source": source, "entity": e, **m}, truths.get(e)) for e, (t, m) in tables.items()]


def _ids(source: str, entity: str, count: int) -> list[str]:
    if source == "hubspot":
        return [str((9_000_001 if entity == "account" else 8_000_001) + i) for i in range(count)]
    prefix = "001" if entity == "account" else "003"
    return [f"{prefix}x{i:011d}AAA" for i in range(count)]


def _references(people: pl.DataFrame, firms: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    """The account that a contact names; some name only the company in words."""
    ids = firms.unique("company_id", keep="first").select("company_id", account="id")
    named = people.join(ids, on="company_id", how="left", maintain_order="left")["account"]
    return named.set(pl.Series(rng.random(people.height) < 0.2), None)


def _truth(table: pl.DataFrame, true: str) -> pl.DataFrame:
    return table.select(source_id="id", true_id=pl.col(true).cast(pl.String))


Tables = dict[str, tuple[pl.DataFrame, dict[str, Any]]]


def _hubspot(firms: pl.DataFrame, people: pl.DataFrame, sold: pl.DataFrame, touched: pl.DataFrame) -> Tables:
    """The exports of a HubSpot-like CRM: further addresses in one cell, several phones in columns."""
    return {
        "account": _under(
            firms,
            {
                "id": "Record ID",
                "name": "Company name",
                "domain": "Company Domain Name",
                "phone": "Phone Number",
                "city": "City",
                "country": "Country/Region",
                "industry": "Industry",
                "employees": "Number of Employees",
                "owner": "Company owner",
            },
            {"employees": "employee_count"},
        ),
        "contact": _under(
            people,
            {
                "id": "Record ID",
                "first": "First Name",
                "last": "Last Name",
                "email": "Email",
                "more_emails": "Additional email addresses",
                "phone": "Phone Number",
                "more_phones": "Mobile Phone Number",
                "company": "Company Name",
                "account": "Associated Company IDs",
                "title": "Job Title",
                "street": "Street Address",
                "city": "City",
                "country": "Country/Region",
                "postcode": "Postal Code",
                "born": "Date of birth",
                "profile": "LinkedIn URL",
                "owner": "Contact owner",
                "modified": "Last Modified Date",
            },
            CONTACT,
        ),
        "opportunity": _under(
            sold,
            {
                "id": "Record ID",
                "name": "Deal Name",
                "stage": "Deal Stage",
                "amount": "Amount",
                "currency": "Currency",
                "close": "Close Date",
                "account": "Associated Company IDs",
                "contact": "Associated Contact IDs",
                "owner": "Deal owner",
            },
            HANGING,
        ),
        "activity": _under(
            touched,
            {
                "id": "Record ID",
                "kind": "Activity type",
                "at": "Activity date",
                "contact": "Associated Contact IDs",
                "account": "Associated Company IDs",
                "subject": "Subject",
                "direction": "Direction",
                "owner": "Activity owner",
            },
            HANGING,
        ),
    }


def _salesforce(firms: pl.DataFrame, people: pl.DataFrame, sold: pl.DataFrame, touched: pl.DataFrame) -> Tables:
    """The data exports of a Salesforce-like CRM: API names, 18-character ids."""
    return {
        "account": _under(
            firms,
            {
                "id": "Id",
                "name": "Name",
                "domain": "Website",
                "phone": "Phone",
                "city": "BillingCity",
                "country": "BillingCountry",
                "industry": "Industry",
                "employees": "NumberOfEmployees",
                "owner": "OwnerName",
            },
            {"employees": "employee_count"},
        ),
        "contact": _under(
            people,
            {
                "id": "Id",
                "account": "AccountId",
                "last": "LastName",
                "first": "FirstName",
                "company": "AccountName",
                "email": "Email",
                "more_emails": "SecondaryEmail__c",
                "phone": "Phone",
                "more_phones": "MobilePhone",
                "title": "Title",
                "street": "MailingStreet",
                "city": "MailingCity",
                "country": "MailingCountry",
                "postcode": "MailingPostalCode",
                "born": "Birthdate",
                "profile": "LinkedIn__c",
                "owner": "OwnerName",
                "modified": "LastModifiedDate",
            },
            CONTACT,
        ),
        "opportunity": _under(
            sold,
            {
                "id": "Id",
                "account": "AccountId",
                "contact": "ContactId",
                "name": "Name",
                "stage": "StageName",
                "amount": "Amount",
                "currency": "CurrencyIsoCode",
                "close": "CloseDate",
                "owner": "OwnerName",
            },
            HANGING,
        ),
        "activity": _under(
            touched,
            {
                "id": "Id",
                "contact": "WhoId",
                "account": "AccountId",
                "kind": "TaskSubtype",
                "at": "ActivityDateTime",
                "subject": "Subject",
                "direction": "CallType",
                "owner": "OwnerName",
            },
            HANGING,
        ),
    }


CONTACT = {
    "first": "first_name",
    "last": "last_name",
    "more_emails": "email",
    "more_phones": "phone",
    "company": "company_name",
    "account": "account_source_id",
    "born": "date_of_birth",
    "profile": "linkedin_url",
    "modified": "updated_at",
}
HANGING = {"close": "close_date", "account": "account_source_id", "contact": "contact_source_id"}


def _under(table: pl.DataFrame, headers: dict[str, str], fields: dict[str, str]) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The table under the vendor's headers, and the mapping back; a column that is not in `fields` is its own field.

    Headers of columns that the table does not have are left out.
    """
    headers = {name: header for name, header in headers.items() if name in table.columns}
    columns = {header: fields.get(name, name) for name, header in headers.items() if name != "id"}
    updated = [header for header, field in columns.items() if field == "updated_at"]
    mapping: dict[str, Any] = {"key": headers["id"]}
    if updated:
        mapping["updated_at"] = updated[0]
    mapping["columns"] = {header: field for header, field in columns.items() if field != "updated_at"}
    return table.select(pl.col(name).alias(header) for name, header in headers.items()), mapping


def _events(world: World, rates: Rates, rng: np.random.Generator) -> Export:
    """An attendee list: full names, one address, the company in words."""
    people = _known("events", world, EVENTS, rates, rng)
    people = people.with_columns(id=pl.Series([f"A-{i:06d}" for i in range(1, people.height + 1)]))
    if "name" not in people.columns:
        parts = [pl.col("first").str.strip_chars(), pl.col("last").str.strip_chars()]
        people = people.with_columns(name=pl.concat_str(parts, separator=" "))
    headers = {
        "id": "Attendee ID",
        "name": "Full Name",
        "email": "Mail",
        "phone": "Phone",
        "company": "Company",
        "city": "City",
    }
    fields = {"name": "full_name", "company": "company_name"}
    table, mapping = _under(people, headers, fields)
    table = table.with_columns(pl.Series("Badge Colour", rng.choice(["red", "blue", "green"], people.height)))
    mapping = {"source": "events", "entity": "contact", **mapping, "ignore": ["Badge Colour"]}
    return Export("events", "contact", table, mapping, _truth(people, "person"))
