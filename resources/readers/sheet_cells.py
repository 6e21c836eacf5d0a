"""Runs as a process of its own: the cells of a workbook, as JSON lines on standard output.

The library holds a sheet whole, and where memory ends it ends the process: 1 KB of workbook may ask for 500 GB. So it
runs here, where memory and time are limited, and whatever comes to pass is the reader's to say. Standard library and
calamine only: it starts in 50 ms.

Not here: what makes a table of cells (`resources.readers.workbook`).
"""

from __future__ import annotations

import datetime as dt
import json
import math
import resource
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

MOST_MEMORY = 1200 * 2**20  # bytes: a million rows of ten columns
MOST_SECONDS = 60  # of a processor
LOT = 1100  # rows on a line
MOST_TEXT = 2**22  # characters on a line
ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA")


def main(path: str, wanted: int | None) -> None:
    """Write `[place of the sheet, its name, number of the first row, rows]` as often as needed, then `null`.

    `wanted`: only the sheet at this place, but all of it; else the first rows of each. Instead of `null` may stand
    `{"error": …}`, or nothing at all.
    """
    limit(resource.RLIMIT_AS, MOST_MEMORY)
    limit(resource.RLIMIT_CPU, MOST_SECONDS)
    try:
        with CalamineWorkbook.from_path(path) as book:
            for place, sheet in enumerate(book.sheets_metadata):
                if sheet.typ == SheetTypeEnum.WorkSheet and wanted in (None, place):
                    several = lots(book.get_sheet_by_index(place))
                    for number, rows in several if wanted is not None else islice(several, 1):
                        say([place, sheet.name, number, rows])
        say(None)
    except PasswordError:
        say({"error": "password"})
    except MemoryError:
        say({"error": "memory"})


def limit(what: int, most: int) -> None:
    """Limit what this process may use, or leave a lower limit."""
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def lots(sheet: CalamineSheet) -> Iterator[tuple[int, list[list[str]]]]:
    """The rows of a sheet from its first filled one on, some at a time, with the number of the first."""
    if sheet.start is None:
        return
    first = sheet.start[0]
    lot: list[list[str]] = []
    size = 0
    for at, row in enumerate(islice(sheet.iter_rows(), first, None), start=first):
        lot.append([text(cell) for cell in row])
        size += sum(map(len, lot[-1]))
        if len(lot) == LOT or size > MOST_TEXT:
            yield first + 1, lot
            lot, size, first = [], 0, at + 1
    if lot:
        yield first + 1, lot


def text(cell: Any) -> str:
    """A cell as a person reads it."""
    match cell:
        case str():
            return "" if cell in ERRORS else cell
        case bool():
            return "true" if cell else "false"
        case float():
            return number(cell)
        case dt.datetime() | dt.date() | dt.time():
            return cell.isoformat().removesuffix("T00:00:00")
        case dt.timedelta():
            minutes, seconds = divmod(round(cell.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(cell)


def number(value: float) -> str:
    """Whole numbers with all their digits, others with the 15 that a spreadsheet keeps; never in scientific form."""
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value.is_integer() else format(Decimal(format(value, ".15g")), "f")


def say(what: object) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None)
