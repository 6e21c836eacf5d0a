"""Making a version visible, in one transaction.

Not here: the writing itself (`resources.publishing`).
"""

from typing import Any

import dagster as dg
import polars as pl

from assets.canonical import OUTS as CANONICAL
from assets.client_360 import OUTS as CLIENT_360
from assets.crosswalk import OUTS as IDS
from assets.setwise import OWNERS, ins
from identity.errors import VelocityError
from identity.patches import Patch
from resources.compaction import compact
from resources.frame_io import lineage
from resources.publishing import Draft, Published, publish, published_frame
from resources.run_tags import ANEW, FOLLOWS
from resources.workspace import Workspace

LIVE_EDGES = ("contact_live_edges", "account_live_edges")
PATCHED = ("contact", "account", "contact_360", "account_360")


@dg.asset(
    ins={**ins("cut", *IDS, *CANONICAL, *CLIENT_360, *LIVE_EDGES), **ins(*PATCHED, by="patches")},
    group_name="publication",
    kinds={"postgres"},
    owners=OWNERS,
)
def publication(
    context: dg.AssetExecutionContext, lane: dg.ResourceParam[Workspace], **frames: Any
) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster knows the bare class only
    """The next version: readers see all of it or none. A run that is tagged so may only follow the version it names."""
    follows = context.run.tags.get(FOLLOWS)
    if follows is not None and follows != str(frames["cut"]["follows"][0]):
        raise VelocityError("effect_changed", f"version {follows} is no longer the newest", "make a dry run again")
    anew = ANEW.items() <= context.run.tags.items()
    if anew:  # what stands in Postgres may differ where nothing changed
        frames |= {name: _whole(lane, name, frames[name]) for name in PATCHED}
    published = publish(lane, Draft.of(frames), context.run.run_id, anew=anew)
    lane.frames.take_over(context.run.run_id, list(lineage(context.run, context.instance))[1:])
    lane.frames.forget_runs(keep=context.run.run_id)
    lane.frames.flatten(context.run.run_id)
    compact(lane)
    return dg.MaterializeResult(metadata=_metadata(published))


def _whole(workspace: Workspace, name: str, made: pl.DataFrame | Patch) -> pl.DataFrame:
    return made.onto(published_frame(workspace, name)) if isinstance(made, Patch) else made


def _metadata(published: Published) -> dict[str, dg.MetadataValue]:
    rows = [f"| {n} | {c.added} | {c.updated} | {c.removed} |" for n, c in published.changes.items()]
    table = "\n".join(["| table | added | updated | removed |", "| --- | --- | --- | --- |", *rows])
    return {"version": dg.MetadataValue.int(published.version), "changes": dg.MetadataValue.md(table)}
