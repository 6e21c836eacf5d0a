"""A run in this process: recorded under its id, told step by step, silent otherwise, its error in one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster._core.launcher.base import WorkerStatus

from identity.errors import BadInputError
from velocity_pipelines.platform.in_process import PROCESS_TAG, Order, is_gone, run
from velocity_pipelines.platform.launcher import CheckedRunLauncher


@dg.asset
def first(context: dg.AssetExecutionContext) -> None:
    if "broken" in context.run.tags:
        raise BadInputError("broken", "the file is gone", "send it again")


@dg.asset(deps=[first])
def second() -> None:
    pass


DEFS = dg.Definitions(
    [first, second], jobs=[dg.define_asset_job("both", [first, second])], executor=dg.in_process_executor
)


def test_a_run_is_recorded_and_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    with dg.DagsterInstance.ephemeral() as instance:
        done = run(DEFS, instance, Order("both", {"velocity/lane": "resolve"}), tmp_path / "log", told.append)
        record = instance.get_run_by_id(done.run_id)
    assert done.ok
    assert done.error is None
    assert record is not None
    assert record.status == dg.DagsterRunStatus.SUCCESS
    assert record.tags["velocity/lane"] == "resolve"
    assert told == [f"run {done.run_id[:8]}: first", f"run {done.run_id[:8]}: second"]
    assert capfd.readouterr() == ("", "")
    assert "RUN_SUCCESS" in (tmp_path / "log").read_text()


def test_a_failure_is_told_by_its_cause(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        done = run(DEFS, instance, Order("both", {"broken": "yes"}), tmp_path / "log", lambda _step: None)
    assert not done.ok
    assert done.error == "the file is gone"
    assert capfd.readouterr().err == ""


def tag_of(pid: int, started: float, host: str) -> str:
    return json.dumps({"host": host, "pid": pid, "started": started})


def test_a_run_whose_process_ended_is_found_and_no_other(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        done = run(DEFS, instance, Order("both", {}), tmp_path / "log", lambda _step: None)
        record = instance.get_run_by_id(done.run_id)
    assert record is not None
    mine = json.loads(record.tags[PROCESS_TAG])
    assert mine["pid"] == os.getpid()
    assert not is_gone(record.tags[PROCESS_TAG])
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        started = psutil.Process(other.pid).create_time()
        assert not is_gone(tag_of(other.pid, started, mine["host"]))
        assert is_gone(tag_of(other.pid, started - 60, mine["host"]))
        other.kill()
    assert is_gone(tag_of(other.pid, started, mine["host"]))
    assert not is_gone(tag_of(other.pid, started, "elsewhere.example"))


def test_monitoring_hears_of_the_process(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        done = run(DEFS, instance, Order("both", {}), tmp_path / "log", lambda _step: None)
        record = instance.get_run_by_id(done.run_id)
    assert record is not None
    launcher = CheckedRunLauncher()
    assert launcher.supports_check_run_worker_health
    assert launcher.check_run_worker_health(record).status == WorkerStatus.RUNNING
    lost = record.with_tags(
        {**record.tags, PROCESS_TAG: tag_of(os.getpid(), 1.0, json.loads(record.tags[PROCESS_TAG])["host"])}
    )
    assert launcher.check_run_worker_health(lost).status == WorkerStatus.NOT_FOUND
