"""The wiring: assets, jobs, schedules, sensors and the resources that they are given.

Not here: values of the environment; they are read when a run starts, never at import.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import dagster as dg
import polars as pl

import assets
from identity.patches import Patch
from resources.frame_io import FrameIO, load_patch
from resources.workspace import Workspace
from velocity_pipelines import jobs, schedules, sensors
from velocity_pipelines.previewing import preview_import
from velocity_pipelines.settings import Settings

ANSWERS_WITHIN = 10.0  # seconds, of the worker; a lane looks after several prompts


@dg.resource(description="Database and storage root of this environment.")
def workspace(_context: dg.InitResourceContext) -> Workspace:
    """The workspace that the environment names."""
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415 - opened when a run starts

    return open_workspace(Settings.read())


@dg.resource(required_resource_keys={"workspace"}, description="One run at a time evaluates the whole set.")
def lane(context: dg.InitResourceContext) -> Iterator[Workspace]:
    """The workspace, under a lock in Postgres that is held for the whole run and goes with the process if that dies."""
    with context.resources.workspace.database.lock("lane"):
        yield context.resources.workspace


@dg.io_manager(required_resource_keys={"workspace"}, description="Frames as Parquet in the storage root.")
def frames(context: dg.InitResourceContext) -> FrameIO:
    """Hand-over between stages."""
    return FrameIO(context.resources.workspace.frames)


@dg.input_manager(required_resource_keys={"workspace"}, description="Frames, as what differs from what is published.")
def patches(context: dg.InputContext) -> pl.DataFrame | Patch:
    """Hand-over to the publication."""
    return load_patch(context.resources.workspace, context)


@dg.resource(description="The GPU worker, or a local stand-in where none is named.")
def comfy(_context: dg.InitResourceContext) -> Callable[[], AbstractContextManager[Any]]:
    """A way to open a client of the worker."""

    @contextmanager
    def opened() -> Iterator[Any]:
        from resources.comfy import ComfyClient, check_worker_url  # noqa: PLC0415 - loads with its one user
        from resources.comfy.local import local_worker  # noqa: PLC0415

        settings = Settings.read()
        named = nullcontext(settings.comfy_url) if settings.comfy_url else local_worker()
        with (
            named as url,
            ComfyClient(
                check_worker_url(url, settings.env), dict(settings.comfy_headers), timeout=ANSWERS_WITHIN
            ) as client,
        ):
            yield client

    return opened


RESOURCES: dict[str, Any] = {"workspace": workspace, "lane": lane, "frames": frames, "patches": patches, "comfy": comfy}


def build_defs(**overrides: Any) -> dg.Definitions:
    """All definitions; `overrides` replace resources by name."""
    return dg.Definitions(
        assets=assets.all_assets(),
        asset_checks=assets.all_checks(),
        jobs=[*jobs.ASSET_JOBS, preview_import],
        schedules=schedules.SCHEDULES,
        sensors=sensors.SENSORS,
        resources={**RESOURCES, **overrides},
        executor=dg.in_process_executor,
    )
