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
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from assets.batches import BATCHES, retried
from assets.lineage import mapped_lineage
from assets.setwise import OWNERS, specs
from identity.mapping import Mapping
from quality_checks.shape import Shape, differences
from resources import catalog, erasures
from resources.catalog import Arrival
from resources.erasures import Withheld
from resources.frame_io import parts_metadata
from resources.parts import PartsWriter, ahead, parts_writer
from resources.readers import Part, Table
from resources.workspace import Workspace

SPLIT = {
    "accepted": "Rows that can be taken, standardised by the kind of each field.",
    "rejected": "Rows that cannot, with line, column, value and reason.",
    "superseded": "Rows whose id stands again, newer, in the same file.",
}
ACCEPTED = {
    "meets_contract": "Every accepted row meets the contract of its entity.",
    "rows_conserved": "received = accepted + rejected + superseded + held + erased",
}
SHAPE = {"shape_as_before": "Columns, how full they are and how many rows, beside earlier exports."}
MEND = "if the source's export changed, write a new version of its mapping: velocity mapping suggest FILE"


@dataclass
class _Seen:
    """What one reading of a table gave: counts, the frames that it wrote, the stamps of rows that can be taken."""

    written: dict[str, PartsWriter]
    received: int = 0
    skipped: int = 0
    erased: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    links: list[tuple[str, int, int]] = field(default_factory=list)
    stamps: list[pl.DataFrame] = field(default_factory=list)


@dataclass(frozen=True)
class _Taken:
    """A batch whose rows are split; `facts` are what its reader says of the file."""

    arrival: Arrival
    mapping: Mapping
    seen: _Seen
    shape: Shape
    facts: dict[str, Any]


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
    for taken in ahead(partial(_take, workspace), context.partition_keys):
        seen, batch = taken.seen, taken.arrival.batch
        _tell(context, taken)
        with retried():
            before = [Shape(*one) for one in catalog.shapes_before(workspace.database, taken.arrival)]
        broken.update(seen.broken)
        lost += seen.received - seen.erased - sum(parts.rows for parts in seen.written.values())
        found = differences(taken.shape, before)
        changed |= {batch: "; ".join(found)} if found else {}
    for name in ("rows", *SPLIT):
        yield dg.MaterializeResult(asset_key=name)
    yield _check("meets_contract", "accepted", passed=not broken, facts=broken)
    yield _check("rows_conserved", "accepted", passed=not lost, facts={"lost": lost})
    yield _check("shape_as_before", "rows", passed=not changed, facts={**changed, "mend": MEND} if changed else {})


def _check(name: str, asset: str, *, passed: bool, facts: dict[str, Any]) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.WARN if asset == "rows" else dg.AssetCheckSeverity.ERROR
    return dg.AssetCheckResult(check_name=name, asset_key=asset, passed=passed, metadata=facts, severity=severity)


def _take(workspace: Workspace, batch: str) -> _Taken:
    """Read a table, until it is known which of its rows are superseded; keep its frames and what is known of it."""
    with retried(), workspace.database.lock(erasures.LOCK, shared=True):
        arrival = catalog.get(workspace.database, batch).arrival
        mapping = Mapping.from_dict(catalog.rules(workspace.database, batch))
        withheld = erasures.withheld(workspace, batch)
        with erasures.open_kept(workspace, arrival.sha256, arrival.file, arrival.member) as table:
            seen = _split(workspace, table, arrival, mapping, withheld)
        counts = {"received": seen.received, "skipped": seen.skipped, "erased": seen.erased}
        catalog.count(workspace.database, batch, **counts, **{name: parts.rows for name, parts in seen.written.items()})
        catalog.mended(workspace.database, batch, seen.links)
        fill = {column: round(seen.filled[column] / max(seen.received, 1), 4) for column in table.header}
        catalog.shape(workspace.database, batch, fill)
    return _Taken(arrival, mapping, seen, Shape(seen.received, fill), table.facts)


def _split(workspace: Workspace, table: Table, arrival: Arrival, mapping: Mapping, withheld: Withheld) -> _Seen:
    from quality_checks.validation import NOBODY, superseded  # noqa: PLC0415 - it loads only where rows are read

    again = NOBODY
    while True:
        with ExitStack() as stack:
            seen = _Seen({name: stack.enter_context(parts_writer()) for name in (*SPLIT, "held")})
            _read(table, arrival, mapping, again, withheld, seen)
            found = superseded(pl.concat(seen.stamps))
            if not found.equals(again):
                again = found
                continue
            for name, parts in seen.written.items():
                workspace.frames.keep(name, arrival.batch, parts)
        return seen


def _tell(context: dg.AssetExecutionContext, taken: _Taken) -> None:
    """What people see of a batch in the UI."""
    seen, batch = taken.seen, taken.arrival.batch
    facts = {"rows": seen.received, "skipped_lines": seen.skipped, **taken.facts}
    context.add_asset_metadata(facts, asset_key="rows", partition_key=batch)
    context.add_asset_metadata(mapped_lineage(taken.mapping), asset_key="accepted", partition_key=batch)
    for name in SPLIT:
        parts = seen.written[name]
        reasons = dict(sorted(seen.reasons.items())) if name == "rejected" else {}
        context.add_asset_metadata({**parts_metadata(parts), **reasons}, asset_key=name, partition_key=batch)


def _read(table: Table, arrival: Arrival, mapping: Mapping, again: pl.Series, withheld: Withheld, seen: _Seen) -> None:
    """One reading, part by part; while one is written the next are split."""
    from quality_checks.contracts import violations  # noqa: PLC0415 - pandera takes two seconds to import
    from quality_checks.validation import Split, mended_rows, split_part  # noqa: PLC0415

    def judged(part: Part) -> tuple[Part, Split, dict[str, int]]:
        made = split_part(part.rows, mapping, arrival.received_at, again, withheld)
        return part, made, violations(made.accepted, mapping.entity)

    for part, made, broken in ahead(judged, table.parts()):
        for name, parts in seen.written.items():
            parts.write(getattr(made, name))
        seen.erased += made.erased
        seen.received, seen.skipped = seen.received + part.rows.height, seen.skipped + part.skipped
        seen.filled.update(part.rows.select((pl.col(table.header) != "").sum()).row(0, named=True))
        seen.reasons.update(dict(made.rejected.group_by("reason").len().iter_rows()))
        seen.broken.update(broken)
        seen.links += mended_rows(made.accepted)
        seen.stamps.append(made.stamps)
