"""One piece of a delimited text, from bytes to rows: fast where it is by the rule, row by row where it is not.

By the rule, rows are found by counting quotes (`spans`) and cells cut by Polars; else `careful` cuts both. Either way
each row knows its line and its bytes.

Not here: opening the text and finding its header (`resources.readers.delimited`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import NamedTuple

import numpy as np
import polars as pl

from resources.readers import careful
from resources.readers.dialect import Dialect
from resources.readers.spans import Mask, Spans, spans
from resources.readers.table import FROM, LINE, PLACE, RAGGED, TO, Part, Row, holds, part_of, schema
from resources.readers.text import Encoding
from resources.readers.totals import is_total

MOST_TOTALS = 10  # rows of sums below a table
LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a text are written."""

    encoding: Encoding
    dialect: Dialect
    header: tuple[str, ...]

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.header)


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a text that begin with a row: how many bytes and lines stand before them, and whether it ends here."""

    data: bytes
    at: int
    lines: int
    is_last: bool


class Read(NamedTuple):
    """The rows of a piece; the bytes that they take and the lines before what follows them."""

    part: Part
    rest: int
    lines: int


def read_piece(piece: Piece, layout: Layout) -> Read:
    """All whole rows of a piece."""
    return _by_rule(piece, layout) or _row_by_row(piece, layout)


def _by_rule(piece: Piece, layout: Layout) -> Read | None:
    """None where the text is not by the rule, or Polars does not see the rows that we see."""
    dialect, unit = layout.dialect, layout.encoding.unit
    if dialect.escape is not None or dialect.skips_space:
        return None
    order = {"utf-16-le": "<u2", "utf-16-be": ">u2"}.get(layout.encoding.name, "u1")
    units = np.frombuffer(piece.data, dtype=order, count=len(piece.data) // unit)
    found = spans(units, dialect.delimiter, dialect.quote, is_last=piece.is_last)
    if found is None:
        return None
    filled = found.end > found.begin
    fits = (found.cells == layout.width) & filled
    frame = _cells(_joined(piece.data, found, fits, unit), layout)
    if frame is None or frame.height != np.count_nonzero(fits):
        return None
    begin, end = found.begin * unit + piece.at, found.end * unit + piece.at
    place = {LINE: found.line + piece.lines + 1, FROM: begin, TO: end}
    rows = frame.with_columns(pl.Series(name, values[fits], pl.Int64) for name, values in place.items())
    blank = pl.all_horizontal(pl.col(layout.header).str.strip_chars() == "")
    rows = rows.with_columns(pl.lit(None, pl.String).alias(RAGGED)).filter(~blank)
    others = [
        Row(_cut(piece.data[b - piece.at : e - piece.at], layout), line, b, e)
        for line, b, e in zip(*(values[~fits & filled].tolist() for values in place.values()), strict=True)
    ]
    part = _with_others(rows, others, found.cells.size, piece, layout)
    return Read(part, found.rest * unit, piece.lines + found.lines)


def _joined(data: bytes, found: Spans, keep: Mask, unit: int) -> bytes:
    """The bytes of the rows to keep, each with its line break: as few copies as there are gaps."""
    if keep.all():
        return data[: found.rest * unit]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]]).astype(np.int8)))
    stops = np.append(found.begin[1:], found.rest)
    runs = edges.reshape(-1, 2).tolist()
    return b"".join(data[found.begin[first] * unit : stops[last - 1] * unit] for first, last in runs)


def _cells(data: bytes, layout: Layout) -> pl.DataFrame | None:
    names = dict.fromkeys(layout.header, pl.String())
    if not data:
        return pl.DataFrame(schema=names)
    codec = layout.encoding.name
    plain = data if codec == "utf-8" else data.decode(codec, "replace").encode()
    try:
        return pl.read_csv(
            io.BytesIO(plain.replace(b"\0", b"")), has_header=False, schema=names, infer_schema=False,
            separator=layout.dialect.delimiter, quote_char=layout.dialect.quote, empty_string_is_null=False,
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        return None


def _cut(data: bytes, layout: Layout) -> list[str]:
    lines = careful.split_lines(data.decode(layout.encoding.name, "replace").replace("\0", ""))
    return next(careful.rows(lines, layout.dialect, layout.width), careful.Cut([], 0, 0)).cells


def _row_by_row(piece: Piece, layout: Layout) -> Read:
    lines, sizes = _lines(piece, layout.encoding)
    starts = list(accumulate(sizes, initial=0))
    found = list(_whole(careful.rows(lines, layout.dialect, layout.width), len(lines), is_last=piece.is_last))
    rows = [
        Row(row.cells, piece.lines + row.begin + 1, piece.at + starts[row.begin],
             piece.at + starts[row.end] - _ending(lines[row.end - 1], layout.encoding), row.why)
        for row in found
    ]  # fmt: skip
    taken = found[-1].end if found else 0
    good = pl.DataFrame(schema=schema(layout.header))
    return Read(_with_others(good, rows, len(rows), piece, layout), starts[taken], piece.lines + taken)


def _lines(piece: Piece, encoding: Encoding) -> tuple[list[str], list[int]]:
    """The lines of a piece, and the bytes that each takes; one that may go on in the next piece is left out."""
    if encoding.unit == 2:
        texts = careful.split_lines(piece.data[: len(piece.data) // 2 * 2].decode(encoding.name, "ignore"))
        sizes = [len(text.encode(encoding.name)) for text in texts]
    else:
        raw = LINES.findall(piece.data)
        texts, sizes = [line.decode(encoding.name, "replace") for line in raw], list(map(len, raw))
    whole = len(texts) if piece.is_last else max(0, len(texts) - 1)
    return [text.replace("\0", "") for text in texts[:whole]], sizes[:whole]


def _whole(rows: Iterator[careful.Cut], lines: int, *, is_last: bool) -> Iterator[careful.Cut]:
    """The rows up to one that may go on after these lines."""
    for row in rows:
        is_cut = row.end == lines if row.why is None else row.begin + careful.MOST_LINES > lines
        if is_cut and row.end - row.begin + (row.why is not None) > 1 and not is_last:
            return
        yield row


def _ending(line: str, encoding: Encoding) -> int:
    return (len(line) - len(line.rstrip("\r\n"))) * encoding.unit


def _with_others(rows: pl.DataFrame, others: Sequence[Row], count: int, piece: Piece, layout: Layout) -> Part:
    """The rows of a piece and those that were cut one by one, in order."""
    filled = [row for row in others if holds(row.cells)]
    footer = _footer(rows, filled, layout.width, piece) if piece.is_last else set()
    kept = [row for row in filled if row.line not in footer]
    if kept:
        rows = pl.concat([rows.select(*layout.header, *PLACE), part_of(layout.header, kept, 0).rows]).sort(LINE)
    rows = rows.select(*layout.header, *PLACE)
    rows = rows.head(rows.height - _totals(rows, layout.width)) if piece.is_last else rows
    return Part(rows, count - rows.height)


def _totals(rows: pl.DataFrame, width: int) -> int:
    """How many of the last rows are sums."""
    last = rows.tail(MOST_TOTALS).rows()[::-1]
    said = [next(csv.reader([row[0]])) if row[-1] and row[0] else row[:width] for row in last]
    return len(list(takewhile(lambda cells: is_total(cells, width), said)))


def _footer(rows: pl.DataFrame, others: Sequence[Row], width: int, piece: Piece) -> set[int]:
    """The lines of what a report says below its table: single cells, after the last row and a gap."""
    last = max([rows[TO][-1] if rows.height else 0, *(row.end or 0 for row in others if len(row.cells) == width)])
    tail = [row for row in others if (row.begin or 0) >= last]
    if not tail or not last or width < 3 or any(len(row.cells) > 1 or row.why for row in tail):
        return set()
    gap = piece.data[last - piece.at : (tail[0].begin or 0) - piece.at].replace(b"\0", b"")
    return {row.line for row in tail} if len(LINES.findall(gap)) > 1 else set()
