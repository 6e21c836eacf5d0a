"""Which account a contact record speaks of: the one it refers to, or one that is derived from the company it names.

Not here: which accounts are the same (`identity.scoring`), nor what we say of them (`identity.survivorship`).
"""

from __future__ import annotations

import polars as pl

from identity.claims import claims
from identity.distinct import once
from identity.folding import fold
from identity.frames import INSTANT, Schema, record_schema
from identity.records import sha256_of
from identity.versions import ORDER

EVIDENCE = 20  # record keys that a relation names; all are counted
RELATION: Schema = {
    "contact_id": pl.String(),
    "account_id": pl.String(),
    "role": pl.String(),  # current: a record says so; former: an earlier version of one did, and no current one does
    "title": pl.String(),  # the most recent that is said of the contact there
    "since": INSTANT,  # the first version that says so
    "said_at": INSTANT,  # the last version that says so
    "until": INSTANT,  # of a former one: the first version after that, which says something else or nothing
    "primary": pl.Boolean(),  # of the current ones of a contact the one said last; it has none that has left them all
    "records": pl.Int64(),  # that say so, or said so
    "evidence": pl.List(pl.String()),  # their keys, those that said so last first
}

_NAME, _DOMAIN = "company_name", "company_domain"
_COMPANY = ("source", _NAME, _DOMAIN, "account_source_id")
_SAID = ("key", *_COMPANY)


def account_keys(contacts: pl.DataFrame) -> pl.DataFrame:
    """Columns `key` (of a contact record) and `account_key`: the record of its account, which may not have arrived.

    Contact records that neither refer to an account nor name a company are absent.
    """
    keys = with_companies(contacts.select(_SAID)).select("key", account_key=_account_key())
    return keys.drop_nulls("account_key").sort("key")


def _account_key() -> pl.Expr:
    """Of a row of `with_companies`."""
    return pl.coalesce(
        pl.concat_str(pl.col("source") + ":account:", pl.col(name)) for name in ("account_source_id", "derived_id")
    )


def account_claims(versions: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """What contact records say of their accounts (CLAIM), from all record versions and the current ones."""
    known = with_companies(versions).select(*_SAID, "derived_id", "title", "deleted", *ORDER)
    return claims(known.with_columns(target=_account_key()), current)


def derived_accounts(contacts: pl.DataFrame) -> pl.DataFrame:
    """Account records known only from contact rows that name a company and refer to no account, sorted by key.

    There is one for each source, folded company name and domain; name and place in a file are those of the newest of
    its contact records. Takes and gives record frames.
    """
    placed = (*_SAID, "derived_id", "batch", "line", "received_at", "version_at", "content", "deleted")
    known = with_companies(contacts).select(placed).drop_nulls("derived_id")
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


def contact_accounts(said: pl.DataFrame, contact_ids: pl.DataFrame, account_ids: pl.DataFrame) -> pl.DataFrame:
    """Which contact belongs, or belonged, to which account (RELATION), sorted by both.

    Takes claims and the (key, id) of contacts and of accounts. A relation that a current record claims follows from
    those that do, but for `since`. Ties of `primary`: more records, then the account's smallest record key.
    """
    pair = ["contact_id", "account_id"]
    bound = (
        said.join(contact_ids.select("key", contact_id="id"), on="key")
        .join(account_ids.select(target="key", account_id="id"), on="target")
        .sort("said_at", "received_at", "key", "target", descending=[True, True, False, False])
    )
    now, was = bound.filter(pl.col("until").is_null()), bound.filter(pl.col("until").is_not_null())
    left = was.join(now, on=pair, how="anti", maintain_order="left").unique(
        [*pair, "key"], keep="first", maintain_order=True
    )
    made = (
        pl.concat([now, left])
        .group_by(pair, maintain_order=True)
        .agg(
            pl.col("title").first(ignore_nulls=True),
            pl.col("since").min(),
            pl.col("said_at").first(),
            pl.col("until").max(),
            records=pl.len().cast(pl.Int64),
            evidence=pl.col("key").head(EVIDENCE),
        )
    )
    role = pl.when(pl.col("until").is_null()).then(pl.lit("current")).otherwise(pl.lit("former"))
    dated = made.join(was.group_by(pair).agg(before=pl.col("since").min()), on=pair, how="left")
    dated = dated.with_columns(role=role, since=pl.min_horizontal("since", "before"))
    return _with_primary(dated, account_ids).select(list(RELATION)).sort(pair)


def _with_primary(relations: pl.DataFrame, account_ids: pl.DataFrame) -> pl.DataFrame:
    anchors = account_ids.group_by(account_id="id").agg(anchor=pl.col("key").min())
    order = ["role", "said_at", "records", "anchor"]  # current is before former
    ordered = relations.join(anchors, on="account_id").sort(order, descending=[False, True, True, False])
    return ordered.with_columns(primary=pl.col("contact_id").is_first_distinct() & (pl.col("role") == "current"))


def with_companies(contacts: pl.DataFrame) -> pl.DataFrame:
    """Contact records with `derived_id`: of the company that they name, null where they refer to an account. They are
    as they were if they have it already.
    """
    if "derived_id" in contacts.columns:
        return contacts
    text = contacts.select(*_COMPANY).with_columns(_folded=once(pl.col(_NAME), fold))
    named = pl.col("account_source_id").is_null() & pl.any_horizontal(pl.col("_folded", _DOMAIN).is_not_null())
    company = ["source", "_folded", _DOMAIN]
    distinct = text.filter(named).select(company).unique()
    known = distinct.with_columns(derived_id="derived-" + _digests(distinct).str.head(16))
    found = text.join(known, on=company, how="left", nulls_equal=True, maintain_order="left")
    return contacts.with_columns(found.select(pl.when(named).then("derived_id").alias("derived_id")).to_series())


def _digests(texts: pl.DataFrame) -> pl.Series:
    """SHA-256 in hex of each row as a JSON array without spaces: what derived ids and contents have always been of."""
    cells = [
        pl.struct(v=name).struct.json_encode().str.strip_prefix('{"v":').str.strip_suffix("}") for name in texts.columns
    ]
    arrays = texts.select(pl.format("[{}]", pl.concat_str(cells, separator=","))).to_series()
    return sha256_of(arrays)


def _hashed(accounts: pl.DataFrame) -> pl.DataFrame:
    """The content hash of what a derived account says: its name and domain."""
    said = accounts.select("name", pl.col("domain").list.first())
    return accounts.with_columns(content=_digests(said))
