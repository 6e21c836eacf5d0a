"""What a column of the client-360 that is no golden value is made of: the records that are counted, line by line.

Not here: golden values (`velocity_pipelines.explaining_cells`), how sections are made (`identity.sections`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy import select

from identity import client_rules, contracts, signals
from identity.accounts import account_keys
from identity.client360 import people
from identity.folding import folded
from identity.qualification import Facts, qualification
from identity.sections import facts_of, instant, main_currency, open_value
from resources.publishing import published_frame
from resources.tables import Batch
from velocity_pipelines.explaining_cells import State, cell
from velocity_pipelines.showing import amount_text

MOST = 50  # records that are told one by one


def count(state: State, word: str) -> dict[str, Any]:
    """The records that a column follows from, and whether they add up to it."""
    value = _plain(_row(state)[word])
    made = _MAKERS[word](state, word)
    keys, through = made["keys"], made.get("through")
    return {
        "entity": state.cluster.entity,
        "canonical_id": state.cluster.canonical_id,
        "field": word,
        "value": value,
        "verified": _plain(made["recount"]) == value and (through is None or through["verified"]),
        "how": made["how"],
        "count": keys.len(),
        "records": _places(state, keys.head(MOST)),
        "left_off": max(0, keys.len() - MOST),
        **{name: made[name] for name in ("through", "signals") if name in made},
    }


def _plain(value: Any) -> Any:
    return amount_text(value) if isinstance(value, Decimal) else value


def _row(state: State) -> dict[str, Any]:
    return published_frame(state.workspace, f"{state.cluster.entity}_360", _hers(state)).row(0, named=True)


def _hers(state: State) -> pl.Expr:
    return pl.col("canonical_id") == state.cluster.canonical_id


def _places(state: State, keys: pl.Series) -> list[dict[str, Any]]:
    """Records, each down to the line of its file."""
    kinds = sorted({key.split(":", 2)[1] for key in keys})
    asked = pl.col("key").is_in(keys.to_list())
    found = [published_frame(state.workspace, f"{kind}_records", asked) for kind in kinds]
    rows = [row for one in found for row in one.select("key", "batch", "line").sort("key").to_dicts()]
    query = select(Batch.batch, Batch.file, Batch.sha256).where(Batch.batch.in_(sorted({row["batch"] for row in rows})))
    with state.workspace.database.transaction() as connection:
        files = {row.batch: {"file": row.file, "sha256": row.sha256} for row in connection.execute(query)}
    return [{**row, **files.get(row["batch"], {"file": None, "sha256": None})} for row in rows]


def _records(state: State, word: str) -> dict[str, Any]:
    keys = pl.Series(sorted(state.cluster.keys))
    recount = keys.len() if word == "records" else state.records["source"].unique().sort().to_list()
    return {"how": "the records of this id", "keys": keys, "recount": recount}


def _sort_name(state: State, _: str) -> dict[str, Any]:
    name = state.golden["display_name"]
    recount = folded(pl.Series([name], dtype=pl.String))[0]
    made = {"how": "the name in small letters without accents, of the records of this id"}
    return {**made, "keys": pl.Series(sorted(state.cluster.keys)), "recount": "~" if recount is None else recount}


def _complete(state: State, _: str) -> dict[str, Any]:
    states = {name: said["state"] for name, said in json.loads(_row(state)["payload"])["completeness"].items()}
    partial = sorted(name for name, one in states.items() if one != "complete")
    how = f"sections that are partial: {', '.join(partial) or 'none'}; of the records of this id"
    return {"how": how, "keys": pl.Series(sorted(state.cluster.keys)), "recount": not partial}


def _signals(state: State, word: str) -> dict[str, Any]:
    """The signals of a kind, recounted from the facts, with the records that they name."""
    entity, own = state.cluster.entity, pl.lit(state.cluster.canonical_id)
    frames = {name: published_frame(state.workspace, name) for name in ("crosswalk", "contact_account")}
    hers = people(frames).filter(canonical_id=state.cluster.canonical_id)
    facts = Facts(
        golden=published_frame(state.workspace, entity, _hers(state)),
        records=state.records.with_columns(canonical_id=own).sort("key"),
        deals=_facts(state, "opportunity"),
        touches=_facts(state, "activity"),
        contacts=hers if entity == "account" else hers.clear(),
    )
    rules = contracts.in_force(published_frame(state.workspace, "contracts"), contracts.QUALIFICATION)
    made = qualification(facts, signals.parse(rules)[entity]).row(0, named=True)
    kind = "fit" if word == "fit_score" else "intent"
    held = [one for one in made["qualification"]["signals"] if one["kind"] == kind]
    keys = pl.Series(sorted({key for one in held for key in one["evidence"]}), dtype=pl.String)
    how = f"the first records that each signal of {kind} rests on"
    return {"how": how, "keys": keys, "recount": made[word], "signals": held}


def _facts(state: State, name: str) -> pl.DataFrame:
    """The opportunities or activities of this client."""
    facts, relations = (published_frame(state.workspace, frame) for frame in (name, "contact_account"))
    mine = facts_of(state.cluster.entity, facts, relations).filter(canonical_id=state.cluster.canonical_id)
    return mine.sort("key")


def _deals(state: State, word: str) -> dict[str, Any]:
    status = word.removesuffix("_count")
    keys = _facts(state, "opportunity").filter(pl.col("status") == status)["key"]
    return {"how": f"opportunities of this client that are {status}", "keys": keys, "recount": keys.len()}


def _open_value(state: State, _: str) -> dict[str, Any]:
    rules = contracts.in_force(published_frame(state.workspace, "contracts"), contracts.CLIENT360)
    named = client_rules.client360(rules)["currency"]
    currency = named or main_currency(published_frame(state.workspace, "opportunity"))
    is_counted = (pl.col("status") == "open") & (pl.col("currency") == pl.lit(currency, pl.String))
    deals = _facts(state, "opportunity").filter(is_counted)
    amounts = open_value(deals, currency)["open_value"].to_list()
    how = f"open opportunities of this client in {currency or 'the main currency, which there is none of'}"
    return {"how": how, "keys": deals["key"], "recount": amounts[0] if amounts else Decimal(0)}


def _touches(state: State, word: str) -> dict[str, Any]:
    touches = _facts(state, "activity")
    if word == "activity_count":
        keys = touches["key"]
        return {"how": "activities of this client", "keys": keys, "recount": keys.len()}
    last = touches.filter(pl.col("at") == pl.col("at").max())
    at = last.select(instant("at"))["at"].max()
    return {"how": "the last activity of this client", "keys": last["key"], "recount": at}


def _contacts(state: State, _: str) -> dict[str, Any]:
    bound = pl.col("account_id") == state.cluster.canonical_id
    mine = published_frame(state.workspace, "contact_account", bound)["contact_id"]
    walk = published_frame(state.workspace, "crosswalk", pl.col("canonical_id").is_in(mine.to_list()))
    keys = _bound(state, walk["key"], state.cluster.canonical_id)
    recount = walk.filter(pl.col("key").is_in(keys.implode()))["canonical_id"].n_unique()
    return {"how": "records of contacts that speak of this account", "keys": keys, "recount": recount}


def _account(state: State, word: str) -> dict[str, Any]:
    """What a contact has of its primary account: its id, or a golden value."""
    bound = pl.col("primary") & (pl.col("contact_id") == state.cluster.canonical_id)
    mine = published_frame(state.workspace, "contact_account", bound)
    made: dict[str, Any] = {"how": "records of this contact that speak of its primary account"}
    if mine.is_empty():
        return {**made, "keys": pl.Series([], dtype=pl.String), "recount": None}
    account = mine["account_id"][0]
    made["keys"] = _bound(state, pl.Series(state.cluster.keys), account)
    if word == "account_id":
        return {**made, "recount": account}
    through = cell(state.workspace, f"account:{account}", _OF_ACCOUNT[word])
    return {**made, "recount": through["value"], "through": through}


def _bound(state: State, keys: pl.Series, account: str) -> pl.Series:
    """Those of some contact records that speak of an account."""
    contacts = published_frame(state.workspace, "contact_records", pl.col("key").is_in(keys.to_list()))
    walk = published_frame(state.workspace, "crosswalk", pl.col("canonical_id") == account)
    return account_keys(contacts).filter(pl.col("account_key").is_in(walk["key"].implode()))["key"].sort()


_OF_ACCOUNT = {"account_name": "display_name", "industry": "industry", "domain": "primary_domain"}
_MAKERS: dict[str, Callable[[State, str], dict[str, Any]]] = {  # of every column that is no golden value
    **dict.fromkeys(("open_count", "won_count", "lost_count"), _deals),
    **dict.fromkeys(("activity_count", "last_activity_at"), _touches),
    **dict.fromkeys(("account_id", *_OF_ACCOUNT), _account),
    **dict.fromkeys(("records", "sources"), _records),
    **dict.fromkeys(("fit_score", "intent"), _signals),
    "open_value": _open_value,
    "sort_name": _sort_name,
    "complete": _complete,
    "contact_count": _contacts,
}
