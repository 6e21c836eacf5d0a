"""Delimited bytes to tables: dialects, encodings, lines, damage, refusals; no row of a file is lost."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import BadInputError
from resources.readers import delimited, open_table, pieces
from resources.readers.careful import OPEN
from resources.readers.table import FROM, LINE, PLACE, RAGGED, TO

ROWS = [["Id", "Name"], ["1", "Ann Brook"], ["2", "Jörg Maß"]]
CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\r\n\t"), max_size=12)
WIDTH = st.integers(2, 5)
WORD = st.from_regex(r"[a-z]{2,8}", fullmatch=True)


def tables(cell: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    return WIDTH.flatmap(lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=8))


TABLES = tables(CELL)


class Seen(NamedTuple):
    """All of a table."""

    header: tuple[str, ...]
    rows: pl.DataFrame
    skipped: int
    facts: dict[str, str]

    @property
    def cells(self) -> list[list[str]]:
        return [list(row) for row in self.rows.filter(pl.col(RAGGED).is_null()).select(self.header).rows()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readers")


def read(folder: Path, data: bytes) -> Seen:
    path = folder / "a.csv"
    path.write_bytes(data)
    with open_table(path, path.name, "") as table:
        parts = list(table.parts())
    return Seen(table.header, pl.concat(p.rows for p in parts), sum(p.skipped for p in parts), table.facts)


def written(rows: list[list[str]], delimiter: str = ",", line_end: str = "\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "~", "^", "\x01"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_dialects(folder: Path, delimiter: str, line_end: str) -> None:
    seen = read(folder, written(ROWS, delimiter, line_end).encode())
    assert ([list(seen.header), *seen.cells], seen.facts["delimiter"]) == (ROWS, delimiter)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('a, b, c\n1, "x, y", 2\n', [["1", "x, y", "2"]]),
        ('a;b;c\n1;"x ""y""";5" pipe\n', [["1", 'x "y"', '5" pipe']]),
        ('"a","b"\n"say \\"hi\\"","2"\n"z","3"\n', [['say "hi"', "2"], ["z", "3"]]),
        ("'a','b'\n'x, y','2'\n'z','3'\n", [["x, y", "2"], ["z", "3"]]),
        ("sep=;\na;b\n1;x,y\n", [["1", "x,y"]]),
        ('"sep=;"\na;b\n1;x,y\n', [["1", "x,y"]]),
        ("a,b,c\n1,2,3,,\n", [["1", "2", "3"]]),
        ("mail\nann@example.com\n", [["ann@example.com"]]),
        ("a,b\n1,x\0y\n", [["1", "xy"]]),
        ('a,b\n="001",x\n="002",y\n', [['="001"', "x"], ['="002"', "y"]]),
        ("\ufeff\ufeffa,b\n1,x\n", [["1", "x"]]),
        ("a,b\n1,x\n\x1a", [["1", "x"]]),
        ("a,b\r\n1,x\x1a", [["1", "x"]]),
        ("a^b^c\n1^x,y^2\n3^z^4\n", [["1", "x,y", "2"], ["3", "z", "4"]]),
        ("a,b\n~1,~x\n~2,~y\n", [["~1", "~x"], ["~2", "~y"]]),
    ],
)
def test_habits_of_writers(folder: Path, text: str, cells: list[list[str]]) -> None:
    assert read(folder, text.encode()).cells == cells


