"""The lines of vCards, from bytes to properties: folded lines, quoted-printable, charsets, quoted parameters.

Not here: which column a property is (`resources.readers.vcard`). The library `vobject` is not used: a line of fifty
bytes (`N;A=b,c=b,c=b,c…`) keeps its patterns busy for days.
"""

from __future__ import annotations

import io
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from resources.readers.text import Encoding

MOST_LINE = 2**16  # bytes that are read at a time: a line may hold a picture
MOST_CARD = 2**20  # bytes of a card without pictures
LEFT_OUT = re.compile(rb"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY|X-ABADR|X-ABLABEL|PRODID|VERSION)[;:]", re.IGNORECASE)
HEAD = re.compile(r"((?:[^\":]|\"[^\"]*\")*):(.*)", re.DOTALL)
PARAMETER = re.compile(r"(?:[^\";]|\"[^\"]*\"?)+")


class Property(NamedTuple):
    """A property of a card: its name, its parameters (a bare one is a TYPE), its text still with its escapes."""

    name: str
    parameters: dict[str, list[str]]
    value: str


@dataclass(slots=True)
class Card:
    """A card's place in the file ([begin, end) in bytes) and its lines, unfolded; `why`: why it cannot be read."""

    line: int
    begin: int
    end: int = 0
    lines: list[bytearray] = field(default_factory=list)
    size: int = 0
    why: str | None = None

    def add(self, text: bytes, *, goes_on: bool) -> None:
        """Add a line, or the rest of the last one."""
        self.size += len(text)
        if self.size > MOST_CARD:
            self.why = f"a card of more than {MOST_CARD // 2**20} MB"
        elif goes_on and self.lines:
            if _is_soft(self.lines[-1]):
                del self.lines[-1][-1]
            self.lines[-1] += text
        else:
            self.lines.append(bytearray(text))


def read_cards(path: Path, encoding: Encoding) -> Iterator[Card | None]:
    """The cards of a file; None for a line that stands in none."""
    card: Card | None = None
    is_left_out = False
    for number, begin, text, is_rest in _lines(path, encoding):
        said = b"" if is_rest else text.strip().upper()
        if card is None:
            card = Card(number, begin) if said == b"BEGIN:VCARD" else None
            if card is None and not is_rest:
                yield None
        elif said in (b"BEGIN:VCARD", b"END:VCARD"):
            card.end = begin + (len(text) * encoding.unit if said == b"END:VCARD" else 0)
            card.why = card.why or ("the card has no end" if said == b"BEGIN:VCARD" else None)
            yield card
            card = Card(number, begin) if said == b"BEGIN:VCARD" else None
        else:
            is_soft = bool(card.lines) and not is_left_out and _is_soft(card.lines[-1])
            goes_on = is_rest or is_soft or text[:1] in (b" ", b"\t")
            is_left_out = is_left_out if goes_on else bool(LEFT_OUT.match(text))
            if not is_left_out and (goes_on or said):
                card.add(text if is_rest or is_soft or not goes_on else text[1:], goes_on=goes_on)
    if card is not None:
        card.end, card.why = path.stat().st_size, card.why or "the card has no end"
        yield card


def _is_soft(line: bytearray) -> bool:
    """Whether a line of quoted-printable text says that it goes on."""
    return line.endswith(b"=") and b"QUOTED-PRINTABLE" in line[: line.find(b":") + 1].upper()


def _lines(path: Path, encoding: Encoding) -> Iterator[tuple[int, int, bytes, bool]]:
    """Lines without their ends: number, first byte, text, and whether it is the rest of a line that was too long.

    UTF-16 comes as UTF-8, all else as it is: which encoding a value has, its card says.
    """
    codec = encoding.name if encoding.unit == 2 else "latin-1"
    with path.open("rb") as raw:
        raw.seek(encoding.start)
        at, number, is_rest = encoding.start, 1, False
        file = io.TextIOWrapper(raw, codec, errors="replace", newline="")
        while piece := file.readline(MOST_LINE):
            text = piece.rstrip("\r\n")
            yield number, at, text.encode("utf-8" if encoding.unit == 2 else "latin-1"), is_rest
            at += len(piece.encode(codec, "replace"))
            is_rest = text == piece
            number += not is_rest
        file.detach()


def properties(card: Card, fallback: str) -> Iterator[Property]:
    """The properties of a card; ValueError where a value is in no encoding that we know."""
    for line in card.lines:
        found = HEAD.match(line.decode("latin-1"))
        if not found:
            continue
        name, *rest = PARAMETER.findall(found[1]) or [""]
        parameters: dict[str, list[str]] = {}
        for one in rest:
            key, is_named, said = one.partition("=")
            values = (said if is_named else key).strip('"').split(",")
            bare = "ENCODING" if key.upper() in ("QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT") else "TYPE"
            parameters.setdefault(key.strip().upper() if is_named else bare, []).extend(v.strip('" ') for v in values)
        how = {v.upper() for v in parameters.get("ENCODING", [])}
        value = found[2].encode("latin-1")
        if "QUOTED-PRINTABLE" in how:
            value = quopri.decodestring(value)
        if not how & {"B", "BASE64"}:
            text = decoded(value, [*parameters.get("CHARSET", []), fallback])
            yield Property(name.rpartition(".")[2].strip().upper(), parameters, text)


def decoded(value: bytes, charsets: list[str]) -> str:
    """A value as text: UTF-8 if it is, else what its card says, else the file's encoding."""
    for charset in ("utf-8", *charsets):
        try:
            return value.decode(charset).replace("\0", "")
        except (UnicodeDecodeError, LookupError):
            continue
    raise ValueError


def split(value: str, at: str) -> list[str]:
    """The parts of a value at a sign that is not escaped, each without its escapes."""
    cuts = [-1, *(m.start() for m in re.finditer(rf"\\.|{at}", value, re.DOTALL) if m[0] == at), len(value)]
    return [plain(value[a + 1 : b]) for a, b in pairwise(cuts)]


def plain(value: str) -> str:
    """A value without its escapes."""
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value, flags=re.DOTALL).strip()
