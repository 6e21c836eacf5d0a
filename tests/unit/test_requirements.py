"""The locks: all that pyproject.toml asks for, one version everywhere, with hashes and without an address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
NAMES = ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PYPROJECT["project"]["dependencies"]
DEVELOPMENT = PYPROJECT["dependency-groups"]["dev"]


def _entries(name: str) -> list[tuple[Requirement, str]]:
    """Each requirement with the options that follow it."""
    lines = re.sub(r" \\\n", " ", (ROOT / name).read_text()).splitlines()
    entries = [line.partition(" --hash") for line in lines if line and not line.lstrip().startswith("#")]
    return [(Requirement(text), mark + options) for text, mark, options in entries]


def _pins(name: str) -> dict[str, set[tuple[str, str]]]:
    """Versions of each requirement, each with the marker under which it is taken."""
    pins: dict[str, set[tuple[str, str]]] = {}
    for found, _ in _entries(name):
        pins.setdefault(canonicalize_name(found.name), set()).add((str(found.specifier), str(found.marker or "")))
    return pins


@pytest.mark.parametrize("name", NAMES)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    entries = _entries(name)
    assert entries
    for found, options in entries:
        assert re.fullmatch(r"==[^*,]+", str(found.specifier)), found.name
        assert re.fullmatch(r"( +--hash=sha256:[0-9a-f]{64})+", options), found.name


@pytest.mark.parametrize("name", NAMES)
def test_no_address_stands_in_a_lock(name: str) -> None:
    assert re.findall(r"\S*://\S*|^-\S+", (ROOT / name).read_text(), re.MULTILINE) == []


def test_the_locks_agree() -> None:
    runtime, development = _pins("requirements.txt"), _pins("requirements-dev.txt")
    assert {name: development[name] for name in runtime} == runtime


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        *(("requirements.txt", text) for text in RUNTIME),
        *(("requirements-dev.txt", t) for t in [*RUNTIME, *DEVELOPMENT]),
    ],
)
def test_a_dependency_is_locked_in_its_range(lock: str, wanted: str) -> None:
    requirement = Requirement(wanted)
    pins = _pins(lock)[canonicalize_name(requirement.name)]
    assert all(requirement.specifier.contains(version.removeprefix("==")) for version, _ in pins)


def test_uv_is_locked_alone() -> None:
    assert list(_pins("requirements-uv.txt")) == ["uv"]
