"""Record versions: accepted rows under their source key.

Not here: which version is current (`assets.current_records`).
"""

import dagster as dg

from assets.batches import BATCHES, retried
from assets.setwise import OWNERS
from identity.mapping import Mapping
from identity.records import make_records
from resources import catalog
from resources.erasures import LOCK
from resources.frame_io import parts_metadata
from resources.parts import parts_writer
from resources.workspace import Workspace


@dg.asset(deps=["accepted"], group_name="intake", kinds={"polars"}, owners=OWNERS, partitions_def=BATCHES)
def records(context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]) -> None:
    """One version of a record for each accepted row."""
    for batch in context.partition_keys:
        with retried(), workspace.database.lock(LOCK, shared=True):
            _make(context, workspace, batch)


def _make(context: dg.AssetExecutionContext, workspace: Workspace, batch: str) -> None:
    mapping = Mapping.from_dict(catalog.rules(workspace.database, batch))
    received_at = catalog.get(workspace.database, batch).arrival.received_at
    with parts_writer() as parts:
        for accepted in workspace.frames.parts("accepted", batch):
            parts.write(make_records(accepted, mapping, batch, received_at))
        workspace.frames.keep("records", batch, parts)
    context.add_asset_metadata({**parts_metadata(parts), "entity": mapping.entity}, partition_key=batch)
