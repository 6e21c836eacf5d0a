"""Commands of GPU enrichment: plan, run, list, cancel.

Not here: planning and dispatch (`assets.enrichment`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from velocity_pipelines.cli.output import Json, answer, progress, table
from velocity_pipelines.settings import Settings

enrich = typer.Typer(no_args_is_help=True, help="GPU jobs.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(enrich, name="enrich")


@enrich.command()
def plan(as_json: Json = False) -> None:
    """Say which clients want a picture, without making any."""
    from resources import enrichment  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    wanted = enrichment.wanted(open_workspace(Settings.read()))
    jobs = [{"job": j.job, "canonical_id": j.canonical_id, "template": j.template} for j in wanted]
    answer({"planned": len(jobs), "jobs": jobs}, as_json, lambda: f"{len(jobs)} pictures to make")


@enrich.command("run")
def run_(
    limit: Annotated[int, typer.Option(min=1, help="At most this many jobs.")] = 200, as_json: Json = False
) -> int:
    """Make the pictures that are planned, as a Dagster run."""
    from velocity_pipelines import launching  # noqa: PLC0415

    ran = launching.run_enrich(Settings.read(), limit, progress)
    answer({"run_id": ran.run_id, "ok": ran.ok}, as_json, lambda: f"run {ran.run_id}: {'done' if ran.ok else 'failed'}")
    return 0 if ran.ok else 1


@enrich.command("list")
def list_(as_json: Json = False) -> None:
    """List jobs, newest first."""
    from resources import enrichment  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    jobs = enrichment.listed(open_workspace(Settings.read()))
    columns = ["job", "canonical_id", "template", "state"]
    rows = [columns, *([j[name] for name in columns] for j in jobs)]
    answer({"jobs": jobs}, as_json, lambda: table(rows))


@enrich.command()
def cancel(
    job: Annotated[str, typer.Argument(help="The job, as `enrich list` names it.")], as_json: Json = False
) -> None:
    """Take a planned job back."""
    from resources import enrichment  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    enrichment.cancel(open_workspace(Settings.read()), job)
    answer({"job": job, "state": "cancelled"}, as_json, lambda: f"{job} is cancelled")
