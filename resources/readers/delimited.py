"""CSV and its kin: a table that is read piece by piece, however large.

Not here: encodings (`text`), delimiters and quotes (`dialect`), which row names the columns (`header`), and how a piece
is cut into rows (`pieces`).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from identity.errors import BadInputError
from resources.readers import careful
from resources.readers.dialect import Dialect, said, sniff
from resources.readers.header import SEARCHED, find_header, name_columns
from resources.readers.pieces import Layout, Piece, read_piece
from resources.readers.table import HEAD_ROWS, Part, Table
from resources.readers.text import Encoding, find_encoding, text_end

SAMPLE = 256 * 1024  # bytes by which dialect and header are found
SAMPLE_STEP, STEP = SAMPLE, 16 * 1024 * 1024  # bytes of the first piece, and of the others
MOST_ROW = 16 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class _Text:
    """A delimited text and where its rows begin: after so many bytes and lines, some of which were no rows."""

    path: Path
    name: str
    layout: Layout
    body: int
    lines: int
    skipped: int


def read_delimited(path: Path, name: str, member: str = "") -> Table:
    """The table of a delimited text; rows that do not fit the header are kept and marked."""
    with _mapped(path, name) as data:
        encoding = find_encoding(data, name)
        text = _text(path, name, encoding, data)
    layout = text.layout
    facts = {"format": "delimited", "encoding": encoding.name, "delimiter": layout.dialect.delimiter}
    return Table(member, layout.header, next(_parts(text)).rows.head(HEAD_ROWS), lambda: _parts(text), facts)


def _mapped(path: Path, name: str) -> mmap.mmap:
    if path.stat().st_size == 0:
        raise BadInputError("empty_file", f"{name} is empty", "export it again")
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _text(path: Path, name: str, encoding: Encoding, data: mmap.mmap) -> _Text:
    """Find dialect and header in the first bytes."""
    lines: list[str] = []
    size = SAMPLE
    while not lines and size <= MOST_ROW:
        sample = data[encoding.start : encoding.start + size]
        lines = careful.split_lines(sample.decode(encoding.name, "ignore"))
        lines = lines if encoding.start + size >= len(data) else lines[:-1]  # it may be cut
        size *= 4
    named = said(lines[0]) if lines else None
    plain = [line.replace("\0", "") for line in lines[named is not None :]]
    dialect = Dialect(named) if named else sniff("".join(plain))
    rows = careful.first_rows(plain, dialect, SEARCHED)
    at = find_header([row.cells for row in rows])
    if at is None:
        raise BadInputError("empty_file", f"{name} has no rows", "export it again")
    header = name_columns(rows[at].cells, name)
    before = rows[at].end + (named is not None)
    body = encoding.start + sum(len(line.encode(encoding.name)) for line in lines[:before])
    return _Text(path, name, Layout(encoding, dialect, header), body, before, at + (named is not None))


def _parts(text: _Text) -> Iterator[Part]:
    """The table, piece by piece; the first one is small, so that its head is there at once."""
    with _mapped(text.path, text.name) as data:
        at, lines, step, skipped = text.body, text.lines, SAMPLE_STEP, text.skipped
        end = text_end(data, text.layout.encoding)
        is_last = False
        while not is_last:
            is_last = at + step >= end
            piece = data[at : min(at + step, end)]
            part, rest, lines = read_piece(Piece(piece, at, lines, is_last), text.layout)
            if rest == 0 and not is_last:
                if step >= MOST_ROW:
                    raise _too_long(text.name, lines + 1)
                step *= 4
                continue
            yield Part(part.rows, part.skipped + skipped)
            at, step, skipped = at + rest, STEP, 0


def _too_long(name: str, line: int) -> BadInputError:
    message = f"{name} has a row of more than {MOST_ROW // 2**20} MB at line {line}"
    return BadInputError("row_too_long", message, "check its quotes, or export it again")
