"""From bytes to text: what kind of file it is, and in which encoding.

Not here: the table inside (`resources.readers.delimited`).
"""

from __future__ import annotations

from identity.errors import BadInputError

KINDS = {
    b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"GIF8": "a GIF picture", b"BM": "a bitmap picture",
    b"%PDF": "a PDF document", b"PK\x03\x04": "a zip archive or a spreadsheet", b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file", b"\xd0\xcf\x11\xe0": "an old Office document", b"SQLite format 3": "an SQLite database",
    b"\x7fELF": "a program", b"RIFF": "a picture or sound", b"7z\xbc\xaf": "a 7z archive",
}  # fmt: skip
HINT = "export it as CSV (UTF-8) and import that"


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Text and the encoding that it was read in: by its byte order mark, else UTF-8, else Windows-1252."""
    if not data.strip():
        raise BadInputError("empty_file", f"{name} is empty", "export it again")
    for magic, kind in KINDS.items():
        if data.startswith(magic) and (magic != b"BM" or b"\0" in data[:64]):
            raise BadInputError("not_a_table", f"{name} is {kind}, not a table of text", HINT)
    text, encoding = _decode(data, name)
    if "\0" in text:
        raise BadInputError("not_a_table", f"{name} holds binary data, not a table of text", HINT)
    if not text.strip():
        raise BadInputError("empty_file", f"{name} is empty", "export it again")
    return text, encoding


def _decode(data: bytes, name: str) -> tuple[str, str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strict(data, "utf-16", name)
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return _strict(data, "cp1252", name)


def _strict(data: bytes, encoding: str, name: str) -> tuple[str, str]:
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        where = f"byte {error.start + 1}"
        raise BadInputError("unreadable_text", f"{name} is neither UTF-8 nor {encoding} at {where}", HINT) from None
