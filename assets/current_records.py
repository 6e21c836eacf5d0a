"""The current records of the whole set, and the cut of the log that they belong to.

Not here: reading and mapping of rows (the batch-wise stages), and any matching.
"""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from assets.batches import batches_of
from assets.setwise import EVERY_BATCH, Frame, emit, outs
from identity import stages
from identity.fields import ENTITIES
from resources.versions import given
from resources.workspace import Workspace

OUTS = {
    "cut": "The batches that this evaluation shows, and the version that it follows.",
    **{f"{entity}_records": f"The current version of each {entity} record." for entity in ENTITIES},
    "contact_claims": "What contact records say of their accounts, over all versions.",
    "account_claims": "What account records say of their parents, over all versions.",
    "deletions": "Keys that their source deleted, and what says so.",
    "record_ages": "When each record key was first seen.",
    "judged": "What people said of pairs of records, in decisions that are not retracted.",
    "overrides": "Golden values that people set, in decisions that are not retracted.",
    "epochs": "The trained epochs in force.",
    "contracts": "The rules that were put in force.",
}


class Adding(dg.Config):
    """Which batches become visible."""

    adding: list[str] = Field(default=[], description="Batches besides the run's own, taken in by runs before it.")


@dg.multi_asset(
    outs=outs(OUTS, "polars"),
    deps=[dg.AssetDep("records", partition_mapping=EVERY_BATCH)],
    group_name="records",
)
def current_records(
    context: dg.AssetExecutionContext, config: Adding, lane: dg.ResourceParam[Workspace]
) -> Iterator[dg.Output[Frame]]:
    """One version of each key: the newest by its own stamps, whatever the order of arrival."""
    yield from emit(stages.current(given(lane, [*batches_of(context), *config.adding])), OUTS)
