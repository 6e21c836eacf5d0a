"""Bytes to tables: dialects, encodings, lines, refusals; every row of a file is a row of the table."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import BadInputError
from resources.readers import TextTable, read_table
from resources.readers.delimited import MOST_CELL
from resources.readers.table import LINE, RAGGED

ROWS = [["Id", "Name"], ["1", "Ann Brook"], ["2", "Jörg Maß"]]
CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
WIDTH = st.integers(2, 5)
TABLES = WIDTH.flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8))


def written(rows: list[list[str]], delimiter: str = ",", line_end: str = "\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue()


def cells(table: TextTable) -> list[list[str]]:
    return [list(table.header), *(list(row) for row in table.rows.select(table.header).rows())]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_dialects(delimiter: str, line_end: str) -> None:
    table = read_table(written(ROWS, delimiter, line_end).encode(), "a.csv")
    assert (cells(table), table.delimiter) == (ROWS, delimiter)


@pytest.mark.parametrize(
    ("codec", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_encodings(codec: str, named: str) -> None:
    table = read_table(written(ROWS).encode(codec), "a.csv")
    assert (cells(table), table.encoding) == (ROWS, named)


@given(TABLES)
def test_every_row_that_csv_can_write_comes_back(rows: list[list[str]]) -> None:
    header = [f"c{i}" for i in range(len(rows[0]))]
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    table = read_table(written([header, *rows]).encode(), "a.csv")
    assert cells(table) == [header, *filled]
    assert table.skipped == len(rows) - len(filled)
    assert table.rows[RAGGED].null_count() == table.rows.height


def test_a_row_has_the_line_that_an_editor_shows() -> None:
    text = 'Id,Note\n1,"two\nlines"\n\n2,short\n'
    table = read_table(text.encode(), "a.csv")
    assert table.rows[LINE].to_list() == [2, 5]
    assert table.rows["Note"].to_list() == ["two\nlines", "short"]
    assert table.skipped == 1


def test_a_row_that_does_not_fit_keeps_its_cells_and_says_so() -> None:
    table = read_table(b'Id,Name\n1,Ann,"x,y"\n2\n3,Bo\n', "a.csv")
    assert table.rows["Id"].to_list() == ['1,Ann,"x,y"', "2", "3"]
    assert table.rows[RAGGED].to_list() == [
        "3 cells where the header has 2",
        "1 cells where the header has 2",
        None,
    ]


def test_a_header_without_a_name_is_numbered() -> None:
    assert read_table(b"Id,,Name\n1,2,3\n", "a.csv").header == ("Id", "column_2", "Name")


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "empty_file", "a.csv is empty"),
        (b" \n\n", "empty_file", "a.csv is empty"),
        (",,\n,,\n".encode("utf-16"), "empty_file", "a.csv has no rows"),
        (b"\x89PNG\r\n\x1a\n0000", "not_a_table", "a PNG picture"),
        (b"PK\x03\x04rest", "not_a_table", "a zip archive or a spreadsheet"),
        (b"PAR1rest", "not_a_table", "a Parquet file"),
        (b"Id,Name\n1,A\0B\n", "not_a_table", "binary data"),
        (b"Id,Name\n1,\xc3(\x81\n", "unreadable_text", "byte 13"),
        (b"Id,Id\n1,2\n", "duplicate_header", "the column 'Id' twice"),
        (b"Id,_line\n1,2\n", "reserved_header", "'_line'"),
        (b"_ragged,Id\n1,2\n", "reserved_header", "'_ragged'"),
        (b"Id,_cells\n1,2\n", "reserved_header", "'_cells'"),
    ],
)
def test_what_cannot_be_taken_is_said_in_one_line(data: bytes, code: str, said: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_table(data, "a.csv")
    assert refused.value.code == code
    assert said in refused.value.message
    assert "\n" not in refused.value.message
    assert refused.value.hint


def test_a_cell_that_is_longer_than_any_cell_is_refused() -> None:
    with pytest.raises(BadInputError, match="cannot be read at line 2"):
        read_table(b"Id,Name\n1," + b"x" * (MOST_CELL + 1) + b"\n", "a.csv")
