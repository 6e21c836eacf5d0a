"""Evidence without some rows: nothing of them is left, every other row is read as it was."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import VelocityError
from resources.blanking import blank
from resources.readers import Table, open_tables
from resources.readers.table import LINE
from tests.workbooks import write_workbook

CANARY = "Quillfeather"
HEADER = "Id,Name,Mail,Note"
ROWS = [
    '1,Ann Brook,ann@crm.example,"a, b"',
    f'2,{CANARY},q@quillfeather.example,"so\n{CANARY}, ""x"""',
    "3,Cy,cy@crm.example,é",
]


def rows_of(path: Path, name: str) -> dict[str, pl.DataFrame]:
    with open_tables(path, name) as tables:
        return {t.member: pl.concat(p.rows for p in t.parts()) for t in tables if isinstance(t, Table)}


def blanked(tmp_path: Path, name: str, data: bytes, line: int, member: str = "") -> bytes:
    """The file without the row on that line: the canary was in it, and all other rows are as they were."""
    path, out = tmp_path / name, tmp_path / "out"
    path.write_bytes(data)
    before = rows_of(path, name)
    assert CANARY in str(before[member].filter(pl.col(LINE) == line).to_dicts())
    blank(path, name, {member: frozenset({line})}, out)
    after = rows_of(out, name)
    for place, frame in after.items():
        other = pl.col(LINE) != (line if place == member else -1)
        assert frame.filter(other).equals(before[place].filter(other))
        assert frame.filter(~other).height == (place == member)
        assert place != member or CANARY not in str(frame.to_dicts())
    return out.read_bytes()


def csv(encoding: str = "utf-8", end: str = "\n", delimiter: str = ",") -> bytes:
    text = "\n".join([HEADER, *ROWS, ""]).replace("\n", end)
    return (text if delimiter == "," else text.replace(", ", "; ").replace(",", delimiter)).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimited_text_keeps_its_length_and_its_lines(tmp_path: Path, encoding: str, end: str, delimiter: str) -> None:
    data = csv(encoding, end, delimiter)
    out = blanked(tmp_path, "a.csv", data, 3)
    assert len(out) == len(data)
    codec = encoding.replace("-sig", "")
    assert CANARY.encode(codec) not in out
    changed = [i for i, (a, b) in enumerate(zip(data, out, strict=True)) if a != b]
    begin, end_ = data.index("2".encode(codec.replace("utf-16", "utf-16-le")), 20), data.rindex(b"3")
    assert begin <= changed[0] <= changed[-1] < end_  # the bytes of other rows are untouched


def test_json_lines_keep_their_keys(tmp_path: Path) -> None:
    said = {"Id": 2, "Name": CANARY, "only here": {"deep": [CANARY, 1.5e3, True, None, '\u00e9\\" :']}, "n": -1}
    lines = [json.dumps(o) for o in ({"Id": 1, "Name": "Ann"}, said, {"Id": 3, "Name": "Cy"})]
    data = "\n".join(lines).encode()
    out = blanked(tmp_path, "a.jsonl", data, 2)
    assert (len(out), out.count(b"only here")) == (len(data), 1)
    assert out.splitlines()[0] == data.splitlines()[0]


