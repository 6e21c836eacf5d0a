"""Accepted, rejected and superseded rows of each batch.

Not here: the rules (`quality_checks.validation`) and the contract (`quality_checks.contracts`).
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from assets.batches import BATCHES, retried
from assets.lineage import mapped_lineage
from assets.setwise import OWNERS, specs
from identity.mapping import Mapping
from resources import catalog
from resources.frame_io import parts_metadata
from resources.readers import open_evidence
from resources.workspace import Workspace

OUTS = {
    "accepted": "Rows that can be taken, standardised by the kind of each field.",
    "rejected": "Rows that cannot, with line, column, value and reason.",
    "superseded": "Rows whose id stands again, newer, in the same file.",
}
CONTRACT = {"meets_contract": "Every accepted row meets the contract of its entity."}
CONSERVED = {"rows_conserved": "received = accepted + rejected + superseded + held"}


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            name,
            deps=["rows"],
            description=text,
            kinds={"pandera"},
            owners=OWNERS,
            group_name="intake",
            partitions_def=BATCHES,
        )
        for name, text in OUTS.items()
    ],
    check_specs=[*specs(CONTRACT, "accepted"), *specs(CONSERVED, "accepted")],
)
def validated(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Split the rows of each batch; none is dropped."""
    broken: Counter[str] = Counter()
    lost = 0
    for batch in context.partition_keys:
        mapping = Mapping.from_dict(catalog.rules(workspace.database, batch))
        context.add_asset_metadata(mapped_lineage(mapping), asset_key="accepted", partition_key=batch)
        with retried():
            counts = {**_split(context, workspace, batch, mapping, broken), "held": 0}
        catalog.count(workspace.database, batch, **counts)
        lost += catalog.received(workspace.database, batch) - sum(counts.values())
    for name in OUTS:
        yield dg.MaterializeResult(asset_key=name)
    yield dg.AssetCheckResult(check_name="meets_contract", asset_key="accepted", passed=not broken, metadata=broken)
    yield dg.AssetCheckResult(
        check_name="rows_conserved", asset_key="accepted", passed=not lost, metadata={"lost": lost}
    )


def _split(
    context: dg.AssetExecutionContext, workspace: Workspace, batch: str, mapping: Mapping, broken: Counter[str]
) -> dict[str, int]:
    """Write the three frames of a batch; the number of rows in each."""
    from quality_checks.contracts import violations  # noqa: PLC0415 - pandera takes two seconds to import
    from quality_checks.splitting import split_parts  # noqa: PLC0415
    from quality_checks.validation import mended_rows  # noqa: PLC0415

    arrival = catalog.get(workspace.database, batch).arrival
    reasons: Counter[str] = Counter()
    links: list[tuple[str, int, int]] = []
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="velocity-"))
        table = stack.enter_context(open_evidence(workspace.storage, arrival.sha256, arrival.file, arrival.member))
        written = {name: stack.enter_context(workspace.frames.write_parts(name, batch)) for name in OUTS}
        rows = (part.rows for part in table.parts())
        for made in split_parts(rows, mapping, arrival.received_at, Path(folder)):
            for name in OUTS:
                written[name].write(getattr(made, name))
            reasons.update(dict(made.rejected.group_by("reason").len().iter_rows()))
            broken.update(violations(made.accepted, mapping.entity))
            links += mended_rows(made.accepted)
    catalog.mended(workspace.database, batch, links)
    for name, parts in written.items():
        facts = {**parts_metadata(parts), **(dict(sorted(reasons.items())) if name == "rejected" else {})}
        context.add_asset_metadata(facts, asset_key=name, partition_key=batch)
    return {name: parts.rows for name, parts in written.items()}
