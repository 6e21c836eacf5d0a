"""Lineage names assets that there are, and of canonical relations every column comes from somewhere."""

from __future__ import annotations

import dagster as dg
import polars as pl
import pytest

import assets
from assets.lineage import KEY, column_lineage, golden_lineage
from identity import survivorship_rules
from identity.frames import CONTRACTS
from resources.tables import PUBLISHED, Base

KNOWN = {key for asset in assets.all_assets() for key in asset.keys}
RULES = survivorship_rules.of(pl.DataFrame(schema=CONTRACTS))
RELATIONS = ("contact_account", "account_hierarchy", "owner", "deleted_record")


def columns(name: str) -> set[str]:
    return {column.name for column in Base.metadata.tables[name].columns} - {"version"}


def deps(name: str) -> dict[str, set[dg.AssetKey]]:
    made = column_lineage(name, columns(name)) or golden_lineage(RULES)[name]  # type: ignore[index]
    return {column: {dep.asset_key for dep in of} for column, of in made[KEY].deps_by_column.items()}


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_a_column_comes_from_exists(name: str) -> None:
    assert set().union(*deps(name).values()) <= KNOWN


@pytest.mark.parametrize("name", RELATIONS)
def test_every_column_of_a_relation_comes_from_somewhere(name: str) -> None:
    assert set(deps(name)) == columns(name)
