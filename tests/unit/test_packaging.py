"""The house stays a house: traps of packaging, of bare package names, and of places that only one machine has."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from velocity_pipelines.platform.graphql import LOCATION as LOCATION_OF_GRAPHQL
from velocity_pipelines.platform.instance import LOCATION

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: list[str] = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
FILES = [path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
MODULES = sorted(name for name in FILES if "/migrations/" not in name)  # a migration is no room, but history
PLACES = re.compile(r"(?<![\w.])/(?:root|work|Users)/|(?<![\w.])/home/\w")
REGISTRIES = re.compile(r"pythonhosted|pypi\.org|--(?:extra-)?index-url|--find-links|registry\.|/simple\b")
HEAVY = ("pandera", "splink", "pandas", "duckdb", "scipy", "pyarrow")
WITH_URLS = {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "package-lock.json"}


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file under version control."""
    done = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a checkout of git")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def _texts(files: list[Path]) -> Iterator[tuple[str, str]]:
    for file in files:
        data = file.read_bytes()
        if b"\0" not in data and file != Path(__file__):
            yield file.relative_to(ROOT).as_posix(), data.decode()


def test_no_other_distribution_owns_our_names() -> None:
    owners = packages_distributions()
    assert {owner for name in PACKAGES for owner in owners.get(name, [])} <= {"velocity-pipelines"}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_comes_from_this_checkout(name: str) -> None:
    assert Path(__import__(name).__file__ or "").parent == ROOT / name


def test_no_loose_module_at_top_level() -> None:
    assert list(ROOT.glob("*.py")) == []


def test_no_package_below_tests() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_the_code_location_has_one_name() -> None:
    (entry,) = yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"]
    project = PYPROJECT["tool"]["dg"]["project"]
    assert {LOCATION, LOCATION_OF_GRAPHQL, project["code_location_name"]} == {entry["python_module"]["location_name"]}
    assert project["code_location_target_module"] == entry["python_module"]["module_name"]


def test_no_dot_env(tracked: list[Path]) -> None:
    assert [path for path in tracked if path.name == ".env"] == []


def test_no_place_that_only_one_machine_has(tracked: list[Path]) -> None:
    assert {name: found for name, text in _texts(tracked) if (found := PLACES.findall(text))} == {}


def test_no_registry_and_no_lock_with_addresses(tracked: list[Path]) -> None:
    assert {path.name for path in tracked} & WITH_URLS == set()
    assert {name: found for name, text in _texts(tracked) if (found := REGISTRIES.findall(text))} == {}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_does_not_belong_there(name: str) -> None:
    said = ast.get_docstring(ast.parse((ROOT / name).read_text())) or ""
    package = name.endswith("/__init__.py")
    assert "Not here:" in said or (package and re.search(r"^No |\. No ", said, re.MULTILINE))


def test_loading_the_definitions_loads_nothing_heavy() -> None:
    code = f"import sys, velocity_pipelines.definitions; print(*(m for m in {HEAVY} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == []
