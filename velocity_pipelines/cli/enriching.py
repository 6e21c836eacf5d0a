"""Commands of GPU enrichment: plan, run, list, cancel.

Not here: planning and dispatch (`assets.enrichment`, `resources.enriching`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from velocity_pipelines.cli.output import Json, answer, progress, table
from velocity_pipelines.settings import Settings

enrich = typer.Typer(no_args_is_help=True, help="GPU jobs.")
COLUMNS = ("job", "canonical_id", "template", "state")
Most = Annotated[int, typer.Option("--limit", min=1, help="Show at most this many jobs.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(enrich, name="enrich")


@enrich.command()
def plan(limit: Most = 1000, as_json: Json = False) -> None:
    """Say which clients want an artefact, without making any."""
    from resources.enriching import planning  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    total, jobs = planning.wanted(open_workspace(Settings.read()), limit)
    answer({"planned": total, "jobs": jobs}, as_json, lambda: f"{total} pictures to make")


@enrich.command("run")
def run_(
    limit: Annotated[int, typer.Option(min=1, help="At most this many jobs.")] = 200,
    retry_failed: Annotated[bool, typer.Option(help="Try again, too, what has failed for good.")] = False,
    as_json: Json = False,
) -> int:
    """Plan and make artefacts, as a Dagster run."""
    from resources.enriching import queue  # noqa: PLC0415
    from velocity_pipelines import launching  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    if retry_failed:
        progress(f"{queue.retry_failed(open_workspace(settings))} failed jobs are planned again")
    ran = launching.run_enrich(settings, limit, progress)
    said = "done" if ran.ok else f"failed: {ran.error}; `velocity doctor` asks the worker"
    answer({"run_id": ran.run_id, "ok": ran.ok, "error": ran.error}, as_json, lambda: f"run {ran.run_id}: {said}")
    return 0 if ran.ok else 1


@enrich.command("list")
def list_(limit: Most = 1000, as_json: Json = False) -> None:
    """List jobs, newest first, and how many there are in each state."""
    from resources.enriching import queue  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    workspace = open_workspace(Settings.read())
    jobs, states = queue.listed(workspace, limit), queue.states(workspace)
    rows = [list(COLUMNS), *([j[name] for name in COLUMNS] for j in jobs)]
    counts = ", ".join(f"{count} {state}" for state, count in states.items()) or "no jobs"
    answer({"jobs": jobs, "states": states}, as_json, lambda: f"{table(rows)}\n{counts}")


@enrich.command()
def cancel(
    job: Annotated[str, typer.Argument(help="The job, as `enrich list` names it.")], as_json: Json = False
) -> None:
    """Take a job back; one that runs is cancelled on the worker by whoever works on it."""
    from resources.enriching import queue  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    state = queue.cancel(open_workspace(Settings.read()), job)
    answer({"job": job, "state": state}, as_json, lambda: f"{job}: {state}")
