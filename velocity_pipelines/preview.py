"""What an import would do, exactly, without doing it.

Not here: another way through the stages: these are the ones that runs use, on frames in memory.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import polars as pl

from identity import stages
from identity.stages import Given
from quality_checks.validation import Interpreted, interpret
from resources.catalog import Counts, make_cut
from resources.erasures import withheld_before
from resources.ledger import read_ledgers
from resources.memory import recall
from resources.publishing import Draft, Foreseen, foresee
from resources.readers import open_table
from resources.versions import given
from resources.workspace import Workspace
from velocity_pipelines.landing import Offered


@dataclass(frozen=True, slots=True)
class Preview:
    """Counts of each file's rows by batch, and what publishing would change."""

    counts: dict[str, Counts]
    foreseen: Foreseen


def preview(workspace: Workspace, offered: list[Offered]) -> Preview:
    """Evaluate what is published with these files, each a batch of its own, in it; nothing is written anywhere."""
    known, counts = given(workspace, without=[one.arrival.batch for one in offered if one.former]), {}
    for one in offered:
        with open_table(one.path, one.arrival.file, one.arrival.member) as table:
            withheld = withheld_before(workspace, one.arrival.sha256, one.arrival.member)
            stamp = one.arrival.received_at
            made = interpret(table.parts(), one.mapping, one.arrival.batch, stamp, withheld)
        counts[one.arrival.batch] = made.counts
        known = _with(known, one, made)
    return Preview(counts, _foreseen(workspace, known))


def preview_without(workspace: Workspace, batch: str) -> Foreseen:
    """What taking a batch out would do; nothing is written anywhere."""
    return _foreseen(workspace, given(workspace, without=[batch]))


def _foreseen(workspace: Workspace, known: Given) -> Foreseen:
    version = known.cut["follows"][0] + 1
    frames = stages.resolve(known, read_ledgers(workspace.database), version, recall(workspace))
    return foresee(workspace, Draft.of(frames))


def _with(known: Given, one: Offered, made: Interpreted) -> Given:
    """The same, and one more batch."""
    entity, sighted = one.mapping.entity, [made.sighted] if one.arrival.snapshot else []
    upto, follows = known.cut.select("upto", "follows").row(0)
    return Given(
        {**known.records, entity: pl.concat([known.records[entity], made.records])},
        {**known.sighted, entity: pl.concat([known.sighted[entity], *sighted])},
        pl.concat([known.cut, make_cut([{**asdict(one.arrival), "seq": upto}], upto, follows)]),
        known.judged,
        known.overrides,
        known.epochs,
        known.contracts,
    )
