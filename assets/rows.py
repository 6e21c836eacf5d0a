"""Rows: the table in the evidence, each row with its line and its bytes. They are read where they stand, not copied.

Not here: reading of formats (`resources.readers`).
"""

from collections import Counter
from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.batches import BATCHES, retried
from assets.setwise import OWNERS
from quality_checks.shape import Shape, differences
from resources import catalog
from resources.readers import open_evidence
from resources.workspace import Workspace

SHAPE = dg.AssetCheckSpec(
    "shape_as_before", asset="rows", blocking=False,
    description="Columns, how full they are and how many rows, beside earlier exports of the source.",
)  # fmt: skip
MEND = "if the source's export changed, write a new version of its mapping: velocity mapping suggest FILE"


@dg.asset(
    deps=["evidence"],
    group_name="intake",
    kinds={"polars"},
    owners=OWNERS,
    partitions_def=BATCHES,
    check_specs=[SHAPE],
)
def rows(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Every row as it was received; those that do not fit the header are marked, not dropped."""
    changed: dict[str, list[str]] = {}
    for batch in context.partition_keys:
        with retried():
            shape = _count(context, workspace, batch)
            arrival = catalog.get(workspace.database, batch).arrival
            before = [Shape(*one) for one in catalog.shapes_before(workspace.database, arrival)]
            found = differences(shape, before)
            changed |= {batch: found} if found else {}
    said = {batch: "; ".join(found) for batch, found in changed.items()}
    yield dg.MaterializeResult()
    yield dg.AssetCheckResult(
        check_name=SHAPE.name,
        asset_key="rows",
        passed=not changed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={**said, **({"mend": MEND} if changed else {})},
    )


def _count(context: dg.AssetExecutionContext, workspace: Workspace, batch: str) -> Shape:
    """Read a batch's table once: its counts go to the catalog, what a person may want to know to the event."""
    arrival = catalog.get(workspace.database, batch).arrival
    filled: Counter[str] = Counter()
    received = skipped = 0
    with open_evidence(workspace.storage, arrival.sha256, arrival.file, arrival.member) as table:
        for part in table.parts():
            received, skipped = received + part.rows.height, skipped + part.skipped
            filled.update(part.rows.select((pl.col(table.header) != "").sum()).row(0, named=True))
    fill = {column: round(filled[column] / max(received, 1), 4) for column in table.header}
    catalog.count(workspace.database, batch, received=received, skipped=skipped)
    catalog.shape(workspace.database, batch, fill)
    context.add_asset_metadata({"rows": received, "skipped_lines": skipped, **table.facts}, partition_key=batch)
    return Shape(received, fill)
