"""Workbooks, JSON, Parquet, vCards and archives: the same table whatever it comes in."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.readers import Table, Unreadable, open_tables
from resources.readers.table import FROM, LINE, RAGGED, TO
from tests.workbooks import write_workbook

CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="#"), max_size=12)
ROWS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=6)
)
CSV = b"Id,Name\n1,Ann\n2,Bo\n"
TABLE = [["1", "Ann"], ["2", "Bo"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("formats")


def whole(table: Table) -> pl.DataFrame:
    return pl.concat(part.rows for part in table.parts())


def cells(table: Table) -> list[list[str | None]]:
    return [list(row) for row in whole(table).filter(pl.col(RAGGED).is_null()).select(table.header).rows()]


def read(path: Path, data: bytes) -> dict[str, list[list[str | None]]]:
    """The cells of each table by its place in the file, the header first."""
    path.write_bytes(data)
    with open_tables(path, path.name) as tables:
        found = [table for table in tables if isinstance(table, Table)]
        assert len(found) == len(tables)
        return {table.member: [list(table.header), *cells(table)] for table in found}


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@given(ROWS)
def test_json_lines_and_documents_give_back_their_rows(folder: Path, rows: list[list[str]]) -> None:
    header = [f"c{i}" for i in range(len(rows[0]))]
    objects = [dict(zip(header, row, strict=True)) for row in rows]
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects).encode()
    assert read(folder / "a.jsonl", lines) == {"": [header, *rows]}
    assert read(folder / "a.json", json.dumps(objects).encode()) == {"": [header, *rows]}
    nested = {"page": 1, "people": objects, "firms": objects[:1]}
    assert read(folder / "b.json", json.dumps(nested).encode()) == {
        "people": [header, *rows],
        "firms": [header, rows[0]],
    }


@given(ROWS)
def test_parquet_gives_back_its_rows(folder: Path, rows: list[list[str]]) -> None:
    header = [f"c{i}" for i in range(len(rows[0]))]
    out = io.BytesIO()
    pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String()), orient="row").write_parquet(out)
    assert read(folder / "a.parquet", out.getvalue()) == {"": [header, *rows]}


@given(ROWS)
def test_a_workbook_gives_back_its_rows(folder: Path, rows: list[list[str]]) -> None:
    header = [f"c{i}" for i in range(len(rows[0]))]
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    path = folder / "a.xlsx"
    write_workbook(path, {"People": [header, *rows, header], "Empty": []})
    assert read(path, path.read_bytes()) == {"People": [header, *filled, header]}


def test_cells_of_a_workbook_are_what_a_person_reads(folder: Path) -> None:
    path = folder / "b.xlsx"
    rows: list[list[str | float | bool | tuple[str, float] | None]] = [
        ["Export of all people"],
        [],
        ["Id", "Name", "Born", "Active", "Share"],
        [48600100200, "Ann\nBrook", ("date", 32874), True, 0.1],
        [],
        ["007", "Bo", ("date", 45000.5), False, 12.50, "left over"],
        [],
        ["Confidential"],
    ]
    write_workbook(path, {"Leute & mehr": rows})
    with open_tables(path, path.name) as (table,):
        assert isinstance(table, Table)
        assert table.member == "Leute & mehr"
        assert table.header == ("Id", "Name", "Born", "Active", "Share")
        assert cells(table) == [["48600100200", "Ann\nBrook", "1990-01-01", "true", "0.1"]]
        seen = whole(table)
        assert seen[LINE].to_list() == [4, 6]
        assert seen["Id"][1] == "007,Bo,2023-03-15T12:00:00,false,12.5,left over"
        assert seen[RAGGED].to_list() == [None, "6 cells where the header has 5"]
        assert sum(part.skipped for part in table.parts()) == 5


def test_json_lines_keep_numbers_places_and_what_is_damaged(folder: Path) -> None:
    lines = [
        b'{"id": 10000000000000001, "at": {"city": "Pau", "geo": {"lat": 1.10}}, "tags": ["a", "b"]}',
        b"",
        b'{"id": 2, "tags": [{"x": 1}], "late": null}',
        b'{"id": 3, "tags": ',
        b"[1, 2]",
        b"[" * 100_000,
        b'{"id": true}',
    ]
    path = folder / "c.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    with open_tables(path, path.name) as (table,):
        assert isinstance(table, Table)
        assert table.header == ("id", "at.city", "at.geo.lat", "tags", "late")
        assert cells(table) == [
            ["10000000000000001", "Pau", "1.10", "a; b", None],
            ["2", None, None, '[{"x": 1}]', None],
            ["true", None, None, None, None],
        ]
        seen = whole(table)
        assert seen.filter(pl.col(RAGGED).is_not_null()).select(LINE, RAGGED).rows() == [
            (4, "it is no JSON"),
            (5, "it is no object"),
            (6, "it is nested too deep"),
        ]
        data = path.read_bytes()
        for line, begin, end in seen.select(LINE, FROM, TO).rows():
            assert data[begin:end] == lines[line - 1]


def test_parquet_types_are_written_as_text(folder: Path) -> None:
    out = io.BytesIO()
    pl.DataFrame(
        {
            "n": [10**15],
            "amount": [Decimal("12.50")],
            "day": [dt.date(2026, 3, 14)],
            "at": [dt.datetime(2026, 3, 14, 10, tzinfo=dt.timezone(dt.timedelta(hours=1)))],
            "ok": [True],
            "mails": [["a@x.example", "b@x.example"]],
            "home": [{"city": "Pau", "geo": {"lat": 1.5}}],
            "photo": [b"\x89PNG"],
            "none": [None],
        },
        schema_overrides={"at": pl.Datetime("us", "UTC"), "none": pl.String()},
    ).write_parquet(out)
    header, row = read(folder / "t.parquet", out.getvalue())[""]
    assert dict(zip(header, row, strict=True)) == {  # type: ignore[arg-type]
        "n": "1000000000000000", "amount": "12.50", "day": "2026-03-14", "at": "2026-03-14T09:00:00Z", "ok": "true",
        "mails": "a@x.example; b@x.example", "home.city": "Pau", "home.geo.lat": "1.5", "none": None,
    }  # fmt: skip


CARDS = """BEGIN:VCARD\r
VERSION:3.0\r
N:Brook;Ann;Marie;Dr.;\r
FN:Dr. Ann Marie Brook\r
EMAIL;TYPE=INTERNET,WORK:ann@brook.example\r
EMAIL;TYPE=HOME:ann@example.org\r
TEL;TYPE=CELL:+1 415 555 0100\r
ORG:Brook & Co;Sales\r
ADR;TYPE=WORK:;;1 Long Street;Ghent;;9000;Bel\r
 gium\r
