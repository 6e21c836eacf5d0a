"""Dagster's home: a folder below ours, with the checkout's `dagster.yaml` in it.

Not here: the storage that `dagster.yaml` names (`velocity_pipelines.platform.storage`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from velocity_pipelines.settings import Settings, checkout

if TYPE_CHECKING:
    from dagster import DagsterInstance

LOCATION = "velocity_pipelines"  # the one name of the code location, wherever it is named


def dagster_home(settings: Settings) -> Path:
    """The folder for DAGSTER_HOME, its `dagster.yaml` the same as the checkout's."""
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    (settings.home / "logs").mkdir(exist_ok=True)
    wanted = (checkout() / "dagster.yaml").read_text()
    target = home / "dagster.yaml"
    if not target.exists() or target.read_text() != wanted:
        part = home / f"dagster.yaml.{os.getpid()}"
        part.write_text(wanted)
        part.replace(target)
    return home


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a process of Dagster's."""
    paths = {"DAGSTER_HOME": str(dagster_home(settings)), "VELOCITY_HOME": str(settings.home)}
    logs = {"VELOCITY_LOGS": str(settings.home / "logs"), "PYTHONPATH": str(checkout())}
    return {**os.environ, **paths, **logs, "DAGSTER_DISABLE_TELEMETRY": "1"}


def dagster_instance(settings: Settings) -> DagsterInstance:
    """The persistent instance, for use in this process."""
    from dagster import DagsterInstance  # noqa: PLC0415 - slow

    os.environ.update({k: v for k, v in environment(settings).items() if k.startswith(("DAGSTER_", "VELOCITY_"))})
    return DagsterInstance.get()
