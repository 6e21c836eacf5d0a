"""Dagster's home: a folder below ours, with the checkout's `dagster.yaml` in it.

Not here: the storage that `dagster.yaml` names (`velocity_pipelines.platform.storage`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from identity.errors import BadInputError
from velocity_pipelines.settings import Settings, checkout

if TYPE_CHECKING:
    from dagster import DagsterInstance

LOCATION = "velocity_pipelines"  # the one name of the code location, wherever it is named


def dagster_home(settings: Settings) -> Path:
    """The folder for DAGSTER_HOME, its `dagster.yaml` the same as the checkout's; the folder of logs stands ready."""
    home = settings.home / "dagster"
    wanted = (checkout() / "dagster.yaml").read_text()
    try:
        home.mkdir(parents=True, exist_ok=True)
        (settings.home / "logs").mkdir(exist_ok=True)
        _write(home / "dagster.yaml", wanted)
    except OSError as error:
        why, hint = f"{settings.home} cannot be written: {error.strerror}", "choose another VELOCITY_HOME"
        raise BadInputError("home_unwritable", why, hint) from None
    return home


def _write(target: Path, text: str) -> None:
    """Keep a file in step, in one move, for others read it now."""
    if not target.exists() or target.read_text() != text:
        part = target.with_name(f"{target.name}.{os.getpid()}")
        part.write_text(text)
        part.replace(target)


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a process of Dagster's."""
    homes = {"DAGSTER_HOME": str(dagster_home(settings)), "VELOCITY_HOME": str(settings.home)}
    return {**os.environ, **homes, "PYTHONPATH": str(checkout())}


def dagster_instance(settings: Settings) -> DagsterInstance:
    """The persistent instance, for use in this process, whose environment stays as it is."""
    from dagster import DagsterInstance  # noqa: PLC0415 - slow

    return DagsterInstance.from_config(str(dagster_home(settings)))
