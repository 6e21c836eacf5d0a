"""Rows of texts blanked where they stand: CSV and its kin, JSON Lines, JSON documents, vCards.

Delimiters, quotes, line ends, the keys of objects and the names of properties stay, so that the file is read as before;
every other character becomes as many bytes of filler as it takes.

Not here: files that are packed (`resources.blanking`).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import polars as pl

from resources.readers import open_tables
from resources.readers.json_document import elements
from resources.readers.table import FROM, LINE, TO, Table

FILLER = "x"
QUOTES = "\"'\\\\"  # and what may stand before one, in a pattern: in whatever dialect, they part cells
JSON_PARTS = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"\s*:)|"(?P<text>(?:[^"\\]|\\.)*)"|(?P<number>-?(?:\d[\d.eE+-]*|Infinity)|NaN)'
    r"|(?P<word>true|false)",
    re.DOTALL,
)
PROPERTY = re.compile(r'((?:[^":\r\n]|"[^"\r\n]*")*:)(.*)', re.DOTALL)
MARKERS = ("BEGIN:", "END:", "VERSION:")


def blank_text(kind: str, path: Path, name: str, rows: Mapping[str, frozenset[int]], out: Path) -> None:
    """Write a text without some rows."""
    if kind == "json":
        _json(path, name, rows, out)
        return
    data = bytearray(path.read_bytes())
    with open_tables(path, name) as tables:
        for table in tables:
            if isinstance(table, Table) and table.member in rows:
                fill = _filling(kind, table)
                for begin, end in _spans(table, rows[table.member]):
                    data[begin:end] = fill(bytes(data[begin:end]))
    out.write_bytes(data)


def _spans(table: Table, lines: frozenset[int]) -> Iterator[tuple[int, int]]:
    for part in table.parts():
        yield from part.rows.filter(pl.col(LINE).is_in(lines)).select(FROM, TO).iter_rows()


def _filling(kind: str, table: Table) -> Callable[[bytes], bytes]:
    if kind == "json_lines":
        return lambda row: _object(row.decode("utf-8", "surrogateescape"), "utf-8").encode("utf-8", "surrogateescape")
    if kind == "vcard":
        codec = table.facts["encoding"]
        codec = codec if codec.startswith("utf-16") else "latin-1"  # of others a card may say which it is in
        return lambda row: _card(row.decode(codec, "replace"), codec).encode(codec)
    codec, keep = table.facts["encoding"], re.escape(table.facts["delimiter"]) + QUOTES
    pattern = re.compile(f'(?! +")[^{keep}\r\n]')  # blanks before a quote may mean nothing, or all
    return lambda row: pattern.sub(lambda found: _filler(found[0], codec), row.decode(codec, "surrogateescape")).encode(
        codec, "surrogateescape"
    )


def _filler(text: str, codec: str) -> str:
    """As many bytes as the text takes."""
    unit = 2 if codec.startswith("utf-16") else 1
    return FILLER * (len(text.encode(codec, "surrogateescape")) // unit)


def _object(text: str, codec: str) -> str:
    """JSON without values; what is no JSON keeps its first sign alone."""
    from resources.readers.objects import DECODER  # noqa: PLC0415

    try:
        DECODER.decode(text.strip())
    except (ValueError, RecursionError):
        return text[:1] + re.sub(r"[^\r\n]", lambda found: _filler(found[0], codec), text[1:])
    return JSON_PARTS.sub(lambda found: _value(found, codec), text)


def _value(found: re.Match[str], codec: str) -> str:
    match found.lastgroup:
        case "key":
            return found[0]
        case "text":
            return f'"{_filler(found["text"], codec)}"'
        case "number":
            return "1" * len(found[0])
    return "null".ljust(len(found[0]))


def _json(path: Path, name: str, rows: Mapping[str, frozenset[int]], out: Path) -> None:
    data = path.read_bytes()
    codec = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    text = data.decode(codec)
    plain = "utf-16-le" if codec == "utf-16" else "utf-8"
    parts, at = [], 0
    for one in elements(path, name):
        if one.number in rows.get(".".join(one.path), ()):
            begin, end = one.span
            parts += [text[at:begin], JSON_PARTS.sub(lambda found: _value(found, plain), text[begin:end])]
            at = end
    whole = "".join([*parts, text[at:]])
    mark = next((m for m in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) if data.startswith(m)), b"")
    wide = "utf-16-be" if mark == codecs.BOM_UTF16_BE else plain
    out.write_bytes(mark + whole.encode(wide))


def _card(text: str, codec: str) -> str:
    """A card without the values of its properties; folded lines stay folded."""
    lines, kept = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text), []
    is_soft = False
    for line in lines:
        bare = line.rstrip("\r\n")
        found = PROPERTY.fullmatch(bare)
        if bare.upper().startswith(MARKERS):
            kept.append(line)
        elif found and not is_soft and bare[:1] not in (" ", "\t"):
            kept.append(found[1] + _cells(found[2], codec) + line[len(bare) :])
        else:
            kept.append(bare[:1].strip(FILLER) * bare[:1].isspace() + _cells(bare[bare[:1].isspace() :], codec))
            kept.append(line[len(bare) :])
        is_soft = bare.endswith("=")
    return "".join(kept)


def _cells(value: str, codec: str) -> str:
    """Filler between the signs that part a value; a last `=` says that it goes on."""
    rest = "=" if value.endswith("=") else ""
    return re.sub(r"[^;]", lambda found: _filler(found[0], codec), value.removesuffix("=")) + rest
