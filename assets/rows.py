"""Rows: the table in the evidence, all cells as text, each with its line and its bytes.

Not here: reading of formats (`resources.readers`).
"""

import dagster as dg

from assets.batches import BATCHES
from assets.setwise import OWNERS
from resources import catalog
from resources.frame_io import parts_metadata
from resources.readers import open_table
from resources.workspace import Workspace


@dg.asset(deps=["evidence"], group_name="intake", kinds={"csv", "polars"}, owners=OWNERS, partitions_def=BATCHES)
def rows(context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]) -> None:
    """Every row as it was received; those that do not fit the header are marked, not dropped."""
    for batch in context.partition_keys:
        arrival = catalog.get(workspace.database, batch).arrival
        skipped = 0
        with (
            workspace.storage.local("evidence", arrival.sha256) as path,
            open_table(path, arrival.file, arrival.member) as table,
            workspace.frames.write_parts("rows", batch) as parts,
        ):
            for part in table.parts():
                parts.write(part.rows)
                skipped += part.skipped
        catalog.count(workspace.database, batch, received=parts.rows, skipped=skipped)
        facts = {**parts_metadata(parts), "skipped_lines": skipped, **table.facts}
        context.add_asset_metadata(facts, partition_key=batch)