@pytest.mark.parametrize(
    ("codec", "text", "named"),
    [
        ("utf-8", "Jörg Maß", "utf-8"),
        ("utf-8-sig", "Jörg Maß", "utf-8"),
        ("utf-16", "Jörg 😀 Maß", "utf-16-le"),
        ("utf-16-le", "Jörg Maß", "utf-16-le"),
        ("utf-16-be", "Jörg Maß", "utf-16-be"),
        ("cp1252", "Jörg Maß, 5 €", "cp1252"),
        ("latin-1", "Béranger", "cp1252"),
        ("cp1252", "O’Neil – “Señor” ¿Qué? L’École «Été» Ål·l 5° £5 Größe", "cp1252"),
        ("cp1251", "Иван Петров, Новосибирск, Мария Иванова, Москва, Сергей Кузнецов, Казань", "cp1251"),
        ("koi8-r", "Иван Петров, Новосибирск, Мария Иванова, Москва, Сергей Кузнецов, Казань", "koi8_r"),
        ("cp1250", "Dvořák, Škoda, Žižkov", "cp1250"),
        ("cp1250", "Łukasz Wąsowski", "cp1250"),
        ("cp1250", "Kovács Gábor, Győr, Erdős", "cp1250"),
        ("cp1254", "Şule Yıldız, İstanbul", "cp1254"),
        ("mac_roman", "José, Jörg", "mac_roman"),
        ("cp1252", "Ærø, Þórður, João Conceição, Hélène, Muñoz", "cp1252"),
        ("cp932", "山田太郎は東京の会社で働いている", "cp932"),
    ],
)
def test_encodings(folder: Path, codec: str, text: str, named: str) -> None:
    seen = read(folder, written([["Id", "Name"], ["1", text], ["2", text]]).encode(codec))
    assert (seen.cells, seen.facts["encoding"]) == ([["1", text], ["2", text]], named)


@given(TABLES)
def test_every_row_that_csv_can_write_comes_back(folder: Path, rows: list[list[str]]) -> None:
    header = [f"c{i}" for i in range(len(rows[0]))]
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    seen = read(folder, written([header, *rows]).encode())
    assert [list(seen.header), *seen.cells] == [header, *filled]
    assert seen.skipped == len(rows) - len(filled)


@given(TABLES, st.sampled_from(["utf-8", "utf-16-le", "utf-8-sig"]), st.sampled_from(["\n", "\r\n"]))
def test_the_bytes_of_a_row_are_the_row(folder: Path, rows: list[list[str]], codec: str, line_end: str) -> None:
    header = [f"c{i}" for i in range(len(rows[0]))]
    data = ("\ufeff" if codec == "utf-16-le" else "").encode(codec) + written([header, *rows], ",", line_end).encode(
        codec
    )
    seen = read(folder, data)
    for *cells, _, begin, end, _ in seen.rows.select(*seen.header, *PLACE).rows():
        text = data[begin:end].decode(codec)
        assert next(csv.reader(io.StringIO(text, newline=""))) == cells
        assert text.startswith('"') and text.endswith('"')


@given(tables(st.text("ae,;'\"\r\n ", max_size=9)), st.sampled_from(["utf-8", "cp1252", "utf-16"]), st.integers(40, 90))
def test_small_pieces_and_reading_row_by_row_give_the_same(
    folder: Path, rows: list[list[str]], codec: str, step: int
) -> None:
    data = written([[f"größe {i}" for i in range(len(rows[0]))], *rows * 3]).encode(codec)
    whole = read(folder, data)
    with mock.patch.object(delimited, "SAMPLE_STEP", step), mock.patch.object(delimited, "STEP", step):
        assert read(folder, data).rows.equals(whole.rows)
        with mock.patch.object(pieces, "_by_rule", return_value=None):
            row_by_row = read(folder, data)
    assert row_by_row.rows.equals(whole.rows)
    assert row_by_row.skipped == whole.skipped


DAMAGE = {
    "cut": lambda cells: ",".join(cells[:-1]),
    "long": lambda cells: ",".join([*cells, "more"]),
    "open": lambda cells: ",".join([cells[0], f'"{cells[1]}', *cells[2:]]),
    "blank": lambda _: "",
    "commas": lambda cells: "," * (len(cells) - 1),
    "zero": lambda cells: ",".join(cells) + "\0",
}


