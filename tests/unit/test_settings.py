"""The environment: each variable read and refused in words, and the README speaks of all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from identity.errors import BadInputError
from velocity_pipelines.cli import app
from velocity_pipelines.settings import VARIABLES, Settings, checkout

DSN = "postgresql://velocity:secret@db.example/velocity"
README = (checkout() / "README.md").read_text("utf-8")


def test_nothing_is_needed_locally(tmp_path: Path) -> None:
    read = Settings.read({"VELOCITY_HOME": str(tmp_path)})
    assert (read.env, read.home, read.webserver_port, read.postgres_port) == ("local", tmp_path, 3000, None)
    assert (read.storage_url, read.landing) == (str(tmp_path / "storage"), tmp_path / "landing")
    assert (read.database_url, read.dagster_database_url, read.comfy_url, read.oracle_url) == (None,) * 4
    assert read.comfy_headers == ()
    assert Settings.read({}).home == checkout() / "var"


def test_every_variable_is_read(tmp_path: Path) -> None:
    read = Settings.read(
        {
            "VELOCITY_ENV": "staging",
            "VELOCITY_HOME": str(tmp_path),
            "VELOCITY_DATABASE_URL": DSN,
            "VELOCITY_DAGSTER_DATABASE_URL": DSN + "_dagster",
            "VELOCITY_STORAGE_URL": "s3://bucket/root",
            "VELOCITY_LANDING": str(tmp_path / "in"),
            "VELOCITY_POSTGRES_PORT": "5433",
            "VELOCITY_WEBSERVER_PORT": "3100",
            "VELOCITY_COMFY_URL": "https://worker.example/comfy",
            "VELOCITY_COMFY_HEADERS": '{"Authorization": "Bearer x"}',
            "VELOCITY_ORACLE_URL": "https://oracle.example",
        }
    )
    assert read == Settings(
        env="staging",
        home=tmp_path,
        database_url=DSN,
        dagster_database_url=DSN + "_dagster",
        storage_url="s3://bucket/root",
        landing=tmp_path / "in",
        postgres_port=5433,
        webserver_port=3100,
        comfy_url="https://worker.example/comfy",
        comfy_headers=(("Authorization", "Bearer x"),),
        oracle_url="https://oracle.example",
    )


@pytest.mark.parametrize("variable", [v for v in VARIABLES if v.secret], ids=lambda v: v.name)
def test_a_secret_may_stand_in_a_file(variable: object, tmp_path: Path) -> None:
    name = getattr(variable, "name", "")
    value = '{"X-Key": "y"}' if name.endswith("HEADERS") else DSN
    (tmp_path / "secret").write_text(value + "\n")
    read = Settings.read({f"{name}_FILE": str(tmp_path / "secret")})
    found = getattr(read, name.removeprefix("VELOCITY_").lower())
    assert found == ((("X-Key", "y"),) if name.endswith("HEADERS") else DSN)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VELOCITY_ENV", "moon"),
        ("VELOCITY_WEBSERVER_PORT", "http"),
        ("VELOCITY_WEBSERVER_PORT", "0"),
        ("VELOCITY_POSTGRES_PORT", "65536"),
        ("VELOCITY_COMFY_URL", "worker.example"),
        ("VELOCITY_ORACLE_URL", "ftp://x.example"),
        ("VELOCITY_COMFY_HEADERS", "[1]"),
        ("VELOCITY_COMFY_HEADERS", '{"a": 1}'),
        ("VELOCITY_COMFY_HEADERS", "{"),
        ("VELOCITY_DATABASE_URL_FILE", "gone"),
        ("VELOCITY_DATABASE_URL", "mysql://u:secret@db.example/x"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_never_told(name: str, value: str) -> None:
    with pytest.raises(BadInputError) as refused:
        Settings.read({name: value})
    assert name in refused.value.message + refused.value.hint
    assert "secret" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("env", ["staging", "production"])
def test_outside_of_local_nothing_is_made_up(env: str) -> None:
    for given in ({}, {"VELOCITY_DATABASE_URL": DSN}, {"VELOCITY_STORAGE_URL": "s3://bucket"}):
        with pytest.raises(BadInputError, match="is not set"):
            Settings.read({"VELOCITY_ENV": env, **given})
    assert Settings.read({"VELOCITY_ENV": env, "VELOCITY_DATABASE_URL": DSN, "VELOCITY_STORAGE_URL": "s3://b"}).env


def test_the_readme_names_every_variable_with_its_default() -> None:
    rows = re.findall(r"^\| `(VELOCITY_\w+)` \| (.*?) \| (.*?) \|$", README, re.MULTILINE)
    assert [(name, default) for name, default, _ in rows] == [(v.name, v.default) for v in VARIABLES]
    assert [meaning.endswith("(secret)") for *_, meaning in rows] == [v.secret for v in VARIABLES]


def test_the_readme_names_every_command() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    table = README[README.index("| command | does |", README.index("## Import your own files")) :]
    rows = re.findall(r"^\| (`velocity .*?) \| ", table.partition("\n\n")[0], re.MULTILINE)
    named = {word for row in rows for part in re.findall(r"`(?:velocity )?(\w+)", row) for word in [part]}
    assert named == set(group.commands)
