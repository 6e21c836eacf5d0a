"""JSON: no number is rounded, nothing crashes a parser, no record is lost; what is too large is refused."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from identity.errors import BadInputError
from resources.readers import Table, open_tables
from resources.readers.json_document import read_json
from resources.readers.json_lines import MOST_LINE, read_json_lines
from resources.readers.table import FROM, LINE, RAGGED, TO


def tables(path: Path, text: str | bytes) -> dict[str, list[tuple[object, ...]]]:
    """Header and rows by place, whatever kind the file is found to be."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with open_tables(path, path.name) as found:
        made = {}
        for table in found:
            assert isinstance(table, Table)
            rows = pl.concat(part.rows for part in table.parts()).select(table.header)
            made[table.member] = [table.header, *rows.rows()]
        return made


def refusal(path: Path, text: str | bytes) -> str:
    with pytest.raises(BadInputError) as refused:
        tables(path, text)
    assert "\n" not in refused.value.message
    assert "ann@" not in refused.value.message
    return refused.value.code


def test_a_number_of_many_digits_is_kept_as_it_is_written(tmp_path: Path) -> None:
    many = "9" * 5000
    for text in (
        f'[{{"id": {many}, "x": 1.10, "y": 1E5, "z": -0.0}}]',
        f'{{"id": {many}, "x": 1.10, "y": 1E5, "z": -0.0}}\n{{}}',
    ):
        rows = tables(tmp_path / "a.json", text)[""]
        assert rows[:2] == [("id", "x", "y", "z"), (many, "1.10", "1E5", "-0.0")]


def test_lists_are_found_wherever_they_are(tmp_path: Path) -> None:
    text = '{"item": [{"id": 1}], "page": {"next": null, "rows": [7, {"id": 2, "tags": [{"x": 1.50}]}]}, "t": ["a"]}'
    assert tables(tmp_path / "a.json", text) == {
        "item": [("id",), ("1",)],
        "page.rows": [("id", "tags"), ("7", None), ("2", '[{"x": 1.50}]')],
    }


def test_keys_with_blanks_or_without_letters_keep_their_cells(tmp_path: Path) -> None:
    assert tables(tmp_path / "a.jsonl", '{" id ": "1", "": "x", "id": "2"}\n') == {
        "": [("id", "column_2", "id (2)"), ("1", "x", "2")]
    }


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_half_a_character_does_not_stop_a_file(tmp_path: Path, suffix: str) -> None:
    lines = ['{"id": "1", "n": "\\ud800x"}', '{"id": "2", "\\udc00": "😀\\ud83d\\ude00"}']
    text = "\n".join(lines) if suffix == "jsonl" else f"[{','.join(lines)}]"
    assert tables(tmp_path / f"a.{suffix}", text)[""] == [("id", "n", "?"), ("1", "?x", None), ("2", None, "😀😀")]


def test_a_document_in_utf16_and_one_with_a_mark(tmp_path: Path) -> None:
    for codec in ("utf-16", "utf-8-sig"):
        assert tables(tmp_path / "a.json", '[{"name": "Jörg"}]'.encode(codec)) == {"": [("name",), ("Jörg",)]}


@pytest.mark.parametrize(
    "text",
    ['[{"a": 1}, {"a": "ann@x.example"', '[{"a": 1}] [', '[{"a" 1}]', '[{"a": "ann@x.example" x}]', '{"a": [{"b": 1}]'],
)
def test_a_document_that_breaks_off_gives_nothing(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path / "a.json", text) == "damaged_file"


@pytest.mark.parametrize("text", ["[1, 2]", '{"a": 1}', '{"a": ["b"]}', "[]", "[[1, 2]]"])
def test_a_document_without_objects_in_a_list_is_no_table(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path / "a.json", text) == "not_a_table"


@pytest.mark.parametrize("deep", ['{"a":' * 101 + "1" + "}" * 101, "[" * 100_000, "[{" * 60])
def test_what_is_nested_too_deep_is_refused(tmp_path: Path, deep: str) -> None:
    assert refusal(tmp_path / "a.json", f'[{{"x": {deep}') in ("not_a_table", "damaged_file")
    if deep.endswith("}"):
        assert refusal(tmp_path / "a.json", f'[{{"x": {deep}}}]') == "not_a_table"
        rows = tables(tmp_path / "a.jsonl", f'{{"x": {deep}}}\n{{"x": 1}}\n')[""]
        assert rows[2] == ("1",)


def test_a_large_record_is_refused_and_a_large_line_is_a_bad_row(tmp_path: Path) -> None:
    large = '\\"' * (MOST_LINE // 2)
    assert refusal(tmp_path / "a.json", f'[{{"a": "{large}"}}]') == "cell_too_large"
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"a": 1}}\n{{"a": "{large}"}}\n{{"a": 3}}\n')
    (part,) = read_json_lines(path, path.name).parts()
    assert part.rows.filter(pl.col(RAGGED).is_null())["a"].to_list() == ["1", "3"]
    assert part.rows[LINE].to_list() == [1, 2, 3]
    assert part.rows.select(FROM, TO).rows()[1] == (9, path.stat().st_size - 10)


def test_lines_are_told_from_a_document_by_what_they_hold(tmp_path: Path) -> None:
    long = "x" * 100_000
    lines = f'\n{{"a": "{long}"}}\n\n{{"a": "2"}}\n'
    assert tables(tmp_path / "a.json", lines)[""][1:] == [(long,), ("2",)]
    pretty = json.dumps({"rows": [{"a": 1}]}, indent=1)
    assert tables(tmp_path / "a.txt", pretty) == {"rows": [("a",), ("1",)]}


def test_a_wide_table_comes_in_short_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({f"c{i}": i for i in range(4000)}) + "\n" + '{"c0": 1}\n' * 2999)
    heights = [part.rows.height for part in read_json_lines(path, path.name).parts()]
    assert (sum(heights), max(heights)) == (3000, 1000)


def test_a_record_of_a_list_that_is_no_object_is_a_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"a": 1}, [1.50, "x"], null, {"a": 2}]')
    (part,) = read_json(path, path.name)[0].parts()
    assert part.rows.select("a", LINE, RAGGED).rows() == [
        ("1", 1, None),
        ('[1.50, "x"]', 2, "it is no object"),
        ("null", 3, "it is no object"),
        ("2", 4, None),
    ]


def test_a_cell_with_a_web_page_in_it_is_a_cell(tmp_path: Path) -> None:
    assert tables(tmp_path / "a.csv", 'Id,Note\n1,"<table border=0>"\n') == {
        "": [("Id", "Note"), ("1", "<table border=0>")]
    }
    assert refusal(tmp_path / "a.xls", "<!-- made by x -->\n<html><table>") == "not_a_table"
    assert refusal(tmp_path / "b.xls", "MIME-Version: 1.0\nContent-Type: multipart/related") == "not_a_table"


def test_a_column_may_be_called_like_a_pattern(tmp_path: Path) -> None:
    rows = tables(tmp_path / "a.csv", "*,^.*$,Id\na,b,1\n,,\n")
    assert rows == {"": [("column_1", ".*$", "Id"), ("a", "b", "1")]}
    rows = tables(tmp_path / "a.json", '[{"*": "a", "^.*$": "b", "Id": 1}]')
    assert rows == {"": [("column_1", ".*$", "Id"), ("a", "b", "1")]}
