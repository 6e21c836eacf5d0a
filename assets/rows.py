"""Rows: the table in the evidence, all cells as text, each with its line.

Not here: reading of formats (`resources.readers`).
"""

import dagster as dg

from assets.batches import BATCHES
from assets.setwise import OWNERS
from resources import catalog
from resources.frame_io import BatchFrames
from resources.readers import read_table
from resources.workspace import Workspace


@dg.asset(
    deps=["evidence"],
    group_name="intake",
    kinds={"csv", "polars"},
    owners=OWNERS,
    partitions_def=BATCHES,
    io_manager_key="frames",
)
def rows(context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]) -> BatchFrames:
    """Every row as it was received; those that do not fit the header are marked, not dropped."""
    frames = {}
    for batch in context.partition_keys:
        arrival = catalog.get(workspace.database, batch).arrival
        table = read_table(workspace.storage.get("evidence", arrival.sha256), arrival.file)
        frames[batch] = table.rows
        facts = {"rows": table.rows.height, "skipped_lines": table.skipped, "encoding": table.encoding}
        context.add_asset_metadata({**facts, "delimiter": repr(table.delimiter)}, partition_key=batch)
    return frames
