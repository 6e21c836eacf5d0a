"""The shape in which every reader gives a table.

Not here: any reader.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

LINE, RAGGED = "_line", "_ragged"


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table as it stands in a file, all cells as text.

    `rows` has a text column for each of `header`, `_line` (Int64: the line that an editor shows where the row begins)
    and `_ragged` (text: null, or why the row does not fit the header; its cells are then in the first column).
    `skipped` counts lines that are no rows: blank ones, preamble, footer.
    """

    header: tuple[str, ...]
    rows: pl.DataFrame
    skipped: int
    encoding: str
    delimiter: str