@given(st.lists(st.tuples(st.lists(WORD, min_size=4, max_size=4), st.sampled_from(["", "", "", *DAMAGE])), min_size=1))
def test_damage_stays_where_it_is(folder: Path, rows: list[tuple[list[str], str]]) -> None:
    header = ["id", "name", "city", "note"]
    lines = [
        DAMAGE[damage](cells) if damage else ",".join(cells) for cells, damage in [(header, ""), (header, ""), *rows]
    ]
    lines += [",".join(header)]  # so that what is above is no footer
    seen = read(folder, "\n".join(lines[:1] + lines[1:]).encode())
    numbered = list(enumerate(rows, start=3))
    good = [n for n, (_, damage) in numbered if damage in ("", "zero")]
    bad = [n for n, (_, damage) in numbered if damage in ("cut", "long", "open")]
    places = seen.rows.filter(pl.col(RAGGED).is_null())[LINE].to_list()
    assert places == [2, *good, len(lines)]
    assert seen.rows.filter(pl.col(RAGGED).is_not_null())[LINE].to_list() == bad
    assert seen.skipped == len(rows) - len(good) - len(bad)
    assert seen.cells[1:-1] == [cells for cells, damage in rows if damage in ("", "zero")]


def test_a_row_has_the_line_that_an_editor_shows(folder: Path) -> None:
    seen = read(folder, b'Id,Note\n1,"two\nlines"\n\n2,short\n')
    assert seen.rows[LINE].to_list() == [2, 5]
    assert seen.cells == [["1", "two\nlines"], ["2", "short"]]
    assert seen.rows.select(FROM, TO).rows() == [(8, 21), (23, 30)]
    assert seen.skipped == 1


def test_a_row_that_does_not_fit_keeps_its_cells_and_says_so(folder: Path) -> None:
    seen = read(folder, b'Id,Name\n1,Ann,"x,y"\n2\n3,Bo\n')
    assert seen.rows["Id"].to_list() == ['1,Ann,"x,y"', "2", "3"]
    assert seen.rows[RAGGED].to_list() == ["3 cells where the header has 2", "1 cells where the header has 2", None]


def test_an_open_quote_costs_one_row(folder: Path) -> None:
    seen = read(folder, b'Name,Notes\nA,"unterminated\nB,"fine, ""really"""\nC,"also\nfine"\n')
    assert seen.cells == [["B", 'fine, "really"'], ["C", "also\nfine"]]
    assert seen.rows.filter(pl.col(RAGGED) == OPEN).select(LINE, "Name").rows() == [(2, 'A,"unterminated')]


def test_preamble_and_footer_are_no_rows(folder: Path) -> None:
    text = (
        'Report\n"as of today,\nall of it"\n\nId,Name,City\n1,Ann,Ghent\n2,Bo,Pau\n\nThe report\n"Made by us, today"\n'
    )
    seen = read(folder, text.encode())
    assert (seen.header, seen.cells) == (("Id", "Name", "City"), [["1", "Ann", "Ghent"], ["2", "Bo", "Pau"]])
    assert seen.rows[LINE].to_list() == [6, 7]
    assert seen.skipped == 6


@pytest.mark.parametrize(
    ("text", "ids", "skipped"),
    [
        ("Id,Name,Deals\n1,Ann,3\n2,Bo,8\nTotal,,11\n", ["1", "2"], 1),
        ("Id,Name,Deals\n1,Ann,3\nSumme:,,3\nGesamtsumme,,3\n\n\nmade today\n", ["1"], 5),
        ("Id,Name,Deals\n1,Ann,3\nGrand Total,11\n", ["1"], 1),
        ('Id,Name,Deals\n1,Ann,3\n"Total (1 records)",,"1,200.50 €"\n', ["1"], 1),
        ("Id,Name,Deals\n1,Ann,3\nTotal,,11\n2,Bo,8\n", ["1", "Total", "2"], 0),
        ("Id,Name,Deals\n1,Ann,3\nTotal,Paris,11\n", ["1", "Total"], 0),
        ("Id,Name,Deals\n1,Ann,3\nTotal,,\n", ["1", "Total"], 0),
        ("Name,Deals\nAnn,3\nTotal,11\n", ["Ann", "Total"], 0),
        ("Id,Name,Deals\n1,Ann,3\nTotally,,11\n", ["1", "Totally"], 0),
        ("Id,Name,Deals\nTotal,,11\n", [], 1),
    ],
)
def test_a_total_is_no_row_where_nothing_else_can_be_meant(
    folder: Path, text: str, ids: list[str], skipped: int
) -> None:
    seen = read(folder, text.encode())
    assert ([row[0] for row in seen.cells], seen.skipped) == (ids, skipped)


