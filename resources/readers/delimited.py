"""CSV and its kin: delimiter, quotes, lines.

Python's `csv` reads the cells: it keeps line breaks inside quotes and says where each row begins.

Not here: encodings (`resources.readers.text`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import polars as pl

from identity.errors import BadInputError
from resources.readers.table import LINE, RAGGED, TextTable

DELIMITERS = (",", ";", "\t", "|")
MOST_CELL = 16 * 1024 * 1024  # characters of one cell
SAMPLE_ROWS = 50


def read_delimited(text: str, name: str, encoding: str) -> TextTable:
    """The table of a delimited text; rows that do not fit the header are kept and marked."""
    delimiter = _delimiter(text)
    rows = list(_numbered(text, delimiter, name))
    filled = [(line, cells) for line, cells in rows if any(cell.strip() for cell in cells)]
    if not filled:
        raise BadInputError("empty_file", f"{name} has no rows", "export it again")
    header = _header(filled[0][1], name)
    body = [_fitted(line, cells, len(header)) for line, cells in filled[1:]]
    columns = list(zip(*body, strict=True)) or [()] * (len(header) + 2)
    frame = pl.DataFrame(
        dict(zip([*header, LINE, RAGGED], columns, strict=True)),
        schema={**dict.fromkeys(header, pl.String()), LINE: pl.Int64(), RAGGED: pl.String()},
    )
    return TextTable(header, frame, len(rows) - len(filled), encoding, delimiter)


def _numbered(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each row and the line on which it begins."""
    csv.field_size_limit(MOST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    try:
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BadInputError(
            "not_a_table", f"{name} cannot be read at line {begins}: {error}", "export it again"
        ) from None


def _header(cells: list[str], name: str) -> tuple[str, ...]:
    header = tuple(cell.strip() or f"column_{i}" for i, cell in enumerate(cells, start=1))
    twice = sorted({h for h in header if header.count(h) > 1})
    if twice:
        raise BadInputError("duplicate_header", f"{name} has the column {twice[0]!r} twice", "rename one of them")
    reserved = sorted({LINE, RAGGED, "_cells"} & set(header))
    if reserved:
        raise BadInputError("reserved_header", f"{name} has the column {reserved[0]!r}, which we use", "rename it")
    return header


def _fitted(line: int, cells: list[str], width: int) -> tuple[str | int | None, ...]:
    """A row of exactly `width` cells, its line, and why it does not fit (its cells are then all in the first)."""
    if len(cells) == width:
        return (*cells, line, None)
    why = f"{len(cells)} cells where the header has {width}"
    return (csv_line(cells), *[None] * (width - 1), line, why)


def csv_line(cells: list[str]) -> str:
    """Cells as one line of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _delimiter(text: str) -> str:
    """The delimiter under which the first rows have the same number of cells, and most of them."""
    head = text[: 64 * 1024].splitlines()[:SAMPLE_ROWS]
    return max(DELIMITERS, key=lambda d: (_agreement(head, d), -DELIMITERS.index(d)))


def _agreement(head: list[str], delimiter: str) -> tuple[float, int]:
    widths = [len(row) for row in csv.reader(head, delimiter=delimiter) if row]
    if not widths or widths[0] < 2:
        return (0.0, 0)
    return (widths.count(widths[0]) / len(widths), widths[0])
