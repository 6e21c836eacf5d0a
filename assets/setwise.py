"""What all set-wise stages have in common: frames in by name, frames out by name, one lane for the whole run.

Not here: any stage.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from assets.lineage import column_lineage
from identity.patches import Patch
from quality_checks.consistency import Finding
from resources.database import SCHEMA
from resources.frame_io import COLUMNS, Renewed
from resources.memory import Former
from resources.tables import PUBLISHED

Frame = pl.DataFrame | Renewed  # what a stage hands over
OWNERS = ["team:data-engineering"]
EVERY_BATCH = dg.AllPartitionMapping()


def outs(descriptions: Mapping[str, str], kind: str) -> dict[str, dg.AssetOut]:
    """Outputs of a stage by name, each with its description."""
    return {
        name: dg.AssetOut(description=text, kinds={kind}, owners=OWNERS, io_manager_key="frames")
        for name, text in descriptions.items()
    }


def ins(*names: str, by: str | None = None) -> dict[str, dg.AssetIn]:
    """Inputs of a stage by name, read by the manager that made them or by another one."""
    return {name: dg.AssetIn(name, input_manager_key=by) for name in names}


def columns_of(columns: Sequence[str], *names: str) -> dict[str, dg.AssetIn]:
    """Inputs of a stage that reads some of their columns alone: the others are not decoded."""
    return {name: dg.AssetIn(name, metadata={COLUMNS: list(columns)}) for name in names}


def emit(
    frames: Mapping[str, Frame],
    names: Iterable[str],
    facts: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[dg.Output[Frame]]:
    """The frames of these names, as outputs with their columns' lineage and, by name, what else people see of them."""
    for name in names:
        frame = frames[name]
        lineage = column_lineage(name, frame.patch.rows.columns if isinstance(frame, Renewed) else frame.columns)
        metadata: dict[str, Any] = {**lineage, **_table(name), **(facts or {}).get(name, {})}
        yield dg.Output(frame, output_name=name, metadata=metadata)


def renewed(
    made: Mapping[str, pl.DataFrame | Patch], before: Former | None, whole: Mapping[str, pl.DataFrame]
) -> dict[str, Frame]:
    """What a stage made: patches on the run that they build on, for frames as long as those of the whole."""
    run = before.run if before else ""
    return {n: Renewed(f, run, whole[n].height) if isinstance(f, Patch) else f for n, f in made.items()}


def _table(name: str) -> dict[str, str]:
    """The table that a published frame becomes."""
    return {"dagster/table_name": f"{SCHEMA}.{name}"} if name in PUBLISHED else {}


def specs(checks: Mapping[str, str], asset: str, *, blocking: bool = True) -> list[dg.AssetCheckSpec]:
    """Checks of an asset by name, each with what must hold."""
    return [dg.AssetCheckSpec(name, asset=asset, description=text, blocking=blocking) for name, text in checks.items()]


def results(findings: Iterable[Finding]) -> Iterator[dg.AssetCheckResult]:
    """Findings as check results; counts only, never values."""
    for found in findings:
        yield dg.AssetCheckResult(
            check_name=found.check,
            asset_key=found.asset,
            passed=found.ok,
            metadata=dict(found.facts),
        )
