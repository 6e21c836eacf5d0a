"""Rows of each batch: read where the evidence stands, split into accepted, rejected and superseded, none dropped.

Rows are not copied: each knows its line and bytes in the evidence. All four are made in one reading of the file, part
by part; only where an id stands twice is it read again, once it is known which rows are superseded.

Not here: reading of formats (`resources.readers`), the rules (`quality_checks.validation`), the contract of accepted
rows (`quality_checks.contracts`), and what is usual of an export (`quality_checks.shape`).
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import polars as pl

from assets.batches import BATCHES, retried
from assets.lineage import mapped_lineage
from assets.setwise import OWNERS, specs
from identity.mapping import Mapping
from quality_checks.shape import Shape, differences
from resources import catalog
from resources.catalog import Arrival
from resources.frame_io import parts_metadata
from resources.parts import PartsWriter, parts_writer
from resources.readers import Table, open_evidence
from resources.workspace import Workspace

SPLIT = {
    "accepted": "Rows that can be taken, standardised by the kind of each field.",
    "rejected": "Rows that cannot, with line, column, value and reason.",
    "superseded": "Rows whose id stands again, newer, in the same file.",
}
ACCEPTED = {
    "meets_contract": "Every accepted row meets the contract of its entity.",
    "rows_conserved": "received = accepted + rejected + superseded + held",
}
SHAPE = {"shape_as_before": "Columns, how full they are and how many rows, beside earlier exports."}
MEND = "if the source's export changed, write a new version of its mapping: velocity mapping suggest FILE"


@dataclass
class _Seen:
    """What one reading of a table gave: counts, the frames that it wrote, the stamps of rows that can be taken."""

    written: dict[str, PartsWriter]
    received: int = 0
    skipped: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    links: list[tuple[str, int, int]] = field(default_factory=list)
    stamps: list[pl.DataFrame] = field(default_factory=list)


def _spec(name: str, deps: list[str], text: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        name, deps=deps, description=text, kinds={"polars"}, owners=OWNERS, group_name="intake", partitions_def=BATCHES
    )


@dg.multi_asset(
    specs=[
        _spec("rows", ["evidence"], "Every row as it was received; those that do not fit the header are marked."),
        *(_spec(name, ["rows"], text) for name, text in SPLIT.items()),
    ],
    check_specs=[*specs(ACCEPTED, "accepted"), *specs(SHAPE, "rows", blocking=False)],
)
def rows(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Read each batch and split its rows."""
    changed: dict[str, str] = {}
    broken: Counter[str] = Counter()
    lost = 0
    for batch in context.partition_keys:
        with retried():
            arrival = catalog.get(workspace.database, batch).arrival
            mapping = Mapping.from_dict(catalog.rules(workspace.database, batch))
            with open_evidence(workspace.storage, arrival.sha256, arrival.file, arrival.member) as table:
                seen, shape = _taken(context, workspace, table, arrival, mapping)
            before = [Shape(*one) for one in catalog.shapes_before(workspace.database, arrival)]
        broken.update(seen.broken)
        lost += seen.received - sum(parts.rows for parts in seen.written.values())
        found = differences(shape, before)
        changed |= {batch: "; ".join(found)} if found else {}
    for name in ("rows", *SPLIT):
        yield dg.MaterializeResult(asset_key=name)
    yield _check("meets_contract", "accepted", passed=not broken, facts=broken)
    yield _check("rows_conserved", "accepted", passed=not lost, facts={"lost": lost})
    yield _check("shape_as_before", "rows", passed=not changed, facts={**changed, "mend": MEND} if changed else {})


def _check(name: str, asset: str, *, passed: bool, facts: dict[str, Any]) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.WARN if asset == "rows" else dg.AssetCheckSeverity.ERROR
    return dg.AssetCheckResult(check_name=name, asset_key=asset, passed=passed, metadata=facts, severity=severity)


def _taken(
    context: dg.AssetExecutionContext, workspace: Workspace, table: Table, arrival: Arrival, mapping: Mapping
) -> tuple[_Seen, Shape]:
    """Read a table, until it is known which of its rows are superseded; keep its frames and what is known of it."""
    from quality_checks.validation import NOBODY, superseded  # noqa: PLC0415 - it loads only where rows are read

    again, batch = NOBODY, arrival.batch
    while True:
        with ExitStack() as stack:
            seen = _Seen({name: stack.enter_context(parts_writer()) for name in SPLIT})
            _read(table, arrival, mapping, again, seen)
            found = superseded(pl.concat(seen.stamps))
            if not found.equals(again):
                again = found
                continue
            for name, parts in seen.written.items():
                workspace.frames.keep(name, batch, parts)
        break
    counts = {"received": seen.received, "skipped": seen.skipped, "held": 0}
    catalog.count(workspace.database, batch, **counts, **{name: parts.rows for name, parts in seen.written.items()})
    catalog.mended(workspace.database, batch, seen.links)
    fill = {column: round(seen.filled[column] / max(seen.received, 1), 4) for column in table.header}
    catalog.shape(workspace.database, batch, fill)
    context.add_asset_metadata(
        {"rows": seen.received, "skipped_lines": seen.skipped, **table.facts}, asset_key="rows", partition_key=batch
    )
    context.add_asset_metadata(mapped_lineage(mapping), asset_key="accepted", partition_key=batch)
    for name, parts in seen.written.items():
        reasons = dict(sorted(seen.reasons.items())) if name == "rejected" else {}
        context.add_asset_metadata({**parts_metadata(parts), **reasons}, asset_key=name, partition_key=batch)
    return seen, Shape(seen.received, fill)


def _read(table: Table, arrival: Arrival, mapping: Mapping, again: pl.Series, seen: _Seen) -> None:
    """One reading, part by part."""
    from quality_checks.contracts import violations  # noqa: PLC0415 - pandera takes two seconds to import
    from quality_checks.validation import mended_rows, split_part  # noqa: PLC0415

    for part in table.parts():
        made = split_part(part.rows, mapping, arrival.received_at, again)
        for name, parts in seen.written.items():
            parts.write(getattr(made, name))
        seen.received, seen.skipped = seen.received + part.rows.height, seen.skipped + part.skipped
        seen.filled.update(part.rows.select((pl.col(table.header) != "").sum()).row(0, named=True))
        seen.reasons.update(dict(made.rejected.group_by("reason").len().iter_rows()))
        seen.broken.update(violations(made.accepted, mapping.entity))
        seen.links += mended_rows(made.accepted)
        seen.stamps.append(made.stamps)
