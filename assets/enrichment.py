"""Pictures of clients: planned after a publication, made on the GPU worker by lanes that are tracked ops.

Jobs are rows in Postgres, which is queue and truth; the worker may forget everything. Between ops go the names of jobs.

Not here: what is wanted and what happened (`resources.enriching`), the worker (`resources.comfy`).
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from assets.setwise import OWNERS
from resources.workspace import Workspace

CHUNK = 200  # jobs of a lane
BUDGET = 200


class PlanConfig(dg.Config):
    """How much to plan."""

    limit: int = Field(default=BUDGET, description="At most this many new jobs, by priority and worth of the client.")


class HandOutConfig(dg.Config):
    """How much to make in one run."""

    limit: int = Field(default=BUDGET, description="At most this many jobs in this run; 0 for what a crash left alone.")


class LaneConfig(dg.Config):
    """How a lane works."""

    in_flight: int = Field(default=8, description="Prompts on the worker at a time.")
    lease_seconds: float = Field(default=60.0, description="After which silence others may take the lane's jobs over.")
    patience_seconds: float = Field(default=30.0, description="How long a lane waits for the next try of a job.")


@dg.asset(deps=["publication"], kinds={"postgres"}, group_name="enrichment", owners=OWNERS)
def enrichment_plan(config: PlanConfig, workspace: dg.ResourceParam[Workspace]) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster knows the bare class only
    """Which clients want which artefact, since what it shows changed: entered as planned jobs, within a budget."""
    from resources.enriching import planning  # noqa: PLC0415 - loads when a run needs it

    done = planning.plan(workspace, config.limit)
    facts = {"new": done.new, "again": done.again, "stale": done.stale, "waiting": done.waiting, "seen": done.seen}
    return dg.MaterializeResult(metadata=facts)


@dg.op(ins={"start": dg.In(dg.Nothing)}, out=dg.DynamicOut(list[str]))
def hand_out(
    context: dg.OpExecutionContext, config: HandOutConfig, workspace: dg.ResourceParam[Workspace]
) -> Iterator[dg.DynamicOutput[list[str]]]:
    """The jobs that are due, and what a crash has left, in lanes."""
    from resources.enriching import queue  # noqa: PLC0415

    jobs = queue.handed_out(workspace, config.limit)
    context.log.info("%d jobs to do", len(jobs))
    for start in range(0, len(jobs), CHUNK):
        yield dg.DynamicOutput(jobs[start : start + CHUNK], mapping_key=f"lane_{start // CHUNK}")


@dg.op(pool="comfy")
def lane(
    context: dg.OpExecutionContext,
    config: LaneConfig,
    workspace: dg.ResourceParam[Workspace],
    comfy: dg.ResourceParam[Any],
    jobs: list[str],
) -> dict[str, int]:
    """Work on these jobs with one worker; how many ended how."""
    from resources.comfy.recipes import RECIPES  # noqa: PLC0415
    from resources.enriching.book import Book  # noqa: PLC0415
    from resources.enriching.lane import Lane, Pace  # noqa: PLC0415 - loads when a run needs it
    from resources.enriching.serving import served  # noqa: PLC0415

    pace = Pace(config.in_flight, patience=config.patience_seconds)
    with comfy() as client:
        book = Book(workspace, context.run.run_id, RECIPES, config.lease_seconds, client.host)
        able, left = served(client, book, jobs, context.log.warning)
        return dict(Lane(client, book, pace, context.log.info).run(able, left))


@dg.op
def conclude(
    context: dg.OpExecutionContext, workspace: dg.ResourceParam[Workspace], counts: list[dict[str, int]]
) -> dict[str, int]:
    """Add up the lanes, and say what the run cost."""
    from resources.enriching import figures  # noqa: PLC0415

    total = sum((Counter(count) for count in counts), Counter[str]())
    pictures = dg.MetadataValue.md(figures.thumbnails(workspace, context.run.run_id))
    context.add_output_metadata({**figures.of_run(workspace, context.run.run_id), "last_pictures": pictures})
    return {"done": total["done"], "failed": total["failed"], **total}


@dg.graph_asset(
    group_name="enrichment",
    kinds={"comfyui"},
    owners=OWNERS,
    ins={"enrichment_plan": dg.AssetIn(dagster_type=dg.Nothing)},
)
def enrichment_artefacts(enrichment_plan: None) -> dict[str, int]:
    """The artefacts that are planned, with what it cost to make them."""
    made: dict[str, int] = conclude(hand_out(start=enrichment_plan).map(lane).collect())
    return made
