"""The Makefile: every target is described, and what the documents tell people to type exists."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
PHONY = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split())
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "deploy").rglob("*.md"),
]
NEEDS_MAKE = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def _make(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *arguments]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(command, cwd=ROOT, env=clean | environ, capture_output=True, text=True, check=False)


@NEEDS_MAKE
def test_help_is_the_default_and_describes_every_target() -> None:
    shown = re.findall(r"^  make (\w+) +\S", _make().stdout, re.MULTILINE)
    assert set(shown) == PHONY


def test_every_target_named_in_a_document_exists() -> None:
    named = {word for file in DOCUMENTS for word in re.findall(r"`make ([a-z]+)", file.read_text())}
    assert named - PHONY == set()


def test_what_targets_run_exists() -> None:
    for module in re.findall(r"python -m ([a-z_]+\.[a-z_]+)", MAKEFILE):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
    for script in re.findall(r"/python (\S+\.py)", MAKEFILE):
        assert (ROOT / script).exists(), script


@NEEDS_MAKE
def test_an_unfit_interpreter_is_refused_in_one_line(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = _make("-C", str(tmp_path), ".venv/bin/python", PYTHON="no-such-python")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].startswith("no Python 3.11, 3.12 or 3.13 among: no-such-python")
    assert not (tmp_path / ".venv").exists()


@NEEDS_MAKE
def test_an_interpreter_without_venv_is_named_in_one_line(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    fake = tmp_path / "a python"
    fake.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n')
    fake.chmod(0o755)
    done = _make("-C", str(tmp_path), ".venv/bin/python", PYTHON=str(fake))
    assert done.returncode == 2
    assert "has no venv: install it" in done.stderr.splitlines()[0]
    assert not (tmp_path / ".venv").exists()


def test_continuous_integration_runs_the_same() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text()
    assert re.search(r"^make test </dev/null$", script.read_text(), re.MULTILINE)
