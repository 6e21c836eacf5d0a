"""Live edges: scored pairs of current records.

Not here: the model (`identity.epoch`), and what joins (`assets.clusters`).
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.setwise import Frame, emit, ins, outs
from identity import stages
from identity.fields import RESOLVED, Entity
from resources.memory import recall
from resources.workspace import Workspace

OUTS = {
    name: text
    for entity in RESOLVED
    for name, text in {
        f"{entity}_features": f"What may be compared of each current {entity} record.",
        f"{entity}_edges": f"Pairs of {entity} records that a block proposes, in thousandths of a bit.",
    }.items()
}


@dg.multi_asset(
    ins=ins("cut", "judged", "epochs", *(f"{entity}_records" for entity in RESOLVED)),
    outs=outs(OUTS, "splink"),
    group_name="identity",
)
def edges(
    context: dg.AssetExecutionContext, lane: dg.ResourceParam[Workspace], **frames: pl.DataFrame
) -> Iterator[dg.Output[Frame]]:
    """Pairs that a block proposes, by the pinned epoch of their entity; only those that something touched."""

    def tell(entity: Entity, compared: int) -> None:
        context.add_asset_metadata({"pairs_compared": compared}, asset_key=f"{entity}_edges")

    yield from emit(stages.score(frames, recall(lane), tell), OUTS)
