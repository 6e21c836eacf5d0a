"""Live edges: scored pairs of current records.

Not here: the model (`identity.epoch`), and what joins (`assets.clusters`).
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.setwise import emit, ins, outs
from identity import stages
from identity.fields import RESOLVED
from resources.memory import recall
from resources.workspace import Workspace

OUTS = {
    name: text
    for entity in RESOLVED
    for name, text in {
        f"{entity}_features": f"What is compared of each current {entity} record, less values that too many share.",
        f"{entity}_edges": f"Pairs of {entity} records that a block proposes, in thousandths of a bit.",
        f"{entity}_scored": f"The memory of all {entity} pairs ever scored by this epoch.",
    }.items()
}


@dg.multi_asset(
    ins=ins("cut", "judged", *(f"{entity}_records" for entity in RESOLVED)),
    outs=outs(OUTS, "splink"),
    group_name="identity",
)
def edges(
    context: dg.AssetExecutionContext, lane: dg.ResourceParam[Workspace], **frames: pl.DataFrame
) -> Iterator[dg.Output[pl.DataFrame]]:
    """Pairs that a block proposes, by the pinned epoch of their entity; only those not remembered are scored."""
    before = recall(lane)
    made = stages.score(frames, before)
    for entity in RESOLVED:
        known = before[entity].scored.height if entity in before else 0
        new = made[f"{entity}_scored"].height - known
        context.add_asset_metadata({"pairs_scored_now": max(new, 0)}, asset_key=f"{entity}_scored")
    yield from emit(made, OUTS)
