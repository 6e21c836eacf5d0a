"""The shape in which every reader gives a table.

Not here: any reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

LINE, FROM, TO, RAGGED = "_line", "_from", "_to", "_ragged"
PLACE = {LINE: pl.Int64(), FROM: pl.Int64(), TO: pl.Int64(), RAGGED: pl.String()}
RESERVED = (*PLACE, "_cells")
HEAD_ROWS = 1000  # rows at the head of a table, by which it is recognised
PART_ROWS = 100_000  # rows that a reader holds at a time


class Part(NamedTuple):
    """Consecutive rows of a table.

    `rows` has a text column for each of the header's, an empty cell being "" (null where the format tells them apart);
    `_line`: where the row begins, as a person sees it (line in an editor, row of a sheet, number of a record); `_from`
    and `_to`: the bytes that it stands in, [from, to), null where the format has no such thing; `_ragged`: null, or
    why the row cannot be read, its cells then as one text in the first column.
    `skipped` counts lines that are no rows: blank ones, preamble, footer.
    """

    rows: pl.DataFrame
    skipped: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table in a file. `parts` reads all of it, piece by piece, again at each call.

    `member`: where it stands in the file (path in an archive, sheet of a workbook), empty where the file is the table.
    `facts`: what a person may want to know of how it was read: format, encoding, delimiter.
    """

    member: str
    header: tuple[str, ...]
    head: pl.DataFrame  # its first rows, at most HEAD_ROWS
    parts: Callable[[], Iterator[Part]]
    facts: dict[str, str] = field(default_factory=dict)


def schema(header: tuple[str, ...]) -> pl.Schema:
    """The schema of `Part.rows`."""
    return pl.Schema({**dict.fromkeys(header, pl.String()), **PLACE})
