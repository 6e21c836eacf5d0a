"""Scored pairs of current records.

Not here: the model (`identity.epoch`), and what joins (`assets.clusters`).
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.setwise import LANE, emit, ins, outs
from identity import stages

OUTS = {
    "contact_edges": "Pairs of contact records, in thousandths of a bit.",
    "account_edges": "Pairs of account records, in thousandths of a bit.",
}


@dg.multi_asset(
    ins=ins("contact_records", "account_records"),
    outs=outs(OUTS, "splink"),
    group_name="identity",
    required_resource_keys=LANE,
)
def edges(**frames: pl.DataFrame) -> Iterator[dg.Output[pl.DataFrame]]:
    """Pairs that a block proposes, scored by the pinned epoch of their entity."""
    yield from emit(stages.score(frames), OUTS)
