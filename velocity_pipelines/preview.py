"""What an import would do, exactly, without doing it.

Not here: another way through the stages: these are the ones that runs use, on frames in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from identity import stages
from quality_checks.validation import interpret
from resources.catalog import Counts
from resources.ledger import read_ledgers
from resources.publishing import Draft, Foreseen, foresee
from resources.versions import record_versions
from resources.workspace import Workspace
from velocity_pipelines.landing import Offered


@dataclass(frozen=True, slots=True)
class Preview:
    """Counts of each file's rows by batch, and what publishing would change."""

    counts: dict[str, Counts]
    foreseen: Foreseen


def preview(workspace: Workspace, offered: list[Offered]) -> Preview:
    """Evaluate what is published with these files, each a batch of its own, in it; nothing is written anywhere."""
    cut, every = record_versions(workspace)
    counts = {}
    for one in offered:
        arrival = one.arrival
        made = interpret(one.data, arrival.file, one.mapping, arrival.batch, arrival.received_at)
        counts[arrival.batch] = made.counts
        every[one.mapping.entity] = pl.concat([every[one.mapping.entity], made.records])
    frames = stages.resolve(every, read_ledgers(workspace.database), cut["follows"][0] + 1)
    return Preview(counts, foresee(workspace, Draft.of({**frames, "cut": cut})))
