"""Whether an export still has the shape that its source's exports had: columns, how full they are, how many rows.

A changed export is taken in all the same, as its mapping says; the check fails so that somebody looks at the mapping.
Not here: columns that no mapping speaks of, which are refused (`velocity_pipelines.landing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

FEW = 3  # earlier exports: with fewer, nothing is usual yet
FULL, EMPTIED = 0.3, 0.5  # a column that was filled in this share of rows, and is so in less than half as many
TIMES = 5  # more or fewer rows than usual
SMALL = 20  # rows: of fewer, a share says little


@dataclass(frozen=True, slots=True)
class Shape:
    """The rows of an export, and the share of them in which each column is filled."""

    rows: int
    fill: dict[str, float]


def differences(now: Shape, before: Sequence[Shape]) -> list[str]:
    """What is not as usual, in words; `before` are the shapes of earlier exports, the newest first."""
    if not before:
        return []
    last = before[0].fill
    gone = [f"the column {column!r} is gone" for column in last if column not in now.fill]
    new = [f"the column {column!r} is new" for column in now.fill if column not in last]
    return [*gone, *new, *(_unusual(now, before) if len(before) >= FEW else [])]


def _unusual(now: Shape, before: Sequence[Shape]) -> list[str]:
    rows = median(shape.rows for shape in before)
    found = []
    if now.rows * TIMES < rows or now.rows > rows * TIMES:
        found.append(f"it has {now.rows} rows where {rows:g} are usual")
    if now.rows < SMALL:
        return found
    for column, fill in now.fill.items():
        usual = median(shape.fill.get(column, 0.0) for shape in before)
        if usual >= FULL and fill < usual * EMPTIED:
            found.append(f"the column {column!r} is filled in {fill:.0%} of the rows, where {usual:.0%} are usual")
    return found
