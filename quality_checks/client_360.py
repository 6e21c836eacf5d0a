"""What must hold of client-360 before it may be published: counted once more from the canonical rows.

Not here: the canonical rows themselves (`quality_checks.canonical`).
"""

from __future__ import annotations

import json

import polars as pl

from identity.fields import RESOLVED, Entity
from identity.sections import MONEY
from quality_checks.consistency import Finding, Frames, differing, finding, hashed, unlike

CHECKS = {
    "equals_canonical": "There is one client-360 for each canonical row, none else, and it shows its values.",
    "counts_recounted": "Deals, touches and contacts are as many as belong to the client.",
    "sums_recounted": "Amounts by source, status and currency are those of the deals that belong to the client.",
}
PROFILES = 200  # of each entity, whose profile is read
TOTALS = pl.List(
    pl.Struct(
        {
            **{name: pl.String() for name in ("amount", "currency", "source", "status")},
            **{name: pl.Int64() for name in ("count", "without_amount")},
        }
    )
)
STATES = ("open", "won", "lost")
COLUMNS = {
    "opportunity": ("key", "account_id", "contact_ids", "source", "status", "currency", "amount_number"),
    "activity": ("key", "account_id", "contact_ids"),
}


def client_360(frames: Frames, written: Frames | None = None) -> list[Finding]:
    """CHECKS of each entity, on canonical rows and client-360. What stands in a payload is counted of the clients that
    were `written` now, if not all of them were: then the others may come without theirs.
    """
    return [one for entity in RESOLVED for one in _of_entity(frames, (written or frames)[f"{entity}_360"], entity)]


def _of_entity(frames: Frames, written: pl.DataFrame, entity: Entity) -> list[Finding]:
    made, golden = frames[f"{entity}_360"], frames[entity]
    deals, touches = (_belonging(frames, entity, name) for name in COLUMNS)
    states = {state: f"{state}_count" for state in STATES}
    counts = {
        "deals": unlike(
            _counted(deals.drop_nulls("status"), "status"), _shown(made, states), ["canonical_id", "status"]
        ),
        "touches": unlike(_counted(touches), _shown(made, {"touch": "activity_count"}), ["canonical_id"]),
    }
    if entity == "account":
        people = frames["contact_account"].filter(pl.col("role") == "current").select(canonical_id="account_id")
        counts["contacts"] = unlike(
            _counted(hashed(people)), _shown(made, {"person": "contact_count"}), ["canonical_id"]
        )
    equal = {
        "rows": differing(made["canonical_id"], golden["canonical_id"]),
        "values": _other_values(made, golden),
        "profiles": _other_profiles(written, golden),
    }
    group = ["canonical_id", "source", "status", "currency"]
    if written.height < made.height:
        deals = deals.join(hashed(written.select("canonical_id")), on="canonical_id", how="semi")
    sums = {"totals": unlike(_sums(deals, group), _shown_sums(written), group)}
    pairs = zip(CHECKS, (equal, counts, sums), strict=True)
    return [finding(f"{entity}_360", check, facts) for check, facts in pairs]


def _belonging(frames: Frames, entity: Entity, name: str) -> pl.DataFrame:
    """Facts, hashed, with the client they belong to: a contact that they name; the account that they name, else those
    that are primary for the contacts that they name.
    """
    people = hashed(frames[name].select(COLUMNS[name]).explode("contact_ids", empty_as_null=True))
    if entity == "contact":
        return people.drop_nulls("contact_ids").rename({"contact_ids": "canonical_id"})
    homes = hashed(frames["contact_account"].filter("primary").select(contact_ids="contact_id", home="account_id"))
    led = people.join(homes, on="contact_ids", how="left").with_columns(canonical_id=pl.coalesce("account_id", "home"))
    return led.drop_nulls("canonical_id").unique(["canonical_id", "key"])


def _counted(facts: pl.DataFrame, *by: str) -> pl.DataFrame:
    return facts.group_by("canonical_id", *by).agg(count=pl.len().cast(pl.Int64))


def _shown(made: pl.DataFrame, columns: dict[str, str]) -> pl.DataFrame:
    """What is counted at all: a row for each client and, where there are several columns, their `status`."""
    named = made.select("canonical_id", **{status: pl.col(column) for status, column in columns.items()})
    long = named.unpivot(list(columns), index="canonical_id", variable_name="status", value_name="count")
    return hashed(long.filter(pl.col("count") != 0))


def _sums(deals: pl.DataFrame, group: list[str]) -> pl.DataFrame:
    amount = pl.col("amount_number")
    counts = {"count": pl.len().cast(pl.Int64), "without_amount": amount.null_count().cast(pl.Int64)}
    return deals.group_by(group).agg(amount.sum().alias("amount"), **counts)


def _shown_sums(made: pl.DataFrame) -> pl.DataFrame:
    """The totals of all payloads, one row each."""
    texts = made.select("canonical_id", totals=pl.col("payload").str.extract(r'"totals":(\[[^\]]+\])')).drop_nulls()
    rows = texts.with_columns(pl.col("totals").str.json_decode(TOTALS)).explode("totals").unnest("totals")
    amount = pl.col("amount").cast(MONEY)
    return hashed(rows.select("canonical_id", "source", "status", "currency", amount, "count", "without_amount"))


def _other_values(made: pl.DataFrame, golden: pl.DataFrame) -> int:
    """Clients one of whose columns is not that of the canonical row, or not the first of its list."""
    firsts = {f"primary_{name}": name for name, dtype in golden.schema.items() if isinstance(dtype, pl.List)}
    same = [name for name in made.columns if name in golden.columns]
    shown = [name for name in firsts if name in made.columns]
    said = golden.select(*same, *(pl.col(firsts[name]).list.first().alias(name) for name in shown))
    return unlike(made.select(*same, *shown), said, ["canonical_id"])


def _other_profiles(made: pl.DataFrame, golden: pl.DataFrame) -> int:
    """Of some clients, evenly chosen, those whose profile tells another value than the canonical row."""
    some = made.gather_every(max(1, made.height // PROFILES)).select("canonical_id", "payload")
    rows = some.join(golden, on="canonical_id").iter_rows(named=True)
    return sum(any(row.get(k, v) != v for k, v in json.loads(row["payload"])["profile"].items()) for row in rows)
