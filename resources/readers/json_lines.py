"""JSON Lines: an object a line.

Not here: JSON documents (`resources.readers.json_document`).
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from resources.readers.objects import DECODER, columns_of, row_of
from resources.readers.table import Row, Table, table_of
from resources.readers.text import marks

MOST_LINE = 16 * 2**20  # bytes
MOST_SHOWN = 10_000  # characters that are kept of a line that cannot be read


def read_json_lines(path: Path, name: str, member: str = "") -> Table:
    """The table of a file of objects; lines that hold none are kept and marked. Numbers stay as they are written.

    It is read once for the columns and once for the rows: a key may come up anywhere.
    """
    columns = columns_of((found for found, _ in _lines(path) if isinstance(found, dict)), name)

    def read() -> Iterator[Row | None]:
        for found, (line, begin, end) in _lines(path):
            if isinstance(found, dict):
                yield Row(columns.cells(found), line, begin, end)
            elif found is None:
                yield None
            else:
                yield Row([found[0]], line, begin, end, found[1])

    return table_of(member, columns.names, read, {"format": "JSON Lines", "encoding": "utf-8"})


Found = dict[str, str | None] | tuple[str, str] | None  # a row, or a text and why it is none, or a blank line


def _lines(path: Path) -> Iterator[tuple[Found, tuple[int, int, int]]]:
    """What stands on each line, and its number and bytes."""
    with path.open("rb") as file:
        begin = marks(file.read(64), codecs.BOM_UTF8)
        file.seek(begin)
        number = 0
        while raw := file.readline(MOST_LINE):
            number += 1
            last, size = raw, len(raw)
            while len(last) == MOST_LINE and not last.endswith(b"\n"):
                last = file.readline(MOST_LINE)
                size += len(last)
            text = raw.strip(b"\r\n \t")
            found = _found(text) if last is raw else (_shown(text), "a line of more than 16 MB")
            yield found, (number, begin, begin + size - (len(last) - len(last.rstrip(b"\r\n"))))
            begin += size


def _found(line: bytes) -> Found:
    if line in (b"", b"\x1a"):  # nothing, or the end of a text as old tools mark it
        return None
    try:
        text = line.decode("utf-8")
        value: Any = DECODER.decode(text)
        return row_of(value, text) if isinstance(value, dict) else (_shown(line), "it is no object")
    except (ValueError, RecursionError) as error:
        return _shown(line), "it is nested too deep" if isinstance(error, RecursionError) else "it is no JSON"


def _shown(text: bytes) -> str:
    return text[:MOST_SHOWN].decode("utf-8", "replace").replace("\0", "")
