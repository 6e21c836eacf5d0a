"""The image: it is built from files that exist, holds all five packages, and does not run as root."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = re.sub(r"\\\n", " ", (ROOT / "deploy" / "Containerfile").read_text()).splitlines()
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
    "packages"
]


def _all(instruction: str) -> list[str]:
    return [line.split(maxsplit=1)[1] for line in LINES if line.startswith(f"{instruction} ")]


COPIED = [source for line in _all("COPY") for source in line.split()[:-1]]


@pytest.mark.parametrize("source", COPIED)
def test_what_is_copied_exists(source: str) -> None:
    assert (ROOT / source).exists()


def test_everything_that_runs_is_copied() -> None:
    assert {*PACKAGES, "dagster.yaml", "requirements.txt", "deploy/workspace.yaml"} <= set(COPIED)


def test_every_package_is_installed_by_hash() -> None:
    installs = [part for line in _all("RUN") for part in line.split("&&") if "pip install" in part]
    assert installs
    assert all("--require-hashes" in part for part in installs)


def test_it_runs_as_an_account_of_its_own_in_the_folder_of_the_packages() -> None:
    assert _all("USER") == ["velocity"]
    assert _all("WORKDIR") == ["/opt/velocity"]
    assert "PYTHONPATH=/opt/velocity" in _all("ENV")[0]


def test_command_and_health_check_are_those_of_the_code_servers_unit() -> None:
    unit = (ROOT / "deploy" / "systemd" / "velocity-code-server.service").read_text()
    (command,) = re.findall(r"^ExecStart=/opt/velocity/\.venv/bin/(.*)$", unit, re.MULTILINE)
    (last,) = _all("CMD")
    assert f"exec {command}" in last
    (check,) = _all("HEALTHCHECK")
    assert '"grpc-health-check", "-p", "4266"' in check