def test_what_stands_alone_between_rows_is_no_footer(folder: Path) -> None:
    seen = read(folder, b"Id,Name,City\n1,Ann,Ghent\n\nalone\n2,Bo,Pau\nlast\n")
    assert seen.rows.filter(pl.col(RAGGED).is_not_null())[LINE].to_list() == [4, 6]


def test_columns_without_a_name_of_their_own_are_numbered(folder: Path) -> None:
    assert read(folder, b"Id,,Name,Name\n1,2,3,4\n").header == ("Id", "column_2", "Name", "Name (2)")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.vcf"])
@pytest.mark.parametrize("marks", ["", "\ufeff", "\ufeff\ufeff"])
@pytest.mark.parametrize("end", ["", "\x1a"])
def test_marks_at_both_ends_of_a_text_are_no_part_of_it(folder: Path, name: str, marks: str, end: str) -> None:
    texts = {
        "a.csv": "FN,TEL\nAnn,1\n",
        "a.jsonl": '{"FN": "Ann", "TEL": "1"}\n',
        "a.vcf": "BEGIN:VCARD\r\nFN:Ann\r\nTEL:1\r\nEND:VCARD\r\n",
    }
    path = folder / name
    path.write_text(f"{marks}{texts[name]}{end}", "utf-8", newline="")
    with open_table(path, name, "") as table:
        (part,) = table.parts()
    assert (part.rows.select("FN", "TEL").rows(), table.header) == ([("Ann", "1")], ("FN", "TEL"))


def test_a_large_table_is_read_in_pieces(folder: Path) -> None:
    names = random.Random(1)
    rows = [[str(i), names.choice(["Ann, of Ghent", 'Bo "the"', "C\nD"]), "x" * 30] for i in range(20_000)]
    data = written([["Id", "Name", "Pad"], *rows]).encode()
    path = folder / "large.csv"
    path.write_bytes(data)
    with open_table(path, path.name, "") as table, mock.patch.object(delimited, "STEP", 100_000):
        parts = list(table.parts())
    assert len(parts) > 8
    found = pl.concat(part.rows for part in parts)
    assert [list(row) for row in found.select(table.header).rows()] == rows
    assert found[LINE].to_list()[-1] == data.count(b"\n") - rows[-1][1].count("\n")


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "empty_file", "a.csv is empty"),
        (b" \n\n", "empty_file", "a.csv is empty"),
        (",,\n,,\n".encode("utf-16"), "empty_file", "a.csv has no rows"),
        (bytes(range(256)) * 9, "not_a_table", "binary data"),
        ("Ann,Jörg,Æ\n".encode() * 9 + b"B,J\xf6rg,C\n", "mixed_encodings", "not at line 10"),
        (b"Id,Name\n1,a\xd7b\xf7c\xb6d\n", "unknown_encoding", "its encoding is unclear"),
        (b"1,Ann,ann@x.example\n2,Bo,bo@x.example\n", "no_header", "does not name its columns"),
        (b"\xff\xfeI\0d\0\n\0\0\xdc\n\0", "unreadable_text", "byte 9"),
        (b"Id,_line\n1,2\n", "reserved_header", "'_line'"),
        (b"_ragged,Id\n1,2\n", "reserved_header", "'_ragged'"),
        (b"Id,_cells\n1,2\n", "reserved_header", "'_cells'"),
        (b",".join(b"%d" % i for i in range(6000)) + b"\n1,2\n", "too_many_columns", "6000 columns"),
    ],
)
def test_what_cannot_be_taken_is_said_in_one_line(folder: Path, data: bytes, code: str, said: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read(folder, data)
    assert refused.value.code == code
    assert said in refused.value.message
    assert "\n" not in refused.value.message
    assert refused.value.hint


def test_a_row_that_is_longer_than_any_row_is_refused(folder: Path) -> None:
    with pytest.raises(BadInputError, match="more than 16 MB at line 2"):
        read(folder, b"Id,Name\n1," + b"x" * 17 * 2**20 + b"\n")
