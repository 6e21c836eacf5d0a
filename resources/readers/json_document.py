"""JSON documents: an array of objects, or an object with such arrays in it.

Not here: JSON Lines (`resources.readers.json_lines`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import ijson

from identity.errors import BadInputError
from resources.readers.objects import cells_of, columns_of, flatten
from resources.readers.table import Row, Table, table_of

DEEPEST = 100
MOST_TEXT = 16 * 2**20  # bytes of one value


def read_json(path: Path, name: str, member: str = "") -> list[Table]:
    """A table for each array of objects that is in no other array. Refuses `damaged_file`, `not_a_table`."""
    prefixes = _arrays(path, name)
    if not prefixes:
        raise BadInputError("not_a_table", f"{name} has no list of objects", "export it as CSV and import that")
    return [_table(path, name, member, prefix) for prefix in prefixes]


def _arrays(path: Path, name: str) -> list[str]:
    """The places of objects in arrays, as ijson names them; the whole document is read once."""
    found: dict[str, None] = {}
    depth = 0
    with path.open("rb") as file:
        try:
            for prefix, event, _ in ijson.parse(_Watched(file, name)):
                depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
                if depth > DEEPEST:
                    raise BadInputError("not_a_table", f"{name} is nested too deep", "export it as CSV and import that")
                if event == "start_map" and prefix.split(".").count("item") == 1 and prefix.endswith("item"):
                    found[prefix] = None
        except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
            why = str(error).splitlines()[0][:120]
            where = f"after byte {file.tell()}" if file.tell() < path.stat().st_size else "at its end"
            raise BadInputError("damaged_file", f"{name} is no whole JSON {where}: {why}", "export it again") from None
    return list(found)


class _Watched:
    """A file in which no value is endless: a parser would hold all of it before we see any."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name, self._since = file, name, 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes; refuses `cell_too_large` where no quote has been seen for too long."""
        data = self._file.read(size)
        quote = data.rfind(b'"')
        self._since = self._since + len(data) if quote < 0 else len(data) - quote
        if self._since > MOST_TEXT:
            message = f"{self._name} has a value of more than {MOST_TEXT // 2**20} MB"
            raise BadInputError("cell_too_large", message, "leave it out, and export again")
        return data


def _table(path: Path, name: str, member: str, prefix: str) -> Table:
    header = columns_of((flatten(one) for one in _items(path, prefix) if isinstance(one, dict)), name)

    def read() -> Iterator[Row | None]:
        for number, one in enumerate(_items(path, prefix), start=1):
            if isinstance(one, dict):
                yield Row(cells_of(flatten(one), header), number)
            else:
                yield Row([str(one)], number, why="it is no object")

    inside = prefix.removesuffix("item").strip(".")
    return table_of("/".join(filter(None, (member, inside))), header, read, {"format": "JSON"})


def _items(path: Path, prefix: str) -> Iterator[Any]:
    with path.open("rb") as file:
        yield from ijson.items(file, prefix)
