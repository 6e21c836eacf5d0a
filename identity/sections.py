"""The sections of a client-360: what the records of a client, its deals and its touches add up to.

Each function takes frames with a `canonical_id` column and gives one row a client that has something to say. Facts are
dated and counted; nothing here depends on today. Objects have their keys in alphabetical order, so that their JSON is
canonical. Lists are ordered by facts and record keys, never by canonical ids: content does not depend on names.

Not here: putting the sections together (`identity.client360`), binding of references (`identity.bindings`).
"""

from __future__ import annotations

import polars as pl

from identity.fields import Entity

LATEST = 20  # deals and touches that are listed; all of them are counted
LISTED = 100  # contacts that are listed for an account
MONEY = pl.Decimal(38, 9)
INSTANT_TEXT = "%Y-%m-%dT%H:%M:%S%.6fZ"


def facts_of(entity: Entity, facts: pl.DataFrame, relations: pl.DataFrame) -> pl.DataFrame:
    """Opportunities or activities once for each client they belong to, which is `canonical_id`.

    To a contact belongs what names it. To an account belongs what names it and, where a fact names no account, what
    names a contact whose primary account it is.
    """
    if entity == "contact":
        return facts.explode("contact_ids").drop_nulls("contact_ids").rename({"contact_ids": "canonical_id"})
    direct = facts.drop_nulls("account_id").with_columns(canonical_id="account_id").drop("contact_ids")
    homes = relations.filter("primary").select(contact_ids="contact_id", canonical_id="account_id")
    others = facts.filter(pl.col("account_id").is_null()).explode("contact_ids").join(homes, on="contact_ids")
    indirect = others.drop("contact_ids").unique(["canonical_id", "key"])
    return pl.concat([direct, indirect.select(direct.columns)])


def pipeline(deals: pl.DataFrame) -> pl.DataFrame:
    """`deals` (the latest), `totals`, `by_currency`, `due`, `open_count`, `won_count`, `lost_count`.

    Deals are not resolved across sources, so totals are by source: one object for each source, status and currency with
    `count`, the exact `amount` and `without_amount`, the number of deals that have none. `by_currency` is the same over
    all sources; `due` are the open deals by their close date.
    """
    totals = _summed(deals, "totals", ["source", "status", "currency"])
    by_currency = _summed(deals, "by_currency", ["status", "currency"])
    due = _summed(deals.filter(status="open").drop_nulls("close_date"), "due", ["close_date", "currency"])
    newest = deals.sort("close_date", "key", descending=[True, False], nulls_last=True)
    fields = ["amount", "close_date", "currency", "key", "name", "owner", "source", "stage", "status"]
    counts = deals.group_by("canonical_id").agg(
        _count(pl.col("status") == state).alias(f"{state}_count") for state in ("open", "won", "lost")
    )
    made = counts
    for section in (totals, by_currency, due, listed(newest, "deals", fields, LATEST)):
        made = made.join(section, on="canonical_id", how="left")
    return made


def open_value(deals: pl.DataFrame, currency: str | None) -> pl.DataFrame:
    """`open_value` (MONEY) of each client: what its open deals in that currency amount to, exactly."""
    counted = deals.filter(pl.col("status") == "open", pl.col("currency") == pl.lit(currency, pl.String))
    return counted.group_by("canonical_id").agg(open_value=pl.col("amount").cast(MONEY, strict=False).sum())


def main_currency(deals: pl.DataFrame) -> str | None:
    """The currency that most open deals with an amount are in; of several the first by name."""
    priced = deals.filter(status="open").drop_nulls(["amount", "currency"])
    counts = priced.group_by("currency").len().sort("len", "currency", descending=[True, False])
    return None if counts.is_empty() else counts["currency"][0]


