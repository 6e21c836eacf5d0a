"""Making a version visible, in one transaction.

Not here: the writing itself (`resources.publishing`).
"""

from typing import Any

import dagster as dg

from assets.canonical import OUTS as CANONICAL
from assets.client_360 import LIVE_EDGES
from assets.client_360 import OUTS as CLIENT_360
from assets.crosswalk import OUTS as IDS
from assets.setwise import OWNERS, columns_of, ins
from identity.errors import VelocityError
from identity.frames import ANSWERED
from resources.compaction import compact
from resources.frame_io import lineage
from resources.publishing import Draft, Published, publish
from resources.run_tags import FOLLOWS, is_anew
from resources.workspace import Workspace

PATCHED = ("contact", "account", "contact_360", "account_360")


@dg.asset(
    ins={
        **ins("cut", *IDS, *CANONICAL, *CLIENT_360),
        **ins(*PATCHED, by="patches"),
        **columns_of(ANSWERED, *LIVE_EDGES),
    },
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
    run, *before = lineage(context.run, context.instance)
    published = publish(lane, Draft.of(frames), run, anew=is_anew(context.run.tags), before=before)
    lane.frames.forget_runs(keep=run)
    lane.frames.flatten(run)
    compact(lane)
    return dg.MaterializeResult(metadata=_metadata(published))


def _metadata(published: Published) -> dict[str, dg.MetadataValue]:
    rows = [f"| {n} | {c.added} | {c.updated} | {c.removed} |" for n, c in published.changes.items()]
    table = "\n".join(["| table | added | updated | removed |", "| --- | --- | --- | --- |", *rows])
    return {"version": dg.MetadataValue.int(published.version), "changes": dg.MetadataValue.md(table)}
