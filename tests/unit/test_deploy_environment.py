"""The environment template: every variable of the platform with its meaning and default, and values that hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from velocity_pipelines.settings import VARIABLES, Settings, Variable

TEMPLATE = (Path(__file__).parents[2] / "deploy" / "velocity.env.template").read_text()
BLOCKS = TEMPLATE.strip().split("\n\n")[1:]


def _name(block: str) -> str:
    return re.findall(r"^#?(VELOCITY_\w+)=", block, re.MULTILINE)[-1].removesuffix("_FILE")


def _block(variable: Variable) -> str:
    (block,) = [b for b in BLOCKS if _name(b) == variable.name]
    return block


def _values() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", TEMPLATE, re.MULTILINE))


def test_template_has_the_platforms_variables_and_no_other() -> None:
    assert [_name(block) for block in BLOCKS] == [variable.name for variable in VARIABLES]


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda v: v.name)
def test_template_gives_meaning_and_default(variable: Variable) -> None:
    assert variable.meaning in _block(variable)
    assert f"(default: {variable.default}" in _block(variable)


@pytest.mark.parametrize("variable", [v for v in VARIABLES if v.secret], ids=lambda v: v.name)
def test_secrets_are_given_by_file(variable: Variable) -> None:
    assert f"{variable.name}_FILE=" in _block(variable)
    assert f"{variable.name}=" not in TEMPLATE


def test_an_origin_with_the_template_reads_its_settings(tmp_path: Path) -> None:
    secret = tmp_path / "database-url"
    secret.write_text("postgresql://velocity:word@db.example.com/velocity\n")
    settings = Settings.read({**_values(), "VELOCITY_DATABASE_URL_FILE": str(secret)})
    assert settings.env == "production"
    assert settings.home == Path("/var/lib/velocity")
    assert settings.database_url is not None


def test_workers_are_reached_by_name_over_https() -> None:
    (url,) = re.findall(r"VELOCITY_COMFY_URL=(\S+)", TEMPLATE)
    assert re.fullmatch(r"https://[a-z.]+", url)
