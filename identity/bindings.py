"""Opportunities and activities with their references bound to canonical ids.

References bind late: one whose target has not arrived is null and binds when it does.

Not here: what a client's deals and touches add up to (`identity.sections`).
"""

from __future__ import annotations

import polars as pl

from identity.pipeline import status


def opportunities(records: pl.DataFrame, contact_ids: pl.DataFrame, account_ids: pl.DataFrame) -> pl.DataFrame:
    """One row a record, sorted by key; `status` is open, won, lost or null. Ids come as (key, id)."""
    bound = _bound(records, contact_ids, account_ids).with_columns(status=status())
    return bound.select(
        "key", "source", "name", "account_id", "contact_ids", "stage", "status", "amount", "currency", "close_date",
        "owner", "updated_at",
    )  # fmt: skip


def activities(records: pl.DataFrame, contact_ids: pl.DataFrame, account_ids: pl.DataFrame) -> pl.DataFrame:
    """One row a record, sorted by key. `opportunity_key` names a record that may not have arrived."""
    deal = pl.concat_str(pl.col("source") + ":opportunity:", "opportunity_source_id").alias("opportunity_key")
    return _bound(records, contact_ids, account_ids).select(
        "key", "source", "kind", "at", "contact_ids", "account_id", deal, "subject", "direction", "owner"
    )


def _bound(records: pl.DataFrame, contact_ids: pl.DataFrame, account_ids: pl.DataFrame) -> pl.DataFrame:
    """Records with `account_id` and `contact_ids`: distinct, in the order of the references; null if none is bound."""
    account_key = pl.concat_str(pl.col("source") + ":account:", "account_source_id")
    with_account = records.with_columns(_account=account_key).join(
        account_ids.select(_account="key", account_id="id"), on="_account", how="left"
    )
    contact_key = pl.concat_str(pl.col("source") + ":contact:", "contact_source_id")
    named = records.select("key", "source", "contact_source_id").explode("contact_source_id").drop_nulls()
    found = named.select("key", _contact=contact_key).join(
        contact_ids.select(_contact="key", id="id"), on="_contact", maintain_order="left"
    )
    contacts = found.group_by("key", maintain_order=True).agg(contact_ids=pl.col("id").unique(maintain_order=True))
    return with_account.join(contacts, on="key", how="left").sort("key")
