"""How complete each section of a client-360 is, and if it is not: of which source, since when and why.

These reasons follow from the facts of a cut. Those that follow from now, from failed imports and from jobs are added by
the views (`resources.views`), against what `expectations` says. Not here: the sections (`identity.sections`).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import polars as pl

from identity import client_rules, contracts
from identity.client_rules import LIMITS
from identity.fields import ENTITIES
from identity.sections import filled, instant_text, listed

_REASON = {"canonical_id": pl.String(), "source": pl.String(), "reason": pl.String(), "since": pl.String()}


def nothing_received(clients: pl.DataFrame, senders: Collection[str]) -> pl.DataFrame:
    """Sources of a client (its `sources`) that are not among those which ever sent a fact of this kind."""
    named = clients.select("canonical_id", source="sources").explode("source")
    silent = named.filter(~pl.col("source").is_in(list(senders)))
    return _reasons(silent, "nothing_received", pl.lit(None, pl.String))


def account_not_received(contacts: pl.DataFrame, crosswalk: pl.DataFrame) -> pl.DataFrame:
    """Contact records that refer to an account which has not arrived."""
    referring = contacts.drop_nulls("account_source_id").select(
        "key",
        "source",
        "version_at",
        account_key=pl.concat_str("source", pl.lit("account"), "account_source_id", separator=":"),
    )
    waiting = referring.join(crosswalk.select("key"), left_on="account_key", right_on="key", how="anti")
    return _reasons(
        waiting.join(crosswalk.select("key", "canonical_id"), on="key"),
        "account_not_received",
        instant_text("version_at"),
    )


def unknown_in_deals(deals: pl.DataFrame) -> pl.DataFrame:
    """Deals without amount or currency, and deals that are neither open nor won nor lost."""
    unpriced = deals.filter(pl.any_horizontal(pl.col("amount", "currency").is_null()))
    unclear = deals.filter(pl.col("status").is_null())
    return pl.concat(
        [
            _reasons(unpriced, "amount_unknown", pl.col("updated_at")),
            _reasons(unclear, "status_unknown", pl.col("updated_at")),
        ]
    )


def unknown_in_touches(touches: pl.DataFrame) -> pl.DataFrame:
    """Touches without a time."""
    return _reasons(touches.filter(pl.col("at").is_null()), "time_unknown", pl.lit(None, pl.String))


def completeness(clients: pl.DataFrame, reasons: dict[str, list[pl.DataFrame]]) -> pl.DataFrame:
    """`completeness`: for each section {reasons: [{reason, since, source}], state: complete | partial}."""
    made = clients.select("canonical_id")
    for section in sorted(reasons):
        found = pl.concat([pl.DataFrame(schema=_REASON), *reasons[section]]).sort("canonical_id", "source", "reason")
        made = made.join(
            listed(found, "reasons", ["reason", "since", "source"]), on="canonical_id", how="left"
        ).with_columns(state=pl.when(pl.col("reasons").is_null()).then(pl.lit("complete")).otherwise(pl.lit("partial")))
        made = filled(made).with_columns(pl.struct("reasons", "state").alias(section)).drop("reasons", "state")
    state = pl.struct(sorted(reasons)).alias("completeness")
    whole = pl.all_horizontal(pl.col(section).struct.field("state") == "complete" for section in reasons)
    return made.select("canonical_id", state, complete=whole)


def expectations(cut: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """What is expected of each source of a cut, for each entity: `source`, `entity`, `cadence_days` (null: no file is
    due), `rejected_share` (that a file may have); by contract.
    """
    said = client_rules.completeness(contracts.in_force(rules, contracts.COMPLETENESS))
    rows = [
        {"source": source, "entity": entity, **{name: _limit(said, name, source, entity) for name in LIMITS}}
        for source in cut["source"].drop_nulls().unique().sort()
        for entity in sorted(ENTITIES)
    ]
    return pl.DataFrame(rows, schema={"source": pl.String(), "entity": pl.String(), **LIMITS})


def _limit(said: dict[str, Any], name: str, source: str, entity: str) -> Any:
    own = said["sources"].get(source, {}).get(entity, {})
    return own.get(name, said[name])


def _reasons(found: pl.DataFrame, reason: str, since: pl.Expr) -> pl.DataFrame:
    """One row for each client and source, with the earliest time."""
    grouped = found.with_columns(since=since).group_by("canonical_id", "source").agg(pl.col("since").min())
    return grouped.with_columns(reason=pl.lit(reason)).select(list(_REASON)).cast(_REASON)  # type: ignore[arg-type]
