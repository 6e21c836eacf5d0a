"""A person whose every value is a word of its own, files that tell of them among others, and a search for the words.

Not here: the erasing (`tests/integration/test_erasure.py`).
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from tests.workbooks import write_workbook

P = {  # canaries by what they are of the person
    "first": "Zephyrine", "last": "Quillfeather", "mail": "zephyrine@quillfeather.example", "phone": "+12025550143",
    "second": "zq1961@home.example", "street": "17 Larkspur Row", "city": "Quintonbury", "postcode": "QX7 4ZJ",
    "company": "Gyroscopes of Quinton", "domain": "quillfeather.example", "title": "Chief Gyroscopist",
    "older": "Junior Gyroscopist", "national": "QF-778-1123-X", "id": "zq-7781-id", "notes": "prefers marmalade",
    "superseded": "was a lighthouse keeper", "rejected": "asked for kippers", "fair": "met at the llama stand",
    "lines": "speaks fluent Volapuk", "list": "collects tram tickets", "subject": "Lunch with Zephyrine Quillfeather",
    "deal": "Marmalade for the moonbase", "reason": "they argued about zeppelins", "shown": "feedc0decafe7781",
    "picture": "a portrait in crayon",
}  # fmt: skip
CONTACT = [
    "Id", "First", "Last", "Mail", "Phone", "Street", "City", "Post", "Company", "Domain", "Title", "National",
    "Notes", "Changed",
]  # fmt: skip
FIELDS = {
    "First": "first_name", "Last": "last_name", "Mail": "email", "Phone": "phone", "Street": "street", "City": "city",
    "Post": "postcode", "Company": "company_name", "Domain": "company_domain", "Title": "title",
    "National": "national_id", "Notes": "notes",
}  # fmt: skip
ANN = ["ann-1", "Ann", "Brook", "ann@brook.example", "+12025550111", "1 Mill Lane", "Leeds", "LS1", "Brook and Sons",
       "brook.example", "Buyer", "AB-1", "likes tea", "2026-05-01"]  # fmt: skip
BOB = ["bob-2", "Bob", "Hill", "bob@hill.example", "+12025550122", "2 Mill Lane", "York", "YO1", "Hill Works",
       "hill.example", "Owner", "BH-2", "é ü", "2026-05-01"]  # fmt: skip
MINE = ("id", "first", "last", "mail", "phone", "street", "city", "postcode", "company", "domain", "title", "national")
ME = [*(P[name] for name in MINE), P["notes"], "2026-05-05"]


def me(**changed: str) -> list[str]:
    """A row of the person."""
    cells = dict(zip(CONTACT, ME, strict=True)) | changed
    return list(cells.values())


def csv(*rows: list[str], header: list[str] = CONTACT) -> bytes:
    """Rows as a file."""
    return "\n".join(
        ",".join(f'"{cell}"' if " " in cell else cell for cell in row) for row in [header, *rows, []]
    ).encode()


def workbook(tmp_path: Path, *rows: list[str]) -> bytes:
    """Rows as a workbook, beside a sheet that is no list of contacts."""
    write_workbook(
        tmp_path / "book.xlsx", {"Visitors": [CONTACT, *rows], "Halls": [["Hall", "Size"], ["A", 1], ["B", 2]]}
    )
    return (tmp_path / "book.xlsx").read_bytes()


def texts(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what they hold where they are packed."""
    data = path.read_bytes()
    yield data
    yield from unpacked(data)


def unpacked(data: bytes) -> Iterator[bytes]:
    """What is packed in bytes."""
    if data[:4] == b"PAR1":
        yield str(pl.read_parquet(io.BytesIO(data)).to_dicts()).encode()
    elif data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def found(roots: list[Path]) -> dict[str, set[str]]:
    """Which canaries stand in which files."""
    sought = {name: (value.encode(), value.encode("utf-16-le")) for name, value in P.items()}
    hits: dict[str, set[str]] = {}
    for path in (path for root in roots for path in root.rglob("*") if path.is_file()):
        for data in texts(path):
            for name, forms in sought.items():
                if any(form in data for form in forms):
                    hits.setdefault(name, set()).add(str(path))
    return hits
