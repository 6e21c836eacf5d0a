"""vCard 2.1, 3.0 and 4.0: a row a card, a column a property and its type (`EMAIL;WORK`, `ADR;HOME.city`, `N.family`).

Not here: which field a column feeds (`identity/profiles`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import vobject
from vobject.base import VObjectError

from resources.readers.careful import split_lines
from resources.readers.objects import cells_of, columns_of
from resources.readers.table import Row, Table, table_of
from resources.readers.text import find_encoding

PARTS = {
    "N": ("family", "given", "additional", "prefix", "suffix"),
    "ADR": ("street", "city", "region", "code", "country", "box", "extended"),
}
LEFT_OUT = ("PHOTO", "LOGO", "SOUND", "KEY", "VERSION", "BEGIN", "END", "PRODID")
TYPES = ("CELL", "MOBILE", "WORK", "HOME", "FAX", "MAIN", "OTHER", "BILLING")
UNREADABLE = "the card cannot be read"


def read_vcard(path: Path, name: str, member: str = "") -> Table:
    """The table of a file of cards; one that cannot be read is kept and marked."""
    data = path.read_bytes()
    encoding = find_encoding(data, name)
    lines = split_lines(data[encoding.start :].decode(encoding.name, "replace").replace("\0", ""))
    starts = [encoding.start]
    for line in lines:
        starts.append(starts[-1] + len(line.encode(encoding.name, "replace")))
    cards = [(_read("".join(lines[first:last])), first, last) for first, last in _cards(lines)]
    header = columns_of((found for found, _, _ in cards if found is not None), name)

    def read() -> Iterator[Row | None]:
        for found, first, last in cards:
            place = (first + 1, starts[first], starts[last])
            if found is None:
                yield Row(["".join(lines[first:last])[:10_000]], *place, UNREADABLE)
            else:
                yield Row(cells_of(found, header), *place)

    return table_of(member, header, read, {"format": "vCard", "encoding": encoding.name})


def _cards(lines: list[str]) -> Iterator[tuple[int, int]]:
    """The lines of each card, [first, last); one that does not end lasts to the next."""
    first: int | None = None
    for number, line in enumerate(lines):
        said = line.strip().upper()
        if said == "BEGIN:VCARD":
            if first is not None:
                yield first, number
            first = number
        elif said == "END:VCARD" and first is not None:
            yield first, number + 1
            first = None
    if first is not None:
        yield first, len(lines)


def _read(text: str) -> dict[str, str | None] | None:
    """The columns of a card; None where it cannot be read or has no end."""
    if not re.search(r"^END:VCARD\s*\Z", text, re.IGNORECASE | re.MULTILINE):
        return None
    try:
        card = vobject.readOne(text, ignoreUnreadable=True)
    except (VObjectError, ValueError, AttributeError, IndexError, KeyError, TypeError, LookupError):
        return None
    found: dict[str, list[str]] = {}
    for line in card.getChildren():
        if line.name not in LEFT_OUT:
            for column, value in _columns(line):
                if value.strip():
                    found.setdefault(column, []).append(value.strip())
    return {column: "; ".join(dict.fromkeys(values)) for column, values in found.items()} or None


def _columns(line: Any) -> Iterator[tuple[str, str]]:
    kind = next((k for k in TYPES if k in {str(t).upper() for t in _types(line)}), None)
    name = f"{line.name};{kind}" if kind else str(line.name)
    for part in PARTS.get(line.name, ()):
        yield f"{name}.{part}", _plain(getattr(line.value, part, ""))
    if line.name not in PARTS:
        yield name, _plain(line.value)


def _types(line: Any) -> list[str]:
    """Types as 3.0 and 4.0 write them (`TYPE=work,voice`), and as 2.1 does (`;WORK;VOICE`)."""
    named = [one for text in line.params.get("TYPE", []) for one in str(text).split(",")]
    return [*named, *getattr(line, "singletonparams", []), *line.params]


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(filter(None, map(_plain, value)))
    return str(value)
