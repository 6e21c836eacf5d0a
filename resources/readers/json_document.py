"""JSON documents: an array of objects, or an object with such arrays in it, however large.

Records are decoded one by one by Python's own decoder: none is held but the one at hand. (A streaming parser in C that
we tried ends the process at a number of five thousand digits, and hands over a value of a gigabyte whole.)

Not here: JSON Lines (`resources.readers.json_lines`).
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from identity.errors import BadInputError
from resources.readers.json_lines import MOST_LINE
from resources.readers.objects import DECODER, MOST_NESTED, columns_of, row_of
from resources.readers.table import Row, Table, table_of

STEP = 2**20  # characters
MOST_TABLES = 100
SPACE = re.compile(r"[ \t\r\n]*")


class Element(NamedTuple):
    """A record of an array: the keys that lead to the array, its number there from 1 on, a row or what it is."""

    path: tuple[str, ...]
    number: int
    value: dict[str, str | None] | str
    span: tuple[int, int]  # in characters of the text, [begin, end)


def read_json(path: Path, name: str, member: str = "") -> list[Table]:
    """A table for each array of objects that is in no other array.

    The whole document is read before any table is given. Refuses `damaged_file`, `not_a_table`, `cell_too_large` and
    what `columns_of` refuses.
    """
    found: dict[tuple[str, ...], dict[str, None]] = {}
    for one in elements(path, name):
        if isinstance(one.value, dict):
            keys = found.setdefault(one.path, {})
            if not keys.keys() >= one.value.keys():
                keys.update(dict.fromkeys(one.value))
                columns_of([keys], name)
            if len(found) > MOST_TABLES:
                raise _refused(name, f"holds more than {MOST_TABLES} lists of objects")
    if not found:
        raise _refused(name, "has no list of objects")
    return [_table(path, name, member, place, keys) for place, keys in found.items()]


def _refused(name: str, why: str) -> BadInputError:
    return BadInputError("not_a_table", f"{name} {why}", "export it as CSV and import that")


def _table(path: Path, name: str, member: str, place: tuple[str, ...], keys: dict[str, None]) -> Table:
    columns = columns_of([keys], name)

    def read() -> Iterator[Row | None]:
        for one in elements(path, name):
            if one.path != place:
                continue
            if isinstance(one.value, dict):
                yield Row(columns.cells(one.value), one.number)
            else:
                yield Row([one.value], one.number, why="it is no object")

    inside = ".".join(place)
    return table_of("/".join(filter(None, (member, inside))), columns.names, read, {"format": "JSON"})


def elements(path: Path, name: str) -> Iterator[Element]:
    """The elements of all arrays that are in no other array."""
    counts: Counter[tuple[str, ...]] = Counter()
    with path.open("rb") as file:
        source = _Source(file, name)
        try:
            for place, value in _walk(source, ()):
                counts[place] += 1
                yield Element(place, counts[place], value, source.span)
            source.end()
        except RecursionError:
            raise _refused(name, "is nested too deep") from None
        except ValueError:  # no JSON, or no UTF-8
            message = f"{name} is no whole JSON: it cannot be read beyond record {counts.total()}"
            raise BadInputError("damaged_file", message, "export it again") from None


def _walk(source: _Source, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if len(place) > MOST_NESTED:
        raise RecursionError
    match source.peek():
        case "{":
            for _ in source.items("{}"):
                key = str(source.value())
                source.expect(":")
                yield from _walk(source, (*place, key))
        case "[":
            for _ in source.items("[]"):
                yield place, source.element()
        case _:
            source.value()


class _Source:
    """The text of a document, a window at a time. Raises ValueError where it is no JSON."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        is_wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        file.seek(0)
        self._file = codecs.getreader("utf-16" if is_wide else "utf-8-sig")(file)
        self._name, self._text, self._is_whole = name, "", False
        self._gone = 0  # characters that were let go
        self._begin = self._at = 0  # where the value that was read last begins, and what follows it

    @property
    def span(self) -> tuple[int, int]:
        """Where the value stands that was read last."""
        return self._gone + self._begin, self._gone + self._at

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            self._at = SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches anything
            if self._at < len(self._text) or self._is_whole:
                return self._text[self._at : self._at + 1]
            self._grow()

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise ValueError

    def expect(self, sign: str) -> None:
        """Go on behind a sign that has to stand here."""
        if self.peek() != sign:
            raise ValueError
        self._at += 1

    def items(self, brackets: str) -> Iterator[None]:
        """Stops before each item between brackets, and goes on behind the last."""
        self.expect(brackets[0])
        while self.peek() != brackets[1]:
            yield
            if self.peek() != brackets[1]:
                self.expect(",")
        self._at += 1

    def value(self) -> Any:
        """The value that begins here, whole."""
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                value, end = None, len(self._text)
                if self._is_whole:
                    raise
            if end - self._at > MOST_LINE:
                message = f"{self._name} has a record of more than {MOST_LINE // 2**20} MB"
                raise BadInputError("cell_too_large", message, "leave it out, and export again")
            if end < len(self._text) or self._is_whole:  # a number may go on
                self._begin, self._at = self._at, end
                return value
            self._grow()

    def element(self) -> dict[str, str | None] | str:
        """The value that begins here, as a row if it is an object."""
        value = self.value()
        text = self._text[self._begin : self._at]
        return row_of(value, text) if isinstance(value, dict) else text

    def _grow(self) -> None:
        """Read on, twice as far each time that a value does not end; what was read is let go."""
        self._text = self._text[self._at :]
        self._gone += self._at
        self._at = 0
        more = self._file.read(size=max(STEP, len(self._text)))
        self._is_whole = not more
        self._text += more
