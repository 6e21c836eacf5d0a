"""Files that mean harm or are broken: refused in one line, at once, with little memory, and nothing left behind."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import BadInputError
from resources.readers import archives, open_tables
from tests.workbooks import write_workbook

CSV = b"Id,Name\n1,Ann\n2,Bo\n"
SUFFIXES = ("csv", "xlsx", "xls", "json", "jsonl", "parquet", "vcf", "gz", "zip")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def good(folder: Path) -> dict[str, bytes]:
    """A file of each kind."""
    out = {"csv": CSV, "vcf": b"BEGIN:VCARD\nVERSION:3.0\nFN:Ann Brook\nN:Brook;Ann;;;\nEND:VCARD\n" * 3}
    out["json"] = json.dumps([{"id": i, "name": "Ann"} for i in range(9)]).encode()
    out["jsonl"] = b'{"id": 1, "name": "Ann"}\n' * 9
    out["gz"] = gzip.compress(CSV * 9, mtime=0)
    frame = io.BytesIO()
    pl.DataFrame({"id": range(9), "name": ["Ann"] * 9}).write_parquet(frame)
    out["parquet"] = frame.getvalue()
    write_workbook(folder / "good.xlsx", {"A": [["id", "name"], *[[i, "Ann"] for i in range(9)]]})
    out["xlsx"] = (folder / "good.xlsx").read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", CSV * 9)
    out["zip"] = packed.getvalue()
    return out


def attempt(path: Path, data: bytes | None = None) -> int:
    """Read all tables of a file: the number of rows, in whatever state."""
    if data is not None:
        path.write_bytes(data)
    with open_tables(path, path.name) as tables:
        return sum(part.rows.height for table in tables if hasattr(table, "parts") for part in table.parts())


def refusal(path: Path, data: bytes | None = None) -> str:
    with pytest.raises(BadInputError) as refused:
        attempt(path, data)
    assert "\n" not in refused.value.message
    assert refused.value.hint
    return refused.value.code


def test_random_bytes_are_refused_or_read_never_worse(folder: Path) -> None:
    numbers = random.Random(5)
    for suffix in SUFFIXES:
        for size in (1, 10, 1000, 100_000):
            try:
                attempt(folder / f"random.{suffix}", numbers.randbytes(size))
            except BadInputError as error:
                assert "\n" not in error.message


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "json", "jsonl", "parquet", "vcf", "gz", "zip"])
def test_half_a_file_is_refused_or_keeps_its_whole_rows(folder: Path, good: dict[str, bytes], suffix: str) -> None:
    data = good[suffix]
    rows = attempt(folder / f"whole.{suffix}", data)
    for share in (0.3, 0.5, 0.9):
        try:
            assert attempt(folder / f"half.{suffix}", data[: int(len(data) * share)]) <= rows
        except BadInputError as error:
            assert error.code in ("damaged_file", "damaged_archive", "empty_file", "not_a_table")


@given(st.sampled_from(["csv", "xlsx", "json", "jsonl", "parquet", "vcf", "gz", "zip"]), st.data())
def test_a_changed_byte_never_crashes_a_reader(
    folder: Path, good: dict[str, bytes], suffix: str, draw: st.DataObject
) -> None:
    data = bytearray(good[suffix])
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        attempt(folder / f"changed.{suffix}", bytes(data))
    except BadInputError as error:
        assert "\n" not in error.message


@given(st.binary(max_size=300))
def test_whatever_bytes_come_nothing_but_a_refusal_is_raised(folder: Path, data: bytes) -> None:
    for prefix in (
        b"",
        b"a,b\n",
        b"\xff\xfe",
        b"[{",
        b'{"a":',
        b"BEGIN:VCARD\n",
        b"PK\x03\x04",
        b"PAR1",
        b"\x1f\x8b\x08",
    ):
        try:
            attempt(folder / "any", prefix + data)
        except BadInputError as error:
            assert "\n" not in error.message


@pytest.mark.parametrize("inside", ["../up.csv", "/root.csv", "a/../../up.csv", "..\\up.csv", "C:/x.csv", "C:\\x.csv"])
def test_a_path_that_leads_out_of_an_archive_is_refused(folder: Path, inside: str) -> None:
    before = sorted(folder.parent.rglob("*"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("good.csv", CSV)
        archive.writestr(inside, CSV)
    path = folder / "out.zip"
    assert refusal(path, packed.getvalue()) == "unsafe_archive"
    assert {*folder.parent.rglob("*")} - {*before} <= {path}


def test_a_link_in_an_archive_is_refused(folder: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/hostname")
    assert refusal(folder / "link.zip", packed.getvalue()) == "unsafe_archive"


def test_archives_in_archives_end(folder: Path, good: dict[str, bytes]) -> None:
    data = good["zip"]
    for _ in range(3):
        data = gzip.compress(data, mtime=0)
    assert refusal(folder / "nested.gz", data) == "unsafe_archive"


def test_an_archive_that_would_fill_the_disk_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = b"0" * 2**20
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros.csv", "w") as file:
        for _ in range(100):
            file.write(zeros)
    assert refusal(folder / "bomb.zip", packed.getvalue()) == "archive_too_large"
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as file:
        for _ in range(100):
            file.write(zeros)
    assert refusal(folder / "bomb.gz", out.getvalue()) == "archive_too_large"
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for i in range(3):
            archive.writestr(f"{i}.csv", CSV)
    assert refusal(folder / "many.zip", many.getvalue()) == "archive_too_large"


def test_too_many_columns_are_refused_in_every_format(folder: Path) -> None:
    names = [f"c{i}" for i in range(100_000)]
    assert refusal(folder / "wide.csv", (",".join(names) + "\n1\n").encode()) == "too_many_columns"
    wide = dict.fromkeys(names, 1)
    assert refusal(folder / "wide.json", json.dumps([wide]).encode()) == "too_many_columns"
    assert refusal(folder / "wide.jsonl", (json.dumps(wide) + "\n").encode()) == "too_many_columns"


def test_deep_documents_are_refused(folder: Path) -> None:
    deep = '{"a":' * 100_000
    assert refusal(folder / "deep.json", f'[{{"a": 1}}, {deep}'.encode()) in ("not_a_table", "damaged_file")
    assert refusal(folder / "deep2.json", f"[{deep}".encode()) in ("not_a_table", "damaged_file")


LARGE_CELL = """
import resource, sys
from pathlib import Path
from identity.errors import BadInputError
from resources.readers import open_tables
path = Path(sys.argv[1])
try:
    with open_tables(path, path.name) as tables:
        for table in tables:
            for part in table.parts():
                pass
    print("read")
except BadInputError as error:
    print(error.code)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.parametrize("start", [b"Id,Name\n1,", b'Id,Name\n1,"', b'{"a": 1}\n{"a": "', b'[{"a": 1}, {"a": "'])
def test_a_cell_of_a_gigabyte_is_refused_with_little_memory(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / ("large.csv" if start.startswith(b"Id") else "large.json")
    with path.open("wb") as file:
        file.write(start)
        for _ in range(1024):
            file.write(b"x" * 2**20)
    outcome = subprocess.run(
        [sys.executable, "-c", LARGE_CELL, str(path)],
        capture_output=True, text=True, timeout=60, check=True, env={**os.environ, "PYTHONPATH": "."},
    ).stdout.split()  # fmt: skip
    path.unlink()
    assert outcome[0] in ("row_too_long", "cell_too_large", "read")
    assert int(outcome[1]) < 1500


@pytest.mark.parametrize(
    "name", ["größe.csv", "顧客.csv", "عملاء.csv", "a b's;`$(x)`.csv", "-rf.csv", "x" * 200 + ".csv"]
)
def test_names_in_any_script_are_names(folder: Path, name: str) -> None:
    assert attempt(folder / name, CSV) == 2
