"""References by name, where a source has no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl

from identity.bindings import account_targets, activities, contact_targets, opportunities
from identity.fields import Entity

ROWS: dict[Entity, list[dict[str, Any]]] = {
    "account": [{"key": "crm:account:1", "name": "Brook Ltd"}, {"key": "erp:account:2", "name": "Stone Ltd"}],
    "contact": [
        {"key": "crm:contact:1", "first_name": "Ann", "last_name": "Brook"},
        {"key": "crm:contact:2", "full_name": "Bo Stone"},
        {"key": "crm:contact:3", "full_name": "Bo Stone"},
    ],
    "opportunity": [
        {"key": "crm:opportunity:1", "account_name": "BROOK LTD", "contact_name": "Ann Brook"},
        {"key": "crm:opportunity:2", "account_name": "Stone Ltd", "contact_name": "Bo Stone"},
    ],
}


def bound(record_frame: Callable[..., pl.DataFrame], **ids: str) -> list[tuple[str | None, list[str] | None]]:
    walk = pl.DataFrame(list(ids.items()), schema=["key", "id"], orient="row")
    walk = walk.with_columns(pl.col("key").str.replace_all("_", ":", literal=True))
    deals, people, companies = (record_frame(e, *ROWS[e]) for e in ("opportunity", "contact", "account"))
    made = opportunities(deals, contact_targets(people, walk), account_targets(companies, walk))
    return made.select("account_id", "contact_ids").rows()


def test_amounts_are_exact_numbers_and_times_are_instants(record_frame: Callable[..., pl.DataFrame]) -> None:
    nobody = pl.DataFrame(schema={"key": pl.String, "id": pl.String})
    targets = contact_targets(record_frame("contact"), nobody), account_targets(record_frame("account"), nobody)
    amounts = [{"key": f"crm:opportunity:{n}", "amount": text} for n, text in enumerate(["0.1", "-7", None])]
    deals = opportunities(record_frame("opportunity", *amounts), *targets)
    assert deals["amount_number"].to_list() == [Decimal("0.1"), Decimal(-7), None]
    stamps = [{"key": f"crm:activity:{n}", "at": at} for n, at in enumerate(["2026-03-01T23:59:59.000001Z", None])]
    touches = activities(record_frame("activity", *stamps), *targets)
    assert touches["happened_at"].to_list() == [dt.datetime(2026, 3, 1, 23, 59, 59, 1, dt.UTC), None]


def test_a_name_binds_where_one_client_of_the_source_has_it(record_frame: Callable[..., pl.DataFrame]) -> None:
    ids = {"crm_contact_1": "c1", "crm_contact_2": "c2", "crm_account_1": "a1", "erp_account_2": "a2"}
    assert bound(record_frame, **ids, crm_contact_3="c3") == [("a1", ["c1"]), (None, None)]
    assert bound(record_frame, **ids, crm_contact_3="c2") == [("a1", ["c1"]), (None, ["c2"])]