def test_a_line_that_is_no_json_stays_none(tmp_path: Path) -> None:
    data = b'{"Id": 1, "Name": "Ann"}\n{"Id": 2, "Name": "Quillfeather" oops\n{"Id": 3, "Name": "Cy"}\n'
    assert len(blanked(tmp_path, "a.jsonl", data, 2)) == len(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_json_documents(tmp_path: Path, encoding: str) -> None:
    people = [{"Id": 1, "Name": "Ann"}, {"Id": 2, "Name": f"é {CANARY}", "at": "2"}, {"Id": 3, "Name": "Cy"}]
    data = json.dumps({"meta": 1, "data": {"people": people, "deals": [{"x": 1}]}}, ensure_ascii=False).encode(encoding)
    out = blanked(tmp_path, "a.json", data, 2, "data.people")
    assert len(out) == len(data)


def test_vcards(tmp_path: Path) -> None:
    lines = ["BEGIN:VCARD", "VERSION:3.0", "UID:{0}", "FN:{1}", "N:{1};Ann;;;", "EMAIL;TYPE=WORK:{1}@x.example"]
    card = "\r\n".join([*lines, "END:VCARD", ""])
    folded = card.format(2, CANARY).replace(
        "END:", f"NOTE;ENCODING=QUOTED-PRINTABLE:so =C3=A9=\r\n{CANARY}\r\nTITLE:A\r\n {CANARY}\r\nEND:"
    )
    data = (card.format(1, "Brook") + folded + card.format(3, "Marsh")).encode()
    out = blanked(tmp_path, "a.vcf", data, 8)
    assert (len(out), CANARY.encode() in out) == (len(data), False)


def test_gzip_and_zip(tmp_path: Path) -> None:
    out = blanked(tmp_path, "a.csv.gz", gzip.compress(csv()), 3)
    assert CANARY.encode() not in gzip.decompress(out)
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as packed:
        packed.writestr("a/one.csv", csv())
        packed.writestr("b.csv.gz", gzip.compress(csv()))
    out = blanked(tmp_path, "z.zip", (tmp_path / "z.zip").read_bytes(), 3, "a/one.csv")
    (tmp_path / "two.zip").write_bytes(out)
    blank(tmp_path / "two.zip", "two.zip", {"b.csv.gz": frozenset({3})}, tmp_path / "last")
    with zipfile.ZipFile(tmp_path / "last") as packed:
        assert CANARY.encode() not in packed.read("a/one.csv") + gzip.decompress(packed.read("b.csv.gz"))


def test_workbooks_are_written_anew(tmp_path: Path) -> None:
    cells = [["Id", "Name", "When"], [1, 'Ann <&> _x0041_ "q"', 2.5], [2, CANARY, 7], [], [3, " é\nx ", True]]
    write_workbook(tmp_path / "in", {"People & co": cells, "Other": [["A", "B"], ["x", "y"]]})
    out = blanked(tmp_path, "a.xlsx", (tmp_path / "in").read_bytes(), 3, "People & co")
    (tmp_path / "new.xlsx").write_bytes(out)
    with zipfile.ZipFile(tmp_path / "new.xlsx") as book:
        assert all(CANARY.encode() not in book.read(part) for part in book.namelist())


def test_parquet_keeps_its_rows(tmp_path: Path) -> None:
    names = pa.array(["Ann", CANARY, "Cy"]).dictionary_encode()
    table = pa.table(
        {
            "Id": [1, 2, 3],
            "Name": names,
            "more": [{"a": [1]}, {"a": [2]}, None],
            "at": pa.array([0, 1, 2], pa.timestamp("us", "UTC")),
        }
    )
    pq.write_table(table, tmp_path / "in", row_group_size=2, compression="none")
    out = blanked(tmp_path, "a.parquet", (tmp_path / "in").read_bytes(), 2)
    assert CANARY.encode() not in out


def test_what_cannot_be_blanked_is_told_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(csv())
    with pytest.raises(VelocityError, match="cannot be blanked"):
        blank(tmp_path / "a.csv", "a.csv", {"": frozenset({77})}, tmp_path / "out")


@given(
    st.lists(st.lists(st.text(alphabet="ab,\"\n '\\é;x1", max_size=6), min_size=3, max_size=3), min_size=3, max_size=8),
    st.data(),
)
def test_any_row_of_any_text(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("any")
    quoted = ['"' + '","'.join(cell.replace('"', '""') for cell in ["7", *row]) + '"' for row in cells]
    (folder / "a.csv").write_text("\n".join([HEADER, *quoted]) + "\n", newline="")
    lines = rows_of(folder / "a.csv", "a.csv")[""][LINE].to_list()
    line = data.draw(st.sampled_from(lines))
    blank(folder / "a.csv", "a.csv", {"": frozenset({line})}, folder / "out")  # it compares by itself
    found = rows_of(folder / "out", "a.csv")[""].filter(pl.col(LINE) == line)
    assert set("".join(str(c) for c in found.select("Name", "Mail", "Note").row(0))) <= set("x,\"\n '\\;None")
