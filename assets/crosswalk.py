"""The stable id of each record, and what became of every id ever issued.

Not here: the id rule (`identity.ids`).
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.setwise import Frame, columns_of, emit, ins, outs, results, specs
from identity import stages
from identity.fields import RESOLVED
from quality_checks import consistency
from resources.ledger import read_ledgers
from resources.workspace import Workspace

PLACE = ("key", "source", "source_id", "derived", "batch", "line")  # what the crosswalk says of a record
OUTS = {
    "crosswalk": "Each current record and its canonical id.",
    "canonical_id": "Ids that were minted or changed their state.",
    "record_home": "Records that were given a home id.",
    "record_worn": "Records that wear another id than before; null for those that are gone.",
    "id_event": "What happened to ids: mint, merge, split, retire, resurrect.",
    "deleted_record": "Records that their source deleted, and the id that each belonged to last.",
}


@dg.multi_asset(
    ins={
        **ins("cut", "deletions", "record_ages", *(f"{e}_clusters" for e in RESOLVED)),
        **columns_of(PLACE, *(f"{e}_records" for e in RESOLVED)),
    },
    outs=outs(OUTS, "polars"),
    check_specs=[
        *specs(consistency.CROSSWALK_CHECKS, "crosswalk"),
        *specs(consistency.DELETED_CHECKS, "deleted_record"),
    ],
    group_name="identity",
)
def crosswalk(
    lane: dg.ResourceParam[Workspace], **frames: pl.DataFrame
) -> Iterator[dg.Output[Frame] | dg.AssetCheckResult]:
    """Clusters wear the ids that their records wore before; new clusters are named after their oldest record."""
    follows = frames["cut"]["follows"][0]
    made = stages.name(frames, read_ledgers(lane.database), follows + 1)
    yield from emit(made, OUTS)
    yield from results(consistency.crosswalk({**frames, **made}))
