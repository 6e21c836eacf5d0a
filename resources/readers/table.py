"""The shape in which every reader gives a table.

Not here: any reader.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

LINE, FROM, TO, RAGGED = "_line", "_from", "_to", "_ragged"
PLACE = {LINE: pl.Int64(), FROM: pl.Int64(), TO: pl.Int64(), RAGGED: pl.String()}
RESERVED = (*PLACE, "_cells")
HEAD_ROWS = 1000  # rows at the head of a table, by which it is recognised
PART_ROWS = 100_000  # rows that a reader holds at a time, at most
MOST_CELLS = 4_000_000  # that it holds at a time: wide tables come in shorter parts
MOST_TEXT = 64 * 2**20  # characters that it holds at a time


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


class Row(NamedTuple):
    """A row that was cut in Python: its cells, its place, and why it cannot be read, if so (one cell then)."""

    cells: Sequence[str | None]
    line: int
    begin: int | None = None
    end: int | None = None
    why: str | None = None


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


def table_of(
    member: str, header: tuple[str, ...], rows: Callable[[], Iterator[Row | None]], facts: dict[str, str]
) -> Table:
    """A table of rows that are cut one by one; None stands for a line that is no row."""

    def parts() -> Iterator[Part]:
        for lot, skipped in lots(rows(), len(header)):
            yield part_of(header, lot, skipped)

    head, _ = next(lots(rows(), len(header), HEAD_ROWS))
    return Table(member, header, part_of(header, head, 0).rows, parts, facts)


def lots(rows: Iterator[Row | None], width: int, most: int = PART_ROWS) -> Iterator[tuple[list[Row], int]]:
    """Rows in as many as fit memory, and how many lines among them were none; at least once."""
    most = max(1, min(most, MOST_CELLS // max(width, 1)))
    lot: list[Row] = []
    size = skipped = 0
    for row in rows:
        if row is None:
            skipped += 1
            continue
        lot.append(row)
        size += sum(len(cell) for cell in row.cells if cell)
        if len(lot) == most or size > MOST_TEXT:
            yield lot, skipped
            lot, size, skipped = [], 0, 0
    yield lot, skipped


def part_of(header: tuple[str, ...], rows: Sequence[Row], skipped: int) -> Part:
    """A part of rows that were cut one by one; those that do not fit the header are marked."""
    fitted = [_fitted(row, len(header)) for row in rows]
    return Part(pl.DataFrame(fitted, schema=schema(header), orient="row"), skipped)


def _fitted(row: Row, width: int) -> tuple[str | int | None, ...]:
    """A row of exactly `width` cells, its place, and why it does not fit (its cells are then all in the first)."""
    cells, place = row.cells, (row.line, row.begin, row.end)
    if row.why is None and len(cells) >= width and not holds(cells[width:]):
        return (*cells[:width], *place, None)
    why = row.why or f"{len(cells)} cells where the header has {width}"
    return (cells[0] if row.why else as_line(cells), *[None] * (width - 1), *place, why)


def holds(cells: Sequence[str | None]) -> bool:
    """Whether any cell holds something."""
    return any(cell and not cell.isspace() for cell in cells)


def as_line(cells: Sequence[str | None]) -> str:
    """Cells as one line of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def schema(header: tuple[str, ...]) -> pl.Schema:
    """The schema of `Part.rows`."""
    return pl.Schema({**dict.fromkeys(header, pl.String()), **PLACE})
