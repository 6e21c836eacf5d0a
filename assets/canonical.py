"""Golden rows, their relations, and what hangs on them.

Not here: which value survives (`identity.survivorship`), and making it visible (`assets.publication`).
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.lineage import golden_lineage
from assets.setwise import Frame, emit, ins, outs, renewed, results, specs
from identity import stages, survivorship_rules
from identity.fields import ENTITIES
from quality_checks import canonical as checks
from resources.memory import GOLDEN, recall_former
from resources.workspace import Workspace

OUTS = {
    "contact": "Golden contacts.",
    "account": "Golden accounts.",
    "contact_account": "Which contact belongs, or belonged, to which account.",
    "account_hierarchy": "Parent and ultimate parent of each account, without circles.",
    "opportunity": "Deals by source, bound to contacts and accounts.",
    "activity": "Touches by source, bound to contacts and accounts.",
    "owner": "Who looks after how many contacts, accounts, deals and touches.",
}
CLAIMS = ("contact_claims", "account_claims")


@dg.multi_asset(
    ins=ins("contracts", "cut", "overrides", "crosswalk", *CLAIMS, *(f"{entity}_records" for entity in ENTITIES)),
    outs=outs(OUTS, "polars"),
    check_specs=[spec for asset, texts in checks.CHECKS.items() for spec in specs(texts, asset)],
    group_name="canonical",
)
def canonical(
    context: dg.AssetExecutionContext, lane: dg.ResourceParam[Workspace], **frames: pl.DataFrame
) -> Iterator[dg.Output[Frame] | dg.AssetCheckResult]:
    """One row an entity, each value by the rule of its field; those of entities that nothing touched are as before."""
    before = recall_former(lane, frames["cut"], GOLDEN, context.run.tags)
    known = before.frames if before else None
    made = stages.canonical(frames, known)
    whole = stages.applied(made, known)
    lineage = golden_lineage(survivorship_rules.of(frames["contracts"]))
    yield from emit(renewed(made, before, whole), OUTS, lineage)
    yield from results(checks.canonical({**frames, **whole}))
