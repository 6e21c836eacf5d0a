"""What a column of the client-360 that is no golden value is made of: the records that are counted, line by line.

Not here: golden values (`velocity_pipelines.explaining_cells`), how sections are made (`identity.sections`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from sqlalchemy import select

from identity.accounts import account_keys
from identity.sections import facts_of
from resources.publishing import published_frame
from resources.tables import Batch
from velocity_pipelines.explaining_cells import State, cell

MOST = 50  # records that are told one by one


def count(state: State, word: str) -> dict[str, Any]:
    """The records that a column follows from, and whether they add up to it; of unknown columns those of the id."""
    cluster = state.cluster
    rows = published_frame(state.workspace, f"{cluster.entity}_360").filter(canonical_id=cluster.canonical_id)
    value = rows[word].to_list()[0]
    made = _MAKERS.get(word, _records)(state, word)
    recounted = {"verified": made["recount"] == value} if "recount" in made else {"verified": None}
    keys = made["keys"]
    found = {"entity": cluster.entity, "canonical_id": cluster.canonical_id, "field": word, "value": value}
    told = {"how": made["how"], "count": keys.len(), "records": _places(state, keys.head(MOST), made["of"])}
    through = {"through": made["through"]} if "through" in made else {}
    return {**found, **recounted, **told, "left_off": max(0, keys.len() - MOST), **through}


def _places(state: State, keys: pl.Series, of: str) -> list[dict[str, Any]]:
    """Records of a kind, each down to the line of its file."""
    records = published_frame(state.workspace, f"{of}_records").filter(pl.col("key").is_in(keys.implode()))
    query = select(Batch.batch, Batch.file, Batch.sha256).where(Batch.batch.in_(records["batch"].unique().to_list()))
    with state.workspace.database.transaction() as connection:
        files = {row.batch: {"file": row.file, "sha256": row.sha256} for row in connection.execute(query)}
    rows = records.sort("key").select("key", "batch", "line").to_dicts()
    return [{**row, **files.get(row["batch"], {"file": None, "sha256": None})} for row in rows]


def _records(state: State, word: str) -> dict[str, Any]:
    keys = pl.Series(sorted(state.cluster.keys))
    made = {"how": "the records of this id", "of": state.cluster.entity, "keys": keys}
    if word == "sources":
        return {**made, "recount": state.records["source"].unique().sort().to_list()}
    return {**made, "recount": keys.len()} if word == "records" else made


def _facts(state: State, name: str) -> pl.DataFrame:
    """The opportunities or activities of this client."""
    facts, relations = (published_frame(state.workspace, frame) for frame in (name, "contact_account"))
    mine = facts_of(state.cluster.entity, facts, relations).filter(canonical_id=state.cluster.canonical_id)
    return mine.sort("key")


def _deals(state: State, word: str) -> dict[str, Any]:
    status = word.removesuffix("_count")
    keys = _facts(state, "opportunity").filter(pl.col("status") == status)["key"]
    return {"how": f"opportunities of this client that are {status}", "of": "opportunity", "keys": keys,
            "recount": keys.len()}  # fmt: skip


def _touches(state: State, word: str) -> dict[str, Any]:
    touches = _facts(state, "activity")
    if word == "activity_count":
        keys = touches["key"]
        return {"how": "activities of this client", "of": "activity", "keys": keys, "recount": keys.len()}
    last = touches.filter(pl.col("at") == pl.col("at").max())
    at = last.select(pl.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", time_zone="UTC"))
    return {"how": "the last activity of this client", "of": "activity", "keys": last["key"],
            "recount": at["at"].max()}  # fmt: skip


def _contacts(state: State, _: str) -> dict[str, Any]:
    relations = published_frame(state.workspace, "contact_account")
    mine = relations.filter(account_id=state.cluster.canonical_id)["contact_id"]
    walk = published_frame(state.workspace, "crosswalk").filter(pl.col("canonical_id").is_in(mine.implode()))
    keys = _bound(state, walk["key"], state.cluster.canonical_id)
    recount = walk.filter(pl.col("key").is_in(keys.implode()))["canonical_id"].n_unique()
    return {"how": "records of contacts that speak of this account", "of": "contact", "keys": keys, "recount": recount}


def _account(state: State, word: str) -> dict[str, Any]:
    relations = published_frame(state.workspace, "contact_account")
    mine = relations.filter(pl.col("primary"), contact_id=state.cluster.canonical_id)
    made = {"how": "records of this contact that speak of its primary account", "of": "contact"}
    if mine.is_empty():
        return {**made, "keys": pl.Series([], dtype=pl.String), "recount": None}
    account = mine["account_id"][0]
    keys = _bound(state, pl.Series(state.cluster.keys), account)
    if word == "account_id":
        return {**made, "keys": keys, "recount": account}
    through = cell(state.workspace, f"account:{account}", "display_name")
    return {**made, "keys": keys, "recount": through["value"], "through": through}


def _bound(state: State, keys: pl.Series, account: str) -> pl.Series:
    """Those of some contact records that speak of an account."""
    contacts = published_frame(state.workspace, "contact_records").filter(pl.col("key").is_in(keys.implode()))
    walk = published_frame(state.workspace, "crosswalk").filter(canonical_id=account)
    return account_keys(contacts).filter(pl.col("account_key").is_in(walk["key"].implode()))["key"].sort()


_MAKERS: dict[str, Callable[[State, str], dict[str, Any]]] = {
    **dict.fromkeys(("open_count", "won_count", "lost_count"), _deals),
    **dict.fromkeys(("activity_count", "last_activity_at"), _touches),
    **dict.fromkeys(("account_id", "account_name"), _account),
    "contact_count": _contacts,
}
