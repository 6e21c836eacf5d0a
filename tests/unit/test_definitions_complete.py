"""Dagster accepts an asset module that nobody registers and a check on an asset that does not exist: we do not."""

from __future__ import annotations

import importlib
from pathlib import Path

import dagster as dg
import pytest

import assets
from velocity_pipelines.definitions import defs

NAMES = sorted(path.stem for path in Path(assets.__file__).parent.glob("[!_]*.py"))


@pytest.fixture(scope="module")
def known() -> set[dg.AssetKey]:
    return {key for asset in assets.all_assets() for key in asset.keys}


@pytest.mark.parametrize("name", NAMES)
def test_every_asset_and_check_of_a_module_is_defined(name: str, known: set[dg.AssetKey]) -> None:
    module = importlib.import_module(f"assets.{name}")
    made = [value for value in vars(module).values() if isinstance(value, dg.AssetsDefinition)]
    assert {key for asset in made for key in asset.keys} <= known
    assert {key for asset in made for key in asset.check_keys} <= {
        key for asset in (*assets.all_assets(), *assets.all_checks()) for key in asset.check_keys
    }


def test_every_check_is_on_an_asset_that_exists(known: set[dg.AssetKey]) -> None:
    everywhere = [*assets.all_assets(), *assets.all_checks()]
    checked = {key.asset_key for asset in everywhere for key in asset.check_keys}
    assert checked
    assert checked <= known


def test_every_asset_depends_on_assets_that_exist(known: set[dg.AssetKey]) -> None:
    needed = {key for asset in assets.all_assets() for keys in asset.asset_deps.values() for key in keys}
    assert needed
    assert needed <= known


def test_definitions_are_loadable() -> None:
    dg.Definitions.validate_loadable(defs)
