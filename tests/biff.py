"""The smallest old Excel workbook (BIFF8 in an OLE file) that there is, for tests.

Layout by [MS-CFB] and [MS-XLS]: one stream `Workbook` in sectors of 512 bytes, after the table of sectors
and the folder.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

SECTOR = 512
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
BOF, EOF, SHEET, LABEL, NUMBER, DIMENSIONS = 0x0809, 0x000A, 0x0085, 0x0204, 0x0203, 0x0200
GLOBALS, CELLS = 0x0005, 0x0010  # kinds of substreams


def write_xls(path: Path, sheets: Mapping[str, Sequence[Sequence[str | float]]]) -> None:
    """Sheets by name, cells by row."""
    path.write_bytes(_ole(_book(sheets)))


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _bof(kind: int) -> bytes:
    return _record(BOF, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 1996, 0, 6))


def _book(sheets: Mapping[str, Sequence[Sequence[str | float]]]) -> bytes:
    bodies = [_bof(CELLS) + _dimensions(rows) + _cells(rows) + _record(EOF) for rows in sheets.values()]
    names = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name in sheets]
    at = len(_bof(GLOBALS)) + sum(len(_record(SHEET, bytes(6) + name)) for name in names) + len(_record(EOF))
    head = _bof(GLOBALS)
    for name, body in zip(names, bodies, strict=True):
        head += _record(SHEET, struct.pack("<IH", at, 0) + name)
        at += len(body)
    return head + _record(EOF) + b"".join(bodies)


def _dimensions(rows: Sequence[Sequence[str | float]]) -> bytes:
    return _record(DIMENSIONS, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))


def _cells(rows: Sequence[Sequence[str | float]]) -> bytes:
    return b"".join(_cell(row, column, cell) for row, cells in enumerate(rows) for column, cell in enumerate(cells))


def _cell(row: int, column: int, cell: str | float) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(cell, str):
        return _record(LABEL, place + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))
    return _record(NUMBER, place + struct.pack("<d", cell))


def _ole(stream: bytes) -> bytes:
    size = max(4096, len(stream))  # a smaller one would stand in a stream of small ones
    count = -(-size // SECTOR)
    chain = [TABLE, END, *range(3, count + 2), END]
    table = struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))
    folder = _entry("Root Entry", 5, END, 0, child=1) + _entry("Workbook", 2, 2, size) + bytes(256)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0)
    head += struct.pack("<109I", 0, *[FREE] * 108)
    return head + table + folder + stream.ljust(count * SECTOR, b"\0")


def _entry(name: str, kind: int, first: int, size: int, child: int = FREE) -> bytes:
    called = name.encode("utf-16-le") + b"\0\0"
    head = called.ljust(64, b"\0") + struct.pack("<HBBIII", len(called), kind, 1, FREE, FREE, child)
    return head + bytes(36) + struct.pack("<IQ", first, size)
