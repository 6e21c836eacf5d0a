"""Evidence: the bytes of each batch, as they came.

Not here: taking files in (`velocity_pipelines.landing`); a batch is entered and its bytes kept before any run.
"""

import dagster as dg

from assets.batches import BATCHES, retried
from assets.setwise import OWNERS
from resources import catalog, erasures
from resources.workspace import Workspace


@dg.asset(group_name="intake", kinds={"file"}, owners=OWNERS, partitions_def=BATCHES)
def evidence(context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]) -> None:
    """The file's bytes, kept under their SHA-256 and hashed again here."""
    for batch in context.partition_keys:
        with retried():
            arrival = catalog.get(workspace.database, batch).arrival
            with workspace.storage.local("evidence", erasures.read(workspace).evidence(arrival.sha256)) as path:
                size = path.stat().st_size
        facts = {"sha256": arrival.sha256, "bytes": size, "source": arrival.source, "entity": arrival.entity}
        context.add_asset_metadata({**facts, "received_at": arrival.received_at.isoformat()}, partition_key=batch)
