"""What kind of file it is: by its first bytes, then by what the text begins with.

Not here: reading any of them.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path

from identity.errors import BadInputError

HINT = "export it as CSV, Excel or JSON and import that"
REFUSED = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"%!PS": "a PostScript document",
    b"{\\rtf": "a text document",
    b"RIFF": "a picture or sound",
    b"SQLite format 3": "an SQLite database",
    b"\x7fELF": "a program",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"ORC": "an ORC file",
    b"Obj\x01": "an Avro file",
    codecs.BOM_UTF32_LE: "text in UTF-32",
    codecs.BOM_UTF32_BE: "text in UTF-32",
}
BINARY = {b"MZ": "a program", b"BM": "a bitmap picture"}  # if zero bytes follow: they might be words
INSIDE = {
    "xl/": "workbook", "word/": "a text document", "ppt/": "a presentation", "index/": "a Numbers or Pages document",
    "meta-inf/": "an OpenDocument file or a program",
}  # fmt: skip
WEB_PAGE = re.compile(rb"<(!doctype\s+html|html|table|head|body)[\s>]", re.IGNORECASE)
HEAD = 65536


def kind_of(path: Path, name: str) -> str:
    """`gzip`, `zip`, `workbook`, `parquet`, `json_lines`, `json`, `vcard` or `delimited`; refuses `not_a_table`."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    refused = {**REFUSED, **(BINARY if b"\0" in head[2:64] else {})}
    for magic, kind in refused.items():
        if head.startswith(magic):
            raise _refused(name, kind)
    for magic, kind in ((b"\x1f\x8b", "gzip"), (b"PAR1", "parquet"), (b"\xd0\xcf\x11\xe0", "workbook")):
        if head.startswith(magic):
            return kind
    return _zipped(path, name) if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) else _written(head, name)


def _refused(name: str, kind: str) -> BadInputError:
    return BadInputError("not_a_table", f"{name} is {kind}, not a table", HINT)


def _zipped(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [member.lower() for member in archive.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise BadInputError("damaged_archive", f"{name} is a damaged zip archive", "send it again") from None
    for start, kind in INSIDE.items():
        if any(member.startswith(start) for member in names):
            if kind == "workbook":
                return kind
            raise _refused(name, kind)
    return "zip"


def _written(head: bytes, name: str) -> str:
    """The kind of a text."""
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = head.decode("utf-16" if wide else "utf-8-sig", "ignore").lstrip()
    if WEB_PAGE.search(head[:2048]) or text.startswith("<?xml"):
        raise _refused(name, "a web page or XML (some tools call it .xls)")
    if text[:11].upper() == "BEGIN:VCARD":
        return "vcard"
    if re.match(r"\[\s*(\{|\]\s*$)", text):
        return "json"
    if re.match(r"\{\s*(\"|\}\s*$)", text):
        return "json_lines" if _is_lines(text, name) else "json"
    return "delimited"


def _is_lines(text: str, name: str) -> bool:
    """Whether each line is an object of its own."""
    first, *rest = [line for line in text.split("\n") if line.strip()]
    several = bool(rest) and rest[0].lstrip().startswith("{") and first.rstrip().endswith("}")
    return several or name.lower().endswith((".jsonl", ".ndjson"))
