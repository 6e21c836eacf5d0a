"""Accounts that contact records speak of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import polars as pl

from identity.accounts import account_keys, contact_accounts, derived_accounts
from identity.frames import record_schema

RecordFrame = Callable[..., pl.DataFrame]


def march(day: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, tzinfo=dt.UTC)


def named(*pairs: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"key": pl.String, "id": pl.String}, orient="row")


def test_one_account_for_each_source_name_and_domain(record_frame: RecordFrame) -> None:
    contacts = record_frame(
        "contact",
        {"key": "crm:contact:1", "day": 1, "company_name": "ACME, Inc.", "company_domain": "acme.example"},
        {"key": "crm:contact:2", "day": 2, "line": 7, "company_name": "Acme Inc", "company_domain": "acme.example"},
        {"key": "crm:contact:3", "company_name": "Acme Inc"},
        {"key": "shop:contact:4", "company_name": "Acme Inc"},
        {"key": "crm:contact:5", "company_domain": "acme.example"},
        {"key": "crm:contact:6", "company_name": "Other", "account_source_id": "9"},
        {"key": "crm:contact:7", "company_name": "?!"},
        {"key": "crm:contact:8"},
    )
    made = derived_accounts(contacts)
    assert made.schema == record_schema("account")
    assert made["derived"].all()
    assert made["key"].is_sorted()
    assert all(re.fullmatch(r"(crm|shop):account:derived-[0-9a-f]{16}", key) for key in made["key"])
    said = sorted(made.select("source", "name", "domain").rows(), key=str)
    domain = ["acme.example"]
    assert said == [
        ("crm", "Acme Inc", None),
        ("crm", "Acme Inc", domain),
        ("crm", None, domain),
        ("shop", "Acme Inc", None),
    ]
    newest = made.filter(pl.col("name").is_not_null() & pl.col("domain").is_not_null()).row(0, named=True)
    assert (newest["line"], newest["version_at"]) == (7, march(2))


def test_the_key_of_a_derived_account_is_frozen(record_frame: RecordFrame) -> None:
    contacts = record_frame(
        "contact", {"key": "crm:contact:1", "company_name": "Acme", "company_domain": "acme.example"}
    )
    assert derived_accounts(contacts)["source_id"].to_list() == ["derived-961b0103afb63826"]


def test_derived_accounts_do_not_depend_on_the_order_of_rows(record_frame: RecordFrame) -> None:
    rows = [{"key": f"crm:contact:{i}", "day": 1 + i % 2, "company_name": ["Acme", "ACME"][i % 2]} for i in range(6)]
    forth, back = (derived_accounts(record_frame("contact", *ordered)) for ordered in (rows, rows[::-1]))
    assert forth.equals(back)
    assert forth["name"].to_list() == ["ACME"]


def test_a_reference_comes_before_a_company_name(record_frame: RecordFrame) -> None:
    contacts = record_frame(
        "contact",
        {"key": "crm:contact:1", "company_name": "Acme", "account_source_id": "9"},
        {"key": "crm:contact:2", "company_name": "Acme"},
        {"key": "crm:contact:3"},
    )
    derived = derived_accounts(contacts)["key"].item()
    assert account_keys(contacts).rows() == [("crm:contact:1", "crm:account:9"), ("crm:contact:2", derived)]


def test_relations_are_dated_counted_and_one_is_primary(record_frame: RecordFrame) -> None:
    contacts = record_frame(
        "contact",
        {"key": "crm:contact:1", "day": 1, "account_source_id": "A", "title": "Buyer"},
        {"key": "crm:contact:2", "day": 3, "account_source_id": "A", "title": "Head"},
        {"key": "crm:contact:3", "day": 5, "account_source_id": "A"},
        {"key": "crm:contact:4", "day": 9, "account_source_id": "B"},
        {"key": "crm:contact:5", "day": 9, "account_source_id": "not there"},
    )
    people = named(*((f"crm:contact:{i}", "c_1") for i in range(1, 6)))
    companies = named(("crm:account:A", "a_2"), ("crm:account:B", "a_1"))
    made = contact_accounts(contacts, people, companies)
    assert made.columns == ["contact_id", "account_id", "title", "since", "until", "primary", "records"]
    assert made.rows() == [
        ("c_1", "a_1", None, march(9), march(9), True, 1),
        ("c_1", "a_2", "Head", march(1), march(5), False, 3),
    ]


def test_a_tie_of_primary_is_decided_by_record_keys_not_by_ids(record_frame: RecordFrame) -> None:
    contacts = record_frame(
        "contact",
        {"key": "crm:contact:1", "account_source_id": "A"},
        {"key": "crm:contact:2", "account_source_id": "B"},
    )
    people = named(("crm:contact:1", "c_1"), ("crm:contact:2", "c_1"))
    for first, second in (("a_1", "a_2"), ("a_2", "a_1")):
        made = contact_accounts(contacts, people, named(("crm:account:A", first), ("crm:account:B", second)))
        assert made.filter("primary")["account_id"].to_list() == [first]


def test_no_contacts_no_accounts(record_frame: RecordFrame) -> None:
    empty = record_frame("contact")
    assert derived_accounts(empty).height == 0
    assert contact_accounts(empty, named(), named()).height == 0
