"""JSON Lines: an object a line.

Not here: JSON documents (`resources.readers.json_document`).
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from resources.readers.objects import cells_of, columns_of, flatten
from resources.readers.table import Row, Table, table_of

MOST_LINE = 16 * 2**20  # bytes


def read_json_lines(path: Path, name: str, member: str = "") -> Table:
    """The table of a file of objects; lines that hold none are kept and marked. Numbers stay as they are written."""
    header = columns_of((found for found, _ in _lines(path) if isinstance(found, dict)), name)

    def read() -> Iterator[Row | None]:
        for found, (line, begin, end) in _lines(path):
            if isinstance(found, dict):
                yield Row(cells_of(found, header), line, begin, end)
            elif found is None:
                yield None
            else:
                yield Row([found[0]], line, begin, end, found[1])

    return table_of(member, header, read, {"format": "JSON Lines", "encoding": "utf-8"})


Found = dict[str, str | None] | tuple[str, str] | None  # a row, or a text and why it is none, or a blank line


def _lines(path: Path) -> Iterator[tuple[Found, tuple[int, int, int]]]:
    """What stands on each line, and its number and bytes."""
    with path.open("rb") as file:
        begin = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
        file.seek(begin)
        number = 0
        while raw := file.readline(MOST_LINE):
            number += 1
            size = len(raw)
            is_long = not raw.endswith(b"\n") and size == MOST_LINE
            while is_long and (more := file.readline(MOST_LINE)):
                size += len(more)
                if more.endswith(b"\n"):
                    break
            text = raw.strip(b"\r\n \t")
            found = (_shown(text), "a line of more than 16 MB") if is_long else _found(text)
            yield found, (number, begin, begin + size - (len(raw) - len(raw.rstrip(b"\r\n"))))
            begin += size


def _found(text: bytes) -> Found:
    if not text:
        return None
    try:
        value: Any = json.loads(text.decode("utf-8"), parse_float=str, parse_int=str)
        if isinstance(value, dict):
            return flatten(value)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else "it is no JSON"
        return _shown(text), why
    return _shown(text), "it is no object"


def _shown(text: bytes) -> str:
    return text[:10_000].decode("utf-8", "replace").replace("\0", "")
