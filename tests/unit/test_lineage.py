"""Lineage names assets that there are, and of canonical relations every column comes from somewhere."""

from __future__ import annotations

import dagster as dg
import polars as pl
import pytest

import assets
from assets.lineage import KEY, column_lineage, golden_lineage, scored_lineage
from identity import contracts, signals, survivorship_rules
from identity.frames import CONTRACTS
from resources.tables import PUBLISHED, Base

KNOWN = {key for asset in assets.all_assets() for key in asset.keys}
RULES = survivorship_rules.of(pl.DataFrame(schema=CONTRACTS))
SIGNALS = signals.parse(contracts.in_force(pl.DataFrame(schema=CONTRACTS), contracts.QUALIFICATION))
RELATIONS = ("contact_account", "account_hierarchy", "owner", "deleted_record")


def columns(name: str) -> set[str]:
    return {column.name for column in Base.metadata.tables[name].columns} - {"version"}


def deps(name: str) -> dict[str, set[dg.AssetKey]]:
    by_contract = golden_lineage(RULES) | scored_lineage(SIGNALS)
    made = by_contract.get(name) or column_lineage(name, columns(name))
    return {column: {dep.asset_key for dep in of} for column, of in made[KEY].deps_by_column.items()}


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_a_column_comes_from_exists(name: str) -> None:
    assert set().union(*deps(name).values()) <= KNOWN


@pytest.mark.parametrize("name", RELATIONS)
def test_every_column_of_a_relation_comes_from_somewhere(name: str) -> None:
    assert set(deps(name)) == columns(name)


def scores(rules: object) -> dict[str, dict[str, set[str]]]:
    """By table and column: `asset.column` of what the score and the intent come from."""
    return {
        name: {
            column: {f"{dep.asset_key.to_user_string()}.{dep.column_name}" for dep in of}
            for column, of in made[KEY].deps_by_column.items()
            if column in ("fit_score", "intent")
        }
        for name, made in scored_lineage(signals.parse(rules)).items()
    }


def signal(kind: str, **when: object) -> dict[str, object]:
    return {"kind": kind, "points": 1, "when": when}


def test_scores_come_from_what_the_signals_in_force_ask_for() -> None:
    rules = {
        "contact": {
            "a": signal("fit", filled=["email", "phone"]), "b": signal("fit", values={"country": ["DE"]}),
            "c": signal("intent", latest={"kinds": ["call"], "days": 3}), "d": signal("intent", count={"touches": 2}),
            "e": signal("fit", amount={"won": {"EUR": 5}}),
        },
        "account": {"f": signal("intent", count={"contacts": 3}), "g": signal("intent", count={"records": 2})},
    }  # fmt: skip
    assert scores(rules) == {
        "contact_360": {
            "fit_score": {"contact.email", "contact.phone", "contact.country", "opportunity.status",
                          "opportunity.amount", "opportunity.currency"},
            "intent": {"activity.at", "activity.kind", "activity.key"},
        },
        "account_360": {
            "intent": {"contact_account.contact_id", "contact_account.role", "account_records.key"},
        },
    }  # fmt: skip
    shipped = scores(contracts.in_force(pl.DataFrame(schema=CONTRACTS), contracts.QUALIFICATION))
    assert shipped["contact_360"]["fit_score"] == {
        "contact.title", "contact.email", "contact.phone", "opportunity.status",
    }  # fmt: skip
    assert shipped["account_360"]["fit_score"] >= {"account.domain", "account.industry", "contact_account.contact_id"}
