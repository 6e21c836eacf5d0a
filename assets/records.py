"""Record versions: accepted rows under their source key.

Not here: which version is current (`assets.current_records`).
"""

import dagster as dg

from assets.batches import BATCHES
from assets.setwise import OWNERS
from identity.mapping import Mapping
from identity.records import make_records
from resources import catalog
from resources.frame_io import BatchFrames
from resources.workspace import Workspace


@dg.asset(
    group_name="intake",
    kinds={"polars"},
    owners=OWNERS,
    partitions_def=BATCHES,
    io_manager_key="frames",
)
def records(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace], accepted: BatchFrames
) -> BatchFrames:
    """One version of a record for each accepted row."""
    made = {}
    for batch, frame in accepted.items():
        mapping = Mapping.from_dict(catalog.rules(workspace.database, batch))
        received_at = catalog.get(workspace.database, batch).arrival.received_at
        made[batch] = make_records(frame, mapping, batch, received_at)
        context.add_asset_metadata({"rows": made[batch].height, "entity": mapping.entity}, partition_key=batch)
    return made
