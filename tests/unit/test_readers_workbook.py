"""Workbooks: what a person reads is what is read; a library that ends its process does not end ours."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl
import pytest

from identity.errors import BadInputError
from resources.readers.sheet_cells import number
from resources.readers.table import LINE
from resources.readers.workbook import read_workbook
from tests.biff import write_xls
from tests.workbooks import write_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def changed(path: Path, old: bytes, new: bytes, more: dict[str, bytes] | None = None) -> Path:
    """The workbook with one thing replaced in its first sheet, and further files."""
    out = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/s1.xml":
                data = data.replace(old, new)
            if name == "xl/_rels/workbook.xml.rels" and more:
                shared = f'<Relationship Id="ss" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/>'
                data = data.replace(b"</Relationships>", shared.encode() + b"</Relationships>")
            target.writestr(name, data)
        for name, data in (more or {}).items():
            target.writestr(name, data)
    return out


def refusal(path: Path) -> str:
    with pytest.raises(BadInputError) as refused:
        for table in read_workbook(path, path.name):
            list(table.parts())
    assert "\n" not in refused.value.message
    return refused.value.code


@pytest.fixture
def small(tmp_path: Path) -> Path:
    write_workbook(tmp_path / "small.xlsx", {"People": [["Id", "Name"], ["1", "Ann"]]})
    return tmp_path / "small.xlsx"


def test_a_sheet_that_asks_for_half_a_terabyte_is_refused(small: Path) -> None:
    far = b'</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    assert refusal(changed(small, b"</row></sheetData>", far)) == "file_too_large"


def test_a_text_that_stands_in_all_cells_is_refused(small: Path) -> None:
    text = f'<sst xmlns="{MAIN}"><si><t>{"x" * 1_000_000}</t></si></sst>'.encode()
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (i, i) for i in range(3, 5000))
    bomb = changed(small, b"</sheetData>", rows + b"</sheetData>", {"xl/sharedStrings.xml": text})
    assert refusal(bomb) == "file_too_large"


def test_a_sheet_wider_than_any_table_is_refused(small: Path) -> None:
    cells = "".join(f'<c t="inlineStr"><is><t>c{i}</t></is></c>' for i in range(6000))
    wide = changed(small, b"</sheetData>", f'<row r="3">{cells}</row></sheetData>'.encode())
    assert refusal(wide) == "too_many_columns"


def test_entities_in_entities_are_not_followed(small: Path) -> None:
    assert refusal(changed(small, b"Ann", b"&b;")) == "damaged_file"


def test_a_table_that_begins_far_down_and_to_the_right_keeps_its_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows = [*([[]] * 70), [None, None, "Id", "Name"], [None, None, 7, "Ann"], [], [None, None, 8, "Bo"]]
    write_workbook(path, {"Hidden rows above": rows})
    (table,) = read_workbook(path, path.name, "a.zip")
    assert (table.member, table.header) == ("a.zip/Hidden rows above", ("Id", "Name"))
    (part,) = table.parts()
    assert part.rows.select("Id", "Name", LINE).rows() == [("7", "Ann", 72), ("8", "Bo", 74)]
    assert table.head.equals(part.rows)
    assert part.skipped == 71


def test_several_parts_hold_all_rows_of_all_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resources.readers.table.MOST_CELLS", 1000)
    path = tmp_path / "a.xlsx"
    sheets = {name: [["Id", "Name"], *[[f"{name}{i}", "Ann"] for i in range(3000)]] for name in "AB"}
    write_workbook(path, {**sheets, "Empty": []})
    for table in read_workbook(path, path.name):
        parts = list(table.parts())
        rows = pl.concat(part.rows for part in parts)
        assert rows["Id"].to_list() == [row[0] for row in sheets[table.member][1:]]
        assert rows[LINE].to_list() == list(range(2, 3002))
        assert max(part.rows.height for part in parts) == 500


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (48600100200.0, "48600100200"),
        (1e15, "1000000000000000"),
        (2.0**60, "1152921504606846976"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (-0.0, "0"),
        (12.5, "12.5"),
        (float("nan"), ""),
    ],
)
def test_numbers_are_written_as_a_spreadsheet_shows_them(value: float, text: str) -> None:
    assert number(value) == text


def test_errors_of_formulas_are_empty_and_times_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, {"A": [["Id", "At", "Due"], ["#N/A", ("date", 45000.395833333333), ("date", 0.5)]]})
    (part,) = read_workbook(path, path.name)[0].parts()
    assert part.rows.select("Id", "At", "Due").rows() == [("", "2023-03-15T09:30:00", "12:00:00")]


@pytest.mark.parametrize(
    ("stream", "code"),
    [("EncryptedPackage", "encrypted_file"), ("WordDocument", "not_a_table"), ("Book", "damaged_file")],
)
def test_old_office_documents_are_told_apart(tmp_path: Path, stream: str, code: str) -> None:
    from resources.readers import open_tables

    path = tmp_path / "a.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + f"{stream}\0".encode("utf-16-le") + bytes(500))
    with pytest.raises(BadInputError) as refused, open_tables(path, path.name):
        pass
    assert refused.value.code == code


def test_an_old_workbook_gives_back_its_sheets(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    rows = [["Id", "Name", "Amount"], ["007", "Jörg Maß", 1200.5], ["008", "山田", 4.0]]
    write_xls(path, {"People": rows, "Empty": [[""]], "Total": [["Id", "Sum", "Of"], ["1", "2", "3"]]})
    people, total = read_workbook(path, path.name)
    (part,) = people.parts()
    assert (people.member, total.member, people.header) == ("People", "Total", ("Id", "Name", "Amount"))
    assert part.rows.select("Id", "Name", "Amount").rows() == [("007", "Jörg Maß", "1200.5"), ("008", "山田", "4")]


def test_a_total_below_the_rows_of_a_sheet_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows = [["Name", "City", "Deals"], ["Total Care", "Ghent", "3"], ["Ann", "Pau", "8"]]
    write_workbook(path, {"A": [*rows, ["Total:", "", 11.0], ["as of today"]]})
    (part,) = read_workbook(path, path.name)[0].parts()
    assert (part.rows["Name"].to_list(), part.skipped) == (["Total Care", "Ann"], 2)