PHOTO;ENCODING=b:AAAA\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg\r
TEL;WORK;VOICE:+49 30 5550101\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:4.0\r
FN:Never Ending\r
"""


def test_cards_are_rows(folder: Path) -> None:
    path = folder / "a.vcf"
    path.write_bytes(CARDS.encode())
    with open_tables(path, path.name) as (table,):
        assert isinstance(table, Table)
        first, second = whole(table).filter(pl.col(RAGGED).is_null()).to_dicts()
        assert {k: v for k, v in first.items() if v and not k.startswith("_")} == {
            "N.family": "Brook", "N.given": "Ann", "N.additional": "Marie", "N.prefix": "Dr.",
            "FN": "Dr. Ann Marie Brook", "EMAIL;WORK": "ann@brook.example", "EMAIL;HOME": "ann@example.org",
            "TEL;CELL": "+1 415 555 0100", "ORG": "Brook & Co", "ORG.department": "Sales",
            "ADR;WORK.street": "1 Long Street",
            "ADR;WORK.city": "Ghent", "ADR;WORK.postcode": "9000", "ADR;WORK.country": "Belgium",
        }  # fmt: skip
        assert (second["N.family"], second["N.given"], second["TEL;WORK"]) == ("Müller", "Jörg", "+49 30 5550101")
        assert whole(table)[LINE].to_list() == [1, 13, 18]
        assert whole(table)[RAGGED].to_list() == [None, None, "the card has no end"]


def test_archives_hold_tables(folder: Path) -> None:
    header = ["Id", "Name"]
    assert read(folder / "a.csv.gz", gzip.compress(CSV, mtime=0)) == {"": [header, *TABLE]}
    inner = zipped(**{"inner.csv": CSV})
    data = zipped(
        **{"people.csv": CSV, "Größe/firms.csv": CSV, "more.zip": inner, "__MACOSX/._people.csv": b"\0", ".hidden": b""}
    )
    assert set(read(folder / "a.zip", data)) == {"people.csv", "Größe/firms.csv", "more.zip/inner.csv"}


def test_one_bad_file_in_an_archive_stops_only_itself(folder: Path) -> None:
    path = folder / "mixed.zip"
    path.write_bytes(zipped(**{"good.csv": CSV, "picture.png": b"\x89PNG\r\n\x1a\n", "empty.csv": b""}))
    with open_tables(path, path.name) as tables:
        found = {table.member: table.code if isinstance(table, Unreadable) else cells(table) for table in tables}
    assert found == {"good.csv": TABLE, "picture.png": "not_a_table", "empty.csv": "empty_file"}
