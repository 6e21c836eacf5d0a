"""Runs of the real job on a real database, in this process."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import text

from resources import charts
from resources.workspace import Workspace
from tests.beginnings import Beginnings
from tests.comfy_server import Server
from tests.records import forgetful
from tests.workers import Standin
from velocity_pipelines import landing
from velocity_pipelines.build import build_defs
from velocity_pipelines.cli import run
from velocity_pipelines.launching import IMPORT_JOB, import_tags
from velocity_pipelines.platform import databases, in_process
from velocity_pipelines.platform.instance import dagster_home
from velocity_pipelines.settings import Settings
from velocity_pipelines.synth import write_exports

RECEIVED = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
Import = Callable[..., dg.ExecuteInProcessResult]
Velocity = Callable[..., tuple[int, Any, str]]
Begin = Callable[[object, Callable[[], Any]], Any]
Shown = Callable[..., None]


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Standin]:
    """A stand-in worker for one test alone."""
    made = Standin(tmp_path / "worker")
    yield made
    made.kill()


@pytest.fixture(scope="module")
def modelled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    """A stand-in worker with all models, for the tests of a module."""
    made = Standin(tmp_path_factory.mktemp("worker"), "--models")
    yield made
    made.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The ComfyUI server that COMFY_BASE_URL names, or a stand-in that can be killed and started again."""
    named = os.environ.get("COMFY_BASE_URL")
    standin = None if named else Standin(tmp_path_factory.mktemp("worker"))
    made = Server(standin.url, standin.restart) if standin else Server(named or "", None)
    yield made
    made.http.close()
    if standin:
        standin.kill()


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small exports of all sources."""
    folder = tmp_path_factory.mktemp("exports")
    write_exports(420, 11, folder)
    return folder


def listed(exports: Path) -> list[tuple[Path, Path]]:
    """The files of a folder of exports in the order of `imports.json`, each with its mapping."""
    return [(exports / e["file"], exports / e["mapping"]) for e in json.loads((exports / "imports.json").read_text())]


def take(workspace: Workspace, file: Path, mapping: Path | None, received_at: dt.datetime = RECEIVED) -> str:
    """Take a file in; its batch."""
    (offered,) = landing.offer(file, landing.Options(mapping=mapping, received_at=received_at))
    assert isinstance(offered, landing.Offered)
    landing.take(workspace, offered, "test")
    return offered.arrival.batch


def definitions(workspace: Workspace) -> dg.Definitions:
    """The real definitions on a workspace of a test."""
    return build_defs(workspace=dg.ResourceDefinition.hardcoded_resource(workspace))


@pytest.fixture
def run_import(workspace: Workspace) -> Import:
    """Runs the import job over files, in one run, as the command line does."""

    def run(files: list[tuple[Path, Path]], received_at: list[dt.datetime] | None = None) -> dg.ExecuteInProcessResult:
        stamps = received_at or [RECEIVED] * len(files)
        batches = [take(workspace, f, m, at) for (f, m), at in zip(files, stamps, strict=True)]
        with forgetful() as instance:
            instance.add_dynamic_partitions("batches", batches)
            job = definitions(workspace).resolve_job_def(IMPORT_JOB)
            return job.execute_in_process(instance=instance, tags=import_tags(batches), raise_on_error=True)

    return run


@pytest.fixture(scope="session")
def beginnings(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beginnings]:
    """What tests of this session have begun with."""
    made = Beginnings(postgres_dsn, tmp_path_factory.mktemp("beginnings"))
    yield made
    made.forget()


@pytest.fixture
def begin(beginnings: Beginnings, workspace: Workspace, tmp_path: Path) -> Begin:
    """Does something to the empty workspace, or copies what it came to in an earlier test; what was told of it."""
    database = workspace.database.url.database or ""
    return lambda what, make: beginnings.begin(what, database, tmp_path, make)


@pytest.fixture
def shown(begin: Begin, run_import: Import, exports: Path) -> Shown:
    """Has the workspace show the exports, in a run each: those before the first number, from there to the next, …

    Without numbers all of them in one run.
    """

    def make(*ends: int) -> None:
        files = listed(exports)

        def run() -> None:
            for start, end in pairwise((0, *(ends or [len(files)]))):
                run_import(files[start:end])

        begin(("exports", ends), run)

    return make


@pytest.fixture
def whole_record() -> None:
    """For a test that reads what Dagster recorded: `dagster_record` forgets nothing."""


@pytest.fixture
def dagster_record(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What Dagster records is not kept, nor are its charts drawn: that is most of a small run, and Dagster's matter."""
    monkeypatch.setattr(charts, "as_markdown", lambda _spec: "![chart]()")
    asked = "whole_record" in request.fixturenames
    with dg.DagsterInstance.ephemeral() if asked else forgetful() as instance:

        @contextmanager
        def held(settings: Settings) -> Iterator[dg.DagsterInstance]:
            dagster_home(settings)
            yield instance

        monkeypatch.setattr(in_process, "dagster_instance", held)
        yield


@pytest.fixture
def velocity(
    dagster_record: None,
    database_url: str,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Velocity]:
    """Runs a command with `--json` in this process: exit code, document, what stood on standard error."""
    del dagster_record
    monkeypatch.setenv("VELOCITY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VELOCITY_DATABASE_URL", database_url)
    monkeypatch.setenv("VELOCITY_STORAGE_URL", workspace.storage.url)

    def call(*arguments: str) -> tuple[int, Any, str]:
        code = run([*arguments, "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    yield call
    databases.open_workspace.cache_clear()


def rows_of(workspace: Workspace, table: str) -> int:
    """How many rows a table has."""
    with workspace.database.transaction() as connection:
        return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())
