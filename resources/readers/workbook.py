"""Excel workbooks: each sheet that holds a table.

Not here: reading of cells (`resources.readers.sheet_cells`), CSV that Excel writes (`resources.readers.delimited`).
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from identity.errors import BadInputError
from resources.readers.archives import UNPRINTED, open_zip
from resources.readers.header import SEARCHED, find_header, name_columns
from resources.readers.table import HEAD_ROWS, Part, Row, Table, holds, lots, part_of
from resources.readers.totals import is_total

MOST_BYTES = 2**30  # unpacked
CELLS = Path(__file__).with_name("sheet_cells.py")


class Rows(NamedTuple):
    """Rows of a sheet that follow each other, their cells as a person reads them; `first`: the number of the first."""

    place: int
    name: str
    first: int
    cells: list[list[str]]


def read_workbook(path: Path, name: str, member: str = "") -> list[Table]:
    """A table for each sheet that has one, hidden or not.

    Refuses `empty_file` where none has, `encrypted_file`, `damaged_file`, and `file_too_large` where a sheet asks for
    more memory than we give.
    """
    _check_size(path, name)
    sheets = list(read_rows(path, name))
    tables = [_table(path, name, member, sheet) for sheet in sheets]
    found = [table for table in tables if table is not None]
    if not found:
        raise BadInputError("empty_file", f"{name} has no sheet with rows", "export it again")
    if len({table.member for table in found}) < len(found):
        raise BadInputError("damaged_file", f"{name} has two sheets of the same name", "rename one of them")
    return found


def _check_size(path: Path, name: str) -> None:
    if zipfile.is_zipfile(path):
        with open_zip(path, name) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                raise _too_large(name)


def _too_large(name: str) -> BadInputError:
    message = f"{name} needs more memory or time than a workbook is given"
    return BadInputError("file_too_large", message, "export it as CSV and import that")


def read_rows(path: Path, name: str, place: int | None = None) -> Iterator[Rows]:
    """All rows of one sheet, some at a time, or the first of each."""
    command = [sys.executable, "-I", str(CELLS), str(path.absolute()), *([] if place is None else [str(place)])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            for said in process.stdout or ():
                match json.loads(said):
                    case list() as found:
                        yield Rows(*found)
                    case None:
                        return
                    case {"error": "password"}:
                        raise BadInputError("encrypted_file", f"{name} has a password", "save it without one")
                    case _:
                        raise _too_large(name)
            process.wait()
        finally:
            process.kill()
    raise _ended(name, process.returncode)


def _ended(name: str, code: int) -> BadInputError:
    """Why reading ended without a word: by a signal where memory or time ran out, else by the file."""
    if code < 0:
        return _too_large(name)
    return BadInputError("damaged_file", f"{name} cannot be read as a workbook", "open it, save it again")


def _table(path: Path, name: str, member: str, sheet: Rows) -> Table | None:
    at = find_header(sheet.cells[:SEARCHED])
    if at is None:
        return None
    last = max(i for i, cell in enumerate(sheet.cells[at], start=1) if cell.strip())
    header = name_columns(sheet.cells[at][:last], name)

    def parts() -> Iterator[Part]:
        rows = (row for some in read_rows(path, name, sheet.place) for row in enumerate(some.cells, start=some.first))
        for lot, skipped in lots(_body(rows, sheet.first - 1, at, last), last):
            yield part_of(header, lot, skipped)

    first = _body(enumerate(sheet.cells, start=sheet.first), 0, at, last)
    head, _ = next(lots(first, last, HEAD_ROWS))
    called = UNPRINTED.sub("_", sheet.name)
    facts = {"format": "workbook", "sheet": called}
    return Table("/".join(filter(None, (member, called))), header, part_of(header, head, 0).rows, parts, facts)


def _body(rows: Iterator[tuple[int, list[str]]], above: int, at: int, width: int) -> Iterator[Row | None]:
    """The rows below the header; None for those that hold nothing, and for what is said above and below the table."""
    yield from [None] * (above + len([0 for _ in islice(rows, at)]))
    next(rows)
    waiting: list[Row] = []  # sums, and single cells after them or a gap: a footer, unless rows follow
    after_gap = False
    for number, cells in rows:
        if not holds(cells):
            after_gap = True
            yield None
            continue
        row = Row(cells, number)
        if is_total(cells, width) or (width > 2 and (after_gap or waiting) and not holds(cells[1:])):
            waiting.append(row)
            continue
        yield from waiting
        yield row
        waiting, after_gap = [], False
    yield from [None] * len(waiting)
