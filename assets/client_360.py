"""Client-360: what a salesperson sees of a contact or an account.

Not here: its sections (`identity.client360`).
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.lineage import scored_lineage
from assets.setwise import Frame, columns_of, emit, ins, outs, renewed, results, specs
from identity import contracts, signals, stages
from identity.client360 import INPUTS
from identity.frames import ANSWERED
from identity.patches import Patch
from quality_checks import client_360 as checks
from resources import memory
from resources.workspace import Workspace

LIVE_EDGES = ("contact_live_edges", "account_live_edges")
CLIENTS = {"contact_360": "Client-360 of each contact.", "account_360": "Client-360 of each account."}
OUTS = {**CLIENTS, "source_expectation": "What is expected of each source."}


@dg.multi_asset(
    ins={**ins("overrides", *(name for name in INPUTS if name not in LIVE_EDGES)), **columns_of(ANSWERED, *LIVE_EDGES)},
    outs=outs(OUTS, "polars"),
    check_specs=[spec for asset in CLIENTS for spec in specs(checks.CHECKS, asset)],
    group_name="client_360",
)
def client_360(
    context: dg.AssetExecutionContext, lane: dg.ResourceParam[Workspace], **frames: pl.DataFrame
) -> Iterator[dg.Output[Frame] | dg.AssetCheckResult]:
    """Profile, relations, pipeline, engagement and timeline, and how complete each is; of whom nothing bears on that
    changed, as before.
    """
    before = memory.recall_former(lane, frames["cut"], memory.CLIENTS, context.run.tags)
    known = before.frames if before else None
    made = stages.client_360(frames, known)
    whole = stages.applied(made, known)
    rules = signals.parse(contracts.in_force(frames["contracts"], contracts.QUALIFICATION))
    yield from emit(renewed(made, before, whole), OUTS, scored_lineage(rules))
    written = {name: f.rows if isinstance(f, Patch) else f for name, f in made.items()}
    yield from results(checks.client_360({**frames, **whole}, written))
