"""Excel workbooks: each sheet that holds a table.

Not here: CSV that Excel writes (`resources.readers.delimited`).
"""

from __future__ import annotations

import datetime as dt
import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from identity.errors import BadInputError
from resources.readers.header import SEARCHED, find_header, name_columns
from resources.readers.table import Row, Table, holds, table_of

MOST_BYTES = 512 * 2**20  # of the sheets, unpacked: they are held in memory
ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!")


def read_workbook(path: Path, name: str, member: str = "") -> list[Table]:
    """A table for each sheet that has one; `empty_file` where none has."""
    _check_size(path, name)
    with _opened(path, name) as book:
        tables = [_table(path, name, member, sheet, list(_rows(book, sheet))) for sheet in book.sheet_names]
    found = [table for table in tables if table is not None]
    if not found:
        raise BadInputError("empty_file", f"{name} has no sheet with rows", "export it again")
    return found


def _check_size(path: Path, name: str) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        whole = sum(member.file_size for member in archive.infolist())
    if whole > MOST_BYTES:
        message = f"{name} unpacks to more than {MOST_BYTES // 2**20} MB"
        raise BadInputError("archive_too_large", message, "export it as CSV and import that")


@contextmanager
def _opened(path: Path, name: str) -> Iterator[CalamineWorkbook]:
    try:
        with CalamineWorkbook.from_path(path) as book:
            yield book
    except PasswordError:
        raise BadInputError("encrypted_file", f"{name} has a password", "save it without one") from None
    except (CalamineError, OSError, ValueError) as error:
        why = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise BadInputError("damaged_file", f"{name} cannot be read as a workbook: {why}", "save it again") from None


def _rows(book: CalamineWorkbook, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of a sheet by number, their cells as a person reads them."""
    found = book.get_sheet_by_name(sheet)
    if found.start is None:
        return
    for number, cells in enumerate(found.iter_rows(), start=1):
        yield number, [_text(cell) for cell in cells]


def _text(cell: Any) -> str:
    match cell:
        case bool():
            return "true" if cell else "false"
        case float():
            return format(Decimal(repr(cell)).normalize(), "f") if math.isfinite(cell) else ""
        case dt.datetime():
            return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
        case dt.date() | dt.time():
            return cell.isoformat()
    return "" if cell in ERRORS else str(cell)


def _table(path: Path, name: str, member: str, sheet: str, rows: list[tuple[int, list[str]]]) -> Table | None:
    at = find_header([cells for _, cells in rows[:SEARCHED]])
    if at is None:
        return None
    last = max(i for i, cell in enumerate(rows[at][1], start=1) if cell.strip())
    header = name_columns(rows[at][1][:last], name)

    def read() -> Iterator[Row | None]:
        with _opened(path, name) as book:
            yield from _body(_rows(book, sheet), at, len(header))

    return table_of("/".join(filter(None, (member, sheet))), header, read, {"format": "workbook", "sheet": sheet})


def _body(rows: Iterator[tuple[int, list[str]]], at: int, width: int) -> Iterator[Row | None]:
    """The rows below the header; None for those that hold nothing, and for what is said above and below the table."""
    yield from [None] * len([0 for _ in islice(rows, at)])
    next(rows)
    waiting: list[Row] = []  # single cells after a gap: a footer, unless rows follow
    after_gap = False
    for number, cells in rows:
        if not holds(cells):
            after_gap = True
            yield None
            continue
        row = Row(cells, number)
        if width > 2 and (after_gap or waiting) and not holds(cells[1:]):
            waiting.append(row)
            continue
        yield from waiting
        yield row
        waiting, after_gap = [], False
    yield from [None] * len(waiting)
