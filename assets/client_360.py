"""Client-360: what a salesperson sees of a contact or an account.

Not here: its sections (`identity.client360`).
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.lineage import scored_lineage
from assets.setwise import LANE, emit, ins, outs, results, specs
from identity import contracts, signals, stages
from identity.client360 import INPUTS
from quality_checks import client_360 as checks

CLIENTS = {"contact_360": "Client-360 of each contact.", "account_360": "Client-360 of each account."}
OUTS = {**CLIENTS, "source_expectation": "What is expected of each source."}


@dg.multi_asset(
    ins=ins(*INPUTS),
    outs=outs(OUTS, "polars"),
    check_specs=[spec for asset in CLIENTS for spec in specs(checks.CHECKS, asset)],
    group_name="client_360",
    required_resource_keys=LANE,
)
def client_360(**frames: pl.DataFrame) -> Iterator[dg.Output[pl.DataFrame] | dg.AssetCheckResult]:
    """Profile, relations, pipeline, engagement and timeline, and how complete each is."""
    made = stages.client_360(frames)
    rules = signals.parse(contracts.in_force(frames["contracts"], contracts.QUALIFICATION))
    yield from emit(made, OUTS, scored_lineage(rules))
    yield from results(checks.client_360({**frames, **made}))
