"""What kind of file it is: by its first bytes, then by what is in it, its name last.

Not here: reading any of them.
"""

from __future__ import annotations

import codecs
import mmap
import re
from itertools import islice
from pathlib import Path

from identity.errors import BadInputError
from resources.readers.archives import open_zip
from resources.readers.json_lines import MOST_LINE
from resources.readers.objects import DECODER

HINT = "export it as CSV, Excel or JSON and import that"
READ = {b"\x1f\x8b": "gzip", b"PAR1": "parquet", b"\xd0\xcf\x11\xe0": "office", b"PK\x03\x04": "zip", b"PK\5\6": "zip"}
REFUSED = {
    b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document", b"%!PS": "a PostScript document", b"{\\rtf": "a text document",
    b"RIFF": "a picture or sound", b"SQLite format 3": "an SQLite database", b"\x7fELF": "a program",
    b"7z\xbc\xaf": "a 7z archive", b"Rar!": "a RAR archive", b"BZh": "a bzip2 archive", b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive", b"ORC": "an ORC file", b"Obj\x01": "an Avro file",
    b"MIME-Version:": "a web page (some tools call it .xls)", b"ARROW1\0": "an Arrow file",
    codecs.BOM_UTF32_LE: "text in UTF-32", codecs.BOM_UTF32_BE: "text in UTF-32",
}  # fmt: skip
BINARY = {b"MZ": "a program", b"BM": "a bitmap picture"}  # if zero bytes follow: they might be words
INSIDE = {
    "xl/workbook.xml": "workbook", "xl/workbook.bin": "workbook", "word/document.xml": "a text document",
    "ppt/presentation.xml": "a presentation", "index/document.iwa": "a Numbers or Pages document",
    "index.zip": "a Numbers or Pages document", "meta-inf/manifest.xml": "an OpenDocument file",
    "meta-inf/manifest.mf": "a program",
}  # fmt: skip
STREAMS = {"EncryptedPackage": "encrypted", "Workbook": "workbook", "Book": "workbook"}  # of old Office documents
WEB_PAGE = re.compile(r"\s*(<!--.*?-->\s*)*<(\?xml|!doctype|html|head|body|table|meta|style|div)[\s>]", re.I | re.S)
HEAD = 65536


def kind_of(path: Path, name: str) -> str:
    """`gzip`, `zip`, `workbook`, `parquet`, `json_lines`, `json`, `vcard` or `delimited`.

    Refuses `not_a_table`, `encrypted_file` and `damaged_archive`.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    for magic, kind in {**REFUSED, **(BINARY if b"\0" in head[2:64] else {})}.items():
        if head.startswith(magic):
            raise _refused(name, kind)
    kind = next((kind for magic, kind in READ.items() if head.startswith(magic)), "text")
    match kind:
        case "zip":
            return _zipped(path, name)
        case "office":
            return _office(path, name)
        case "text":
            return _written(head, path, name)
    return kind


def _refused(name: str, kind: str) -> BadInputError:
    return BadInputError("not_a_table", f"{name} is {kind}, not a table", HINT)


def _zipped(path: Path, name: str) -> str:
    with open_zip(path, name) as archive:
        inside = {member.lower().replace("\\", "/") for member in archive.namelist()}
    kind = next((kind for member, kind in INSIDE.items() if member in inside), "zip")
    if kind not in ("zip", "workbook"):
        raise _refused(name, kind)
    return kind


def _office(path: Path, name: str) -> str:
    """By the names of the streams in it: a workbook, or a document that Excel keeps there when it has a password."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = [kind for stream, kind in STREAMS.items() if data.find(f"{stream}\0".encode("utf-16-le")) >= 0]
    if not found:
        raise _refused(name, "an old Office document or message")
    if found[0] == "encrypted":
        raise BadInputError("encrypted_file", f"{name} has a password", "save it without one")
    return found[0]


def _written(head: bytes, path: Path, name: str) -> str:
    """The kind of a text."""
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = head.decode("utf-16" if is_wide else "utf-8-sig", "ignore").lstrip("\ufeff \t\r\n\v\f")
    if WEB_PAGE.match(text):
        raise _refused(name, "a web page or XML (some tools call it .xls)")
    if text[:11].upper() == "BEGIN:VCARD":
        return "vcard"
    if re.match(r"\[\s*(\{|\]\s*$)|\{\s*(\"|\}\s*$)", text) or (
        text.startswith(("[", "{")) and name.lower().endswith(".json")
    ):
        return "json_lines" if text[0] == "{" and not is_wide and _is_lines(path, name) else "json"
    return "json_lines" if name.lower().endswith((".jsonl", ".ndjson")) and text else "delimited"


def _is_lines(path: Path, name: str) -> bool:
    """Whether objects stand on lines of their own."""
    if name.lower().endswith((".jsonl", ".ndjson")):
        return True
    with path.open("rb") as file:
        lines = (line.strip() for line in iter(lambda: file.readline(MOST_LINE), b""))
        first, second = [*islice(filter(None, lines), 2), b"", b""][:2]
    try:
        DECODER.decode(first.decode("utf-8-sig").lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return False
    return second.startswith(b"{")
