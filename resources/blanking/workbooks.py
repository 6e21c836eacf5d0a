"""Workbooks without some rows. What else a workbook keeps of its cells (shared texts, caches, comments, authors) goes
with them: it is written anew, every sheet with its rows at their numbers and each cell as it was read, as text.

Not here: reading (`resources.readers.workbook`).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from resources.blanking.texts import FILLER
from resources.readers.archives import UNPRINTED
from resources.readers.workbook import Rows, read_rows

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
ESCAPED = re.compile(r"_x(?=[0-9A-Fa-f]{4}_)")  # what would be read as a sign


def blank_workbook(path: Path, name: str, rows: Mapping[str, frozenset[int]], out: Path) -> None:
    """Write a workbook of the same sheets, without some rows."""
    sheets = {some.place: some.name for some in read_rows(path, name)}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for part, text in _frame(list(sheets.values())).items():
            book.writestr(zipfile.ZipInfo(part), text)
        for number, (place, title) in enumerate(sheets.items(), start=1):
            lines = rows.get(UNPRINTED.sub("_", title), frozenset())
            with book.open(zipfile.ZipInfo(f"xl/worksheets/sheet{number}.xml"), "w") as sheet:
                for text in _sheet(read_rows(path, name, place), lines):
                    sheet.write(text.encode())


def _frame(titles: list[str]) -> dict[str, str]:
    """The parts around the sheets."""
    numbers = range(1, len(titles) + 1)
    kinds = "".join(
        _tag("Override", PartName=f"/xl/worksheets/sheet{n}.xml", ContentType=f"{TYPES}.worksheet+xml") for n in numbers
    )
    sheets = "".join(
        f'<sheet name={quoteattr(title)} sheetId="{n}" r:id="s{n}"/>' for n, title in enumerate(titles, start=1)
    )
    links = "".join(
        _tag("Relationship", Id=f"s{n}", Type=f"{OFFICE}/worksheet", Target=f"worksheets/sheet{n}.xml") for n in numbers
    )
    main = _tag("Override", PartName="/xl/workbook.xml", ContentType=f"{TYPES}.sheet.main+xml")
    plain = _tag("Default", Extension="rels", ContentType="application/vnd.openxmlformats-package.relationships+xml")
    root = _tag("Relationship", Id="b", Type=f"{OFFICE}/officeDocument", Target="xl/workbook.xml")
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{plain}{main}{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{root}</Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>',
    }


def _tag(name: str, **attributes: str) -> str:
    return f"<{name} {' '.join(f'{key}={quoteattr(value)}' for key, value in attributes.items())}/>"


def _sheet(several: Iterable[Rows], lines: frozenset[int]) -> Iterator[str]:
    yield f'<worksheet xmlns="{MAIN}"><sheetData>'
    for some in several:
        for number, cells in enumerate(some.cells, start=some.first):
            shown = [FILLER if cell else "" for cell in cells] if number in lines else cells
            yield f'<row r="{number}">{"".join(_cell(number, at, text) for at, text in enumerate(shown) if text)}</row>'
    yield "</sheetData></worksheet>"


def _cell(row: int, at: int, text: str) -> str:
    said = escape(ESCAPED.sub("_x005F_x", text), {"\r": "_x000D_"})
    return f'<c r="{_letters(at)}{row}" t="inlineStr"><is><t xml:space="preserve">{said}</t></is></c>'


def _letters(at: int) -> str:
    """The name of a column."""
    name = ""
    while at >= 0:
        at, rest = divmod(at, 26)
        name, at = chr(65 + rest) + name, at - 1
    return name
