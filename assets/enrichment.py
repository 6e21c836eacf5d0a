"""Client cards: a picture for each client whose 360 changed, made on the GPU worker as tracked ops.

Jobs are rows in Postgres, which is queue and truth; the worker may forget everything. Names are drawn on the picture
here, after it was fetched. Not here: the client of the worker (`resources.comfy`).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from assets.setwise import OWNERS
from resources import enrichment
from resources.enrichment import Artefact, Job
from resources.workspace import Workspace

CHUNK = 50  # jobs of a lane
COLOURS = (0x0F172A, 0x1E293B)  # background, panel
ACCENTS = (0x38BDF8, 0x34D399, 0xFBBF24, 0xF472B6, 0xA78BFA)


class PlanConfig(dg.Config):
    """How much to make in one run."""

    limit: int = Field(default=200, description="At most this many pictures in this run.")


@dg.op(ins={"start": dg.In(dg.Nothing)}, out=dg.DynamicOut(list[str]))
def plan(
    context: dg.OpExecutionContext, config: PlanConfig, workspace: dg.ResourceParam[Workspace]
) -> Iterator[dg.DynamicOutput[list[str]]]:
    """Enter the wanted pictures as jobs, and hand them out in lanes."""
    enrichment.release_abandoned(workspace)
    jobs = [job.job for job in enrichment.plan(workspace, config.limit)]
    context.log.info("%d pictures to make", len(jobs))
    for start in range(0, len(jobs), CHUNK):
        yield dg.DynamicOutput(jobs[start : start + CHUNK], mapping_key=f"lane_{start // CHUNK}")


@dg.op(pool="comfy")
def dispatch(
    context: dg.OpExecutionContext,
    workspace: dg.ResourceParam[Workspace],
    comfy: dg.ResourceParam[Any],
    jobs: list[str],
) -> dict[str, int]:
    """Make the pictures of a lane, one after the other; a failure ends its job, not the lane."""
    from resources.comfy.template import load  # noqa: PLC0415 - loads with its one user

    template = load(enrichment.TEMPLATE)
    wanted = {job.job: job for job in enrichment.wanted(workspace)}
    counts = {"done": 0, "failed": 0}
    with enrichment.working(workspace, context.run.run_id), comfy() as client:
        client.preflight(template.node_classes, template.models, template.oldest)
        for number, name in enumerate(jobs, start=1):
            if name in wanted:
                counts[_make(workspace, client, wanted[name], context.run.run_id)] += 1
            if number % 10 == 0:
                context.log.info("%d of %d pictures", number, len(jobs))
    return counts


def _make(workspace: Workspace, client: Any, job: Job, run_id: str) -> str:
    """One attempt of a job that is still free; what became of it."""
    from resources.comfy.card import draw_card, pixel_sha256  # noqa: PLC0415
    from resources.comfy.dispatch import run_job  # noqa: PLC0415
    from resources.comfy.template import load  # noqa: PLC0415

    attempt = enrichment.begin(workspace, job.job, run_id)
    if attempt is None:
        return "failed"
    outcome = run_job(client, load(job.template), job.job, attempt, _colours(job))
    if outcome.failure is not None:
        enrichment.fail(workspace, job.job, outcome.prompt_id, outcome.failure)
        return "failed"
    card = draw_card(outcome.pictures["card"].data, *_texts(job.shown))
    artefact = Artefact("card", card, pixel_sha256(card), "image/png")
    enrichment.finish(workspace, job.job, outcome.prompt_id, artefact)
    return "done"


def _colours(job: Job) -> dict[str, Any]:
    accent = ACCENTS[int(job.content_key[:8], 16) % len(ACCENTS)]
    return {"background": COLOURS[0], "panel": COLOURS[1], "accent": accent}


def _texts(shown: dict[str, Any]) -> tuple[str, list[str]]:
    """Title and lines of a card."""
    lines = [shown["account_name"], shown["lifecycle_stage"], shown["owner"] and f"Owner: {shown['owner']}"]
    deals = f"{shown['open_count']} open, {shown['won_count']} won"
    return shown["display_name"] or "(no name)", [line for line in (*lines, deals) if line]


@dg.op
def conclude(context: dg.OpExecutionContext, counts: list[dict[str, int]]) -> dict[str, int]:
    """Add up the lanes."""
    total = {state: sum(count[state] for count in counts) for state in ("done", "failed")}
    context.add_output_metadata({"made": total["done"], "failed": total["failed"]})
    return total


@dg.graph_asset(
    group_name="enrichment", kinds={"comfyui"}, owners=OWNERS, ins={"publication": dg.AssetIn(dagster_type=dg.Nothing)}
)
def client_cards(publication: None) -> dict[str, int]:
    """A card for each client whose shown fields changed."""
    made: dict[str, int] = conclude(plan(start=publication).map(dispatch).collect())
    return made
