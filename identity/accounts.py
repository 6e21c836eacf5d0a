"""Which account a contact record speaks of: the one it refers to, or one that is derived from the company it names.

Not here: which accounts are the same (`identity.scoring`), nor what we say of them (`identity.survivorship`).
"""

from __future__ import annotations

import hashlib
import json

import polars as pl

from identity.folding import fold
from identity.frames import record_schema

_NAME, _DOMAIN = "company_name", "company_domain"


def account_keys(contacts: pl.DataFrame) -> pl.DataFrame:
    """Columns `key` (of a contact record) and `account_key`: the record of its account, which may not have arrived.

    Contact records that neither refer to an account nor name a company are absent.
    """
    named = _companies(contacts)
    reference = pl.concat_str(pl.col("source") + ":account:", "account_source_id")
    derived = pl.concat_str(pl.col("source") + ":account:", "derived_id")
    keys = named.select("key", account_key=pl.coalesce(reference, derived))
    return keys.drop_nulls("account_key").sort("key")


def derived_accounts(contacts: pl.DataFrame) -> pl.DataFrame:
    """Account records known only from contact rows that name a company and refer to no account, sorted by key.

    There is one for each source, folded company name and domain; name and place in a file are those of the newest of
    its contact records. Takes and gives record frames.
    """
    known = _companies(contacts).drop_nulls("derived_id")
    newest = known.sort("version_at", "received_at", "key").unique(["source", "derived_id"], keep="last")
    domain = pl.col(_DOMAIN)
    facts = newest.select(
        "source", "batch", "line", "received_at", "version_at", "content", "deleted",
        key=pl.col("source") + ":account:" + pl.col("derived_id"), source_id="derived_id", derived=pl.lit(True),
        name=_NAME, domain=pl.when(domain.is_not_null()).then(pl.concat_list(domain)),
    )  # fmt: skip
    schema = record_schema("account")
    columns = [pl.col(n) if n in facts.columns else pl.lit(None, t).alias(n) for n, t in schema.items()]
    return _hashed(facts).select(columns).cast(schema).sort("key")  # type: ignore[arg-type]


def contact_accounts(
    contacts: pl.DataFrame, contact_crosswalk: pl.DataFrame, account_crosswalk: pl.DataFrame
) -> pl.DataFrame:
    """Which contact belongs to which account, sorted by both.

    Takes contact records and the (key, id) of contacts and of accounts. Gives `contact_id`, `account_id`, `title` (the
    most recent in this relation), `since` and `until` (first and last version that says so), `primary` (the most
    recent one of the contact; ties: more records, then the account's oldest record key), `records`.
    """
    bound = (
        contacts.select("key", "title", "version_at", "received_at")
        .join(account_keys(contacts), on="key")
        .join(contact_crosswalk.select("key", contact_id="id"), on="key")
        .join(account_crosswalk.select(account_key="key", account_id="id"), on="account_key")
        .sort("version_at", "received_at", "key", descending=[True, True, False])
    )
    made = bound.group_by("contact_id", "account_id", maintain_order=True).agg(
        pl.col("title").drop_nulls().first(),
        since=pl.col("version_at").min(),
        until=pl.col("version_at").max(),
        records=pl.len().cast(pl.Int64),
    )
    anchors = account_crosswalk.group_by(account_id="id").agg(anchor=pl.col("key").min())
    ordered = made.join(anchors, on="account_id").sort("until", "records", "anchor", descending=[True, True, False])
    first = (pl.int_range(pl.len()).over("contact_id") == 0).alias("primary")
    columns = ["contact_id", "account_id", "title", "since", "until", "primary", "records"]
    return ordered.with_columns(first).select(columns).sort("contact_id", "account_id")


def _companies(contacts: pl.DataFrame) -> pl.DataFrame:
    """Contact records with `derived_id`: of the company that they name, null where they refer to an account."""
    text = contacts.with_columns(_folded=fold(pl.col(_NAME)))
    named = pl.col("account_source_id").is_null() & pl.any_horizontal(pl.col("_folded", _DOMAIN).is_not_null())
    distinct = text.filter(named).select("source", "_folded", _DOMAIN).unique()
    ids = [_derived_id(*row) for row in distinct.iter_rows()]
    known = distinct.with_columns(derived_id=pl.Series(ids, dtype=pl.String))
    found = text.join(known, on=["source", "_folded", _DOMAIN], how="left", nulls_equal=True)
    return found.with_columns(pl.when(named).then("derived_id").alias("derived_id"))


def _derived_id(source: str, name: str | None, domain: str | None) -> str:
    text = json.dumps([source, name, domain], ensure_ascii=False, separators=(",", ":"))
    return f"derived-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _hashed(accounts: pl.DataFrame) -> pl.DataFrame:
    """The content hash of what a derived account says: its name and domain."""
    said = accounts.select("name", pl.col("domain").list.first()).rows()
    texts = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in said]
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    return accounts.with_columns(content=pl.Series(hashes, dtype=pl.String))
