"""Opportunities and activities with their references bound to canonical ids.

References bind late: one whose target has not arrived is null and binds when it does. Where a source refers by name,
the name has to be that of one client of the source, no more.

Not here: what a client's deals and touches add up to (`identity.sections`).
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from identity.pipeline import status
from identity.sections import MONEY, instant


class Targets(NamedTuple):
    """What records may refer to: `ids` (key, id), and `names` (source, small letters, id) that one alone has."""

    ids: pl.DataFrame
    names: pl.DataFrame

    @classmethod
    def of(cls, records: pl.DataFrame, ids: pl.DataFrame, name: pl.Expr) -> Targets:
        """Of current records and their ids, under the names that the expression gives them."""
        named = records.select("key", "source", name=_plain(name)).drop_nulls().join(ids, on="key")
        own = named.group_by("source", "name").agg(pl.col("id").unique()).filter(pl.col("id").list.len() == 1)
        return cls(ids, own.with_columns(pl.col("id").list.first()))


def account_targets(records: pl.DataFrame, ids: pl.DataFrame) -> Targets:
    """Accounts by key and name."""
    return Targets.of(records, ids, pl.col("name"))


def contact_targets(records: pl.DataFrame, ids: pl.DataFrame) -> Targets:
    """Contacts by key and full name."""
    whole = pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True)
    return Targets.of(records, ids, pl.coalesce("full_name", pl.when(whole != "").then(whole)))


def opportunities(records: pl.DataFrame, contacts: Targets, accounts: Targets) -> pl.DataFrame:
    """One row a record, sorted by key; `status` is open, won, lost or null, `amount_number` the exact `amount`."""
    number = pl.col("amount").cast(MONEY, strict=False)
    bound = _bound(records, contacts, accounts).with_columns(status=status(), amount_number=number)
    return bound.select(
        "key", "source", "name", "account_id", "contact_ids", "stage", "status", "amount", "amount_number",
        "currency", "close_date", "owner", "updated_at",
    )  # fmt: skip


def activities(records: pl.DataFrame, contacts: Targets, accounts: Targets) -> pl.DataFrame:
    """One row a record, sorted by key. `opportunity_key` names a record that may not have arrived; `happened_at` is the
    instant of `at`.
    """
    deal = pl.concat_str(pl.col("source") + ":opportunity:", "opportunity_source_id").alias("opportunity_key")
    return _bound(records, contacts, accounts).select(
        "key", "source", "kind", "at", instant("at").alias("happened_at"), "contact_ids", "account_id", deal, "subject",
        "direction", "owner",
    )  # fmt: skip


def _bound(records: pl.DataFrame, contacts: Targets, accounts: Targets) -> pl.DataFrame:
    """Records with `account_id` and `contact_ids`: distinct, in the order of the references; null if none is bound."""
    by_key = records.select("key", _target=pl.concat_str(pl.col("source") + ":account:", "account_source_id"))
    account = _joined(by_key, records, "account_name", accounts).unique("key", keep="first", maintain_order=True)
    named = records.select("key", "source", "contact_source_id").explode("contact_source_id").drop_nulls()
    by_keys = named.select("key", _target=pl.concat_str(pl.col("source") + ":contact:", "contact_source_id"))
    found = _joined(by_keys, records, "contact_name", contacts)
    lists = found.group_by("key", maintain_order=True).agg(contact_ids=pl.col("id").unique(maintain_order=True))
    whole = records.join(account.select("key", account_id="id"), on="key", how="left")
    return whole.join(lists, on="key", how="left").sort("key")


def _joined(by_key: pl.DataFrame, records: pl.DataFrame, name: str, targets: Targets) -> pl.DataFrame:
    """(key, id): what records refer to by key, then what they refer to by name."""
    keyed = by_key.drop_nulls().join(targets.ids.rename({"key": "_target"}), on="_target", maintain_order="left")
    said = records.select("key", "source", name=_plain(pl.col(name))).drop_nulls()
    named = said.join(targets.names, on=["source", "name"], maintain_order="left")
    return pl.concat([keyed.select("key", "id"), named.select("key", "id")])


def _plain(name: pl.Expr) -> pl.Expr:
    return name.str.to_lowercase()
