"""Accepted and rejected rows of each batch.

Not here: the rules (`quality_checks.validation`) and the contract (`quality_checks.contracts`).
"""

from collections.abc import Iterator

import dagster as dg

from assets.batches import BATCHES
from assets.lineage import mapped_lineage
from assets.setwise import outs, specs
from identity.mapping import Mapping
from resources import catalog
from resources.frame_io import BatchFrames
from resources.workspace import Workspace

OUTS = {
    "accepted": "Rows that can be taken, standardised by the kind of each field.",
    "rejected": "Rows that cannot, with line, column, value and reason.",
    "superseded": "Rows whose id stands again, newer, in the same file.",
}
CONTRACT = {"meets_contract": "Every accepted row meets the contract of its entity."}
CONSERVED = {"rows_conserved": "received = accepted + rejected + superseded + held"}


@dg.multi_asset(
    ins={"rows": dg.AssetIn("rows")},
    outs=outs(OUTS, "pandera"),
    check_specs=[*specs(CONTRACT, "accepted"), *specs(CONSERVED, "accepted")],
    group_name="intake",
    partitions_def=BATCHES,
)
def validated(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace], rows: BatchFrames
) -> Iterator[dg.Output[BatchFrames] | dg.AssetCheckResult]:
    """Split the rows of each batch; none is dropped."""
    from quality_checks.contracts import violations  # noqa: PLC0415 - pandera takes two seconds to import
    from quality_checks.validation import counts_of, split  # noqa: PLC0415

    made: dict[str, BatchFrames] = {name: {} for name in OUTS}
    broken: dict[str, int] = {}
    lost = 0
    for batch, frame in rows.items():
        mapping = Mapping.from_dict(catalog.rules(workspace.database, batch))
        parts = split(frame, mapping, catalog.get(workspace.database, batch).arrival.received_at)
        made["accepted"][batch], made["rejected"][batch] = parts.accepted, parts.rejected
        made["superseded"][batch] = parts.superseded
        counts = counts_of(frame.height, parts)
        catalog.count(workspace.database, batch, counts)
        broken |= violations(parts.accepted, mapping.entity)
        lost += counts.received - counts.accepted - counts.rejected - counts.superseded - counts.held
        reasons = dict(parts.rejected.group_by("reason").len().sort("reason").iter_rows())
        context.add_asset_metadata(mapped_lineage(mapping), asset_key="accepted", partition_key=batch)
        for name in OUTS:
            facts = {"rows": made[name][batch].height, **(reasons if name == "rejected" else {})}
            context.add_asset_metadata(facts, asset_key=name, partition_key=batch)
    for name in OUTS:
        yield dg.Output(made[name], output_name=name)
    yield dg.AssetCheckResult(check_name="meets_contract", asset_key="accepted", passed=not broken, metadata=broken)
    yield dg.AssetCheckResult(
        check_name="rows_conserved", asset_key="accepted", passed=not lost, metadata={"lost": lost}
    )
