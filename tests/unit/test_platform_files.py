"""The files that Dagster reads: they name what is there and hold no address."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config

from velocity_pipelines.platform import code_server, graphql, instance
from velocity_pipelines.settings import Settings, checkout

TOP = checkout()


def read(name: str) -> Any:
    return yaml.safe_load((TOP / name).read_text())


def test_what_is_launched_is_named_as_it_is_defined() -> None:
    module = read("workspace.yaml")["load_from"][0]["python_module"]
    assert module == {"module_name": code_server.DEFINITIONS, "location_name": instance.LOCATION}
    assert importlib.import_module("assets.batches").BATCHES.name == graphql.PARTITIONS


def test_dagster_accepts_its_configuration() -> None:
    values, custom = dagster_instance_config(str(TOP))
    assert custom is None
    assert values["telemetry"] == values["nux"] == {"enabled": False}
    assert "run_queue" not in values


def test_every_class_of_the_configuration_is_there() -> None:
    named = read("dagster.yaml")
    parts = [named["storage"]["custom"], *(named[k] for k in ("compute_logs", "run_coordinator", "run_launcher"))]
    for part in parts:
        assert hasattr(importlib.import_module(part["module"]), part["class"])


def test_no_address_stands_in_the_configuration() -> None:
    for name in ("dagster.yaml", "workspace.yaml"):
        text = (TOP / name).read_text()
        assert "://" not in text
        assert "/home/" not in text


@pytest.mark.parametrize("module", code_server.PRELOAD)
def test_what_is_preloaded_is_there(module: str) -> None:
    importlib.import_module(module)


def test_the_home_holds_the_configuration_and_follows_it(tmp_path: Path) -> None:
    settings = Settings.read({"VELOCITY_HOME": str(tmp_path)})
    home = instance.dagster_home(settings)
    assert home == tmp_path / "dagster"
    (home / "dagster.yaml").write_text("telemetry: {enabled: true}\n")
    instance.dagster_home(settings)
    assert (home / "dagster.yaml").read_text() == (TOP / "dagster.yaml").read_text()
    assert [p.name for p in home.iterdir()] == ["dagster.yaml"]