def engagement(touches: pl.DataFrame) -> pl.DataFrame:
    """`by_day`, `by_kind` (counts), `activity_count`, `last_at` (text), `last_activity_at`, `timeline` (the latest)."""
    dated = touches.with_columns(day=pl.col("at").str.head(10))
    by_day = _counted(dated.drop_nulls("day"), "day", "by_day")
    by_kind = _counted(dated, "kind", "by_kind")
    newest = touches.sort("at", "key", descending=[True, False], nulls_last=True)
    fields = ["at", "direction", "key", "kind", "opportunity_key", "owner", "source", "subject"]
    made = touches.group_by("canonical_id").agg(
        activity_count=pl.len().cast(pl.Int64), last_at=pl.col("at").max(), last_activity_at=instant("at").max()
    )
    for section in (by_kind, by_day, listed(newest, "timeline", fields, LATEST)):
        made = made.join(section, on="canonical_id", how="left")
    return made


def anchored(crosswalk: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """`anchor` of each client: its smallest record key, which orders clients whatever their ids are."""
    return crosswalk.filter(pl.col("entity") == entity).group_by("canonical_id").agg(anchor=pl.col("key").min())


def sources(crosswalk: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """`sources` (names), `source_section` [{keys, records, source}], `anchor` (the smallest record key)."""
    of_entity = ordered(crosswalk.filter(pl.col("entity") == entity), "key")
    grouped = of_entity.group_by("canonical_id", "source").agg(keys=pl.col("key"), records=pl.len())
    by_source = grouped.sort("canonical_id", "source")
    names = by_source.group_by("canonical_id").agg(sources=pl.col("source"), anchor=pl.col("keys").list.first().min())
    return names.join(listed(by_source, "source_section", ["keys", "records", "source"]), on="canonical_id")


def ordered(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    """Rows sorted by their key; those that are, as stages hand them over, are not copied for it."""
    return rows if rows[by].is_sorted() else rows.sort(by)


def beside(rows: pl.DataFrame, said: pl.DataFrame, by: str = "canonical_id") -> pl.DataFrame:
    """Rows, and what is said of each beside it: null where nothing is. Only the key is joined: rows may be wide."""
    found = rows.select(by).join(said, on=by, how="left", maintain_order="left")
    return rows.hstack(found.drop(by))


def listed(rows: pl.DataFrame, name: str, fields: list[str], at_most: int | None = None) -> pl.DataFrame:
    """Rows in their order as one list of objects a client."""
    objects = pl.struct(sorted(fields))
    return rows.group_by("canonical_id", maintain_order=True).agg(
        (objects if at_most is None else objects.head(at_most)).alias(name)
    )


def filled(frame: pl.DataFrame) -> pl.DataFrame:
    """Empty lists in place of null ones."""
    lists = {name: dtype for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)}
    return frame.with_columns(pl.col(n).fill_null(pl.lit(pl.Series([[]], dtype=t))) for n, t in lists.items())


def instant_text(column: str) -> pl.Expr:
    """An instant as it stands in JSON."""
    return pl.col(column).dt.to_string(INSTANT_TEXT)


def instant(column: str) -> pl.Expr:
    """The instant that a text in JSON says."""
    return pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", time_zone="UTC", strict=False)


def _summed(deals: pl.DataFrame, name: str, by: list[str]) -> pl.DataFrame:
    """A list of sums by these columns."""
    amount = pl.col("amount").cast(MONEY, strict=False)
    sums = deals.group_by("canonical_id", *by).agg(
        amount=_decimal_text(amount.sum()), count=pl.len(), without_amount=amount.null_count()
    )
    return listed(sums.sort("canonical_id", *by), name, ["amount", "count", "without_amount", *by])


def _counted(touches: pl.DataFrame, by: str, name: str) -> pl.DataFrame:
    counts = touches.group_by("canonical_id", by).agg(count=pl.len()).sort("canonical_id", by)
    return listed(counts, name, ["count", by])


def _count(condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(False).sum().cast(pl.Int64)


def _decimal_text(amount: pl.Expr) -> pl.Expr:
    return amount.cast(pl.String).str.replace(r"\.?0+$", "")
