"""Delimited text whose quotes or line ends are not by the rule, row by row: what is damaged stays one row's damage.

Python's `csv` cuts the cells. A quote that is opened and never closed would swallow all that follows: such a row ends
with its line, and the next one begins anew.

Not here: text that is by the rule (`resources.readers.spans`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from resources.readers.dialect import Dialect

LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
MOST_LINES = 1000  # of one row: no note is longer, and an open quote is not followed further
MOST_CELL = 16 * 1024 * 1024  # characters
OPEN = "a quote is opened and not closed"


class Cut(NamedTuple):
    """A row: its cells, the lines that it takes ([begin, end), counted from 0), and why it cannot be read, if so."""

    cells: list[str]
    begin: int
    end: int
    why: str | None = None


def split_lines(text: str) -> list[str]:
    """The lines of a text with their ends, as an editor shows them."""
    return LINES.findall(text)


def rows(lines: Sequence[str], dialect: Dialect, width: int) -> Iterator[Cut]:
    """The rows of a text, for a table of so many columns."""
    csv.field_size_limit(MOST_CELL)
    at = 0
    while at < len(lines):
        row = _row(lines, at, dialect, width)
        yield row
        at = row.end


def _row(lines: Sequence[str], at: int, dialect: Dialect, width: int) -> Cut:
    line = lines[at]
    if dialect.quote not in line and dialect.escape is None:
        bare = line.rstrip("\r\n")
        return Cut(bare.split(dialect.delimiter) if bare else [], at, at + 1)
    alone = _parsed(lines[at : at + 1], dialect, strict=True)
    if alone is not None:
        return Cut(alone[0], at, at + 1)
    several = _parsed(lines[at : at + MOST_LINES], dialect, strict=True)
    if several is not None and (len(several[0]) == width or not _fits(lines, at + 1, dialect, width)):
        return Cut(several[0], at, at + several[1])
    lenient = _parsed(lines[at : at + 1], dialect, strict=False)
    if lenient is not None and len(lenient[0]) == width and line.count(dialect.quote) % 2 == 0:
        return Cut(lenient[0], at, at + 1)
    return Cut([line.rstrip("\r\n")], at, at + 1, OPEN)


def _fits(lines: Sequence[str], at: int, dialect: Dialect, width: int) -> bool:
    """Whether the line there is a row of its own."""
    found = _parsed(lines[at : at + 1], dialect, strict=True)
    return found is not None and len(found[0]) == width


def _parsed(lines: Sequence[str], dialect: Dialect, *, strict: bool) -> tuple[list[str], int] | None:
    """The first row of some lines and how many it takes; None where it is not written by the rules."""
    reader = csv.reader(
        lines, delimiter=dialect.delimiter, quotechar=dialect.quote, escapechar=dialect.escape,
        doublequote=True, skipinitialspace=dialect.skips_space, strict=strict,
    )  # fmt: skip
    try:
        cells = next(reader, [])
    except csv.Error:
        return None
    return cells, reader.line_num


def first_rows(lines: Sequence[str], dialect: Dialect, most: int) -> list[Cut]:
    """The first rows of a text of which it is not known yet how wide its table is."""
    return list(islice(rows(lines, dialect, 0), most))
