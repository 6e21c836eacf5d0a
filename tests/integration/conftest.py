"""Runs of the real job on a real database, in this process."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from resources.workspace import Workspace
from velocity_pipelines import landing
from velocity_pipelines.build import build_defs
from velocity_pipelines.launching import IMPORT_JOB, import_tags
from velocity_pipelines.synth import write_exports

RECEIVED = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
Import = Callable[..., dg.ExecuteInProcessResult]


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
    offered = landing.offer(file, landing.Options(mapping=mapping, received_at=received_at))
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
        with dg.DagsterInstance.ephemeral() as instance:
            instance.add_dynamic_partitions("batches", batches)
            job = definitions(workspace).resolve_job_def(IMPORT_JOB)
            return job.execute_in_process(instance=instance, tags=import_tags(batches), raise_on_error=True)

    return run
