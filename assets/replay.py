"""The nightly question: is what is published still what the evidence and the log say?

Not here: how it is rebuilt (`assets.rebuild`).
"""

import dagster as dg

from assets.setwise import OWNERS
from resources.workspace import Workspace

CHECK = "equals_published"


@dg.asset(
    deps=["publication"],
    check_specs=[dg.AssetCheckSpec(CHECK, asset="replay", description="Every published table follows from the log.")],
    group_name="replay",
    kinds={"postgres", "parquet"},
    owners=OWNERS,
)
def replay(context: dg.AssetExecutionContext, lane: dg.ResourceParam[Workspace]) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster knows the bare class only
    """Rebuild from evidence aside and compare with what is published, table by table."""
    from assets.rebuild import rebuild  # noqa: PLC0415 - its readers and checks load only when it runs

    outcome = rebuild(lane, context.log.info)
    rows = [f"| {d.table} | {d.only_published} | {d.only_rebuilt} | {d.cause} |" for d in outcome.differences]
    head = ["| table | only published | only rebuilt | likely cause |", "| --- | --- | --- | --- |"]
    facts = {
        "version": dg.MetadataValue.int(outcome.version or 0),
        "tables_that_differ": dg.MetadataValue.text(", ".join(d.table for d in outcome.differences) or "none"),
        "differences": dg.MetadataValue.md("\n".join([*head, *rows])),
    }
    check = dg.AssetCheckResult(check_name=CHECK, passed=outcome.equal, metadata=facts)
    return dg.MaterializeResult(metadata=facts, check_results=[check])
