"""Archives share one limit with all that is in them; what they hold is found whatever its name is."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from identity.errors import BadInputError
from resources.readers import Table, open_tables

CSV = b"Id,Name\n1,Ann\n2,Bo\n"


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def members(path: Path, data: bytes) -> list[str]:
    path.write_bytes(data)
    with open_tables(path, path.name) as tables:
        assert all(isinstance(table, Table) for table in tables)
        return [table.member for table in tables]


def refusal(path: Path, data: bytes) -> str:
    with pytest.raises(BadInputError) as refused:
        members(path, data)
    assert "\n" not in refused.value.message
    return refused.value.code


def test_archives_stand_beside_files_and_beside_each_other(tmp_path: Path) -> None:
    inner = zipped({"x.csv": CSV})
    data = zipped({"a.csv": CSV, "b.zip": inner, "c.zip": inner, "d.csv": CSV})
    assert members(tmp_path / "a.zip", data) == ["a.csv", "b.zip/x.csv", "c.zip/x.csv", "d.csv"]


@pytest.mark.parametrize("name", ["index/people.csv", "xl/people.csv", "word/a.csv", "meta-inf/a.csv", "50: all.csv"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    assert members(tmp_path / "a.zip", zipped({name: CSV})) == [name]


def test_a_name_in_utf8_that_does_not_say_so(tmp_path: Path) -> None:
    data = zipped({"Kundenliste-Groesse.csv": CSV}).replace(b"Kundenliste-Groesse", "Kundenliste-Größe".encode())
    assert members(tmp_path / "a.zip", data) == ["Kundenliste-Größe.csv"]


def test_a_name_stays_in_one_line(tmp_path: Path) -> None:
    assert members(tmp_path / "a.zip", zipped({"a\nb.csv": CSV})) == ["a_b.csv"]


def test_archives_in_an_archive_share_its_room(tmp_path: Path) -> None:
    inner = zipped({"zeros.csv": CSV + b"0" * (40 * 2**20)})
    assert refusal(tmp_path / "a.zip", zipped({f"{i}.zip": inner for i in range(5)})) == "archive_too_large"
    many = zipped({f"{i}.csv": b"a,b\n1,2\n" for i in range(600)})
    assert refusal(tmp_path / "b.zip", zipped({"1.zip": many, "2.zip": many})) == "archive_too_large"


def test_a_list_without_end_is_not_read(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.csv": CSV}))
    struct.pack_into("<2H", data, len(data) - 14, 60_000, 60_000)
    assert refusal(tmp_path / "a.zip", bytes(data)) == "archive_too_large"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_unpacks_without_a_limit_is_refused(tmp_path: Path, method: int) -> None:
    assert refusal(tmp_path / "a.zip", zipped({"a.csv": CSV}, method)) == "unsafe_archive"


def test_two_files_of_one_path_are_refused(tmp_path: Path) -> None:
    data = zipped({"a.csv": CSV, "b.csv": CSV}).replace(b"b.csv", b"a.csv")
    assert refusal(tmp_path / "a.zip", data) == "unsafe_archive"


def test_an_archive_of_nothing_is_empty(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.zip", zipped({})) == "empty_file"
    assert refusal(tmp_path / "b.zip", zipped({"folder/": b"", "__MACOSX/a.csv": CSV})) == "empty_file"


def test_a_file_without_a_name_is_refused(tmp_path: Path) -> None:
    data = zipped({"a": CSV}).replace(b"\x01\x00\x00\x00a", b"\x01\x00\x00\x00/")
    with pytest.raises(BadInputError):
        members(tmp_path / "a.zip", data)
    nameless = io.BytesIO()
    with zipfile.ZipFile(nameless, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = ""
        archive.writestr(info, CSV)
    assert refusal(tmp_path / "b.zip", nameless.getvalue()) == "unsafe_archive"


@pytest.mark.parametrize(
    ("member", "said"),
    [("word/document.xml", "a text document"), ("content.xml", ""), ("Index/Document.iwa", "a Numbers")],
)
def test_documents_that_are_zip_archives(tmp_path: Path, member: str, said: str) -> None:
    more = {"META-INF/manifest.xml": b"<x/>"} if member == "content.xml" else {}
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({member: b"<x/>", **more}))
    with pytest.raises(BadInputError, match=said or "OpenDocument") as refused, open_tables(path, path.name):
        pass
    assert refused.value.code == "not_a_table"
