"""Parquet of any writer: every type is text, damage is said, and a small file that stands for a large one is cut."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from identity.errors import BadInputError
from resources.readers.parquet import read_parquet
from resources.readers.table import LINE, MOST_TEXT


def test_every_type_that_a_writer_has_is_text(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    moment = dt.datetime(2026, 3, 14, 9, 30)
    columns = {
        "id": pa.array([48600100200.0, None]),
        "rate": pa.array([1e22, float("nan")]),
        "share": pa.array([0.1, 1e-7], pa.float64()),
        "amount": pa.array([Decimal("12345678901234567890123456789012345678901.50"), None], pa.decimal256(60, 2)),
        "big": pa.array([2**64 - 1, None], pa.uint64()),
        "local": pa.array([moment, None], pa.timestamp("ms")),
        "at": pa.array([moment, None], pa.timestamp("ns", "Europe/Berlin")),
        "day": pa.array([dt.date(2026, 3, 14), None]),
        "time": pa.array([dt.time(9, 30), None]),
        "status": pa.array(["new", None]).dictionary_encode(),
        "mails": pa.array([["a@x.example", None, "b@x.example"], []]),
        "when": pa.array([[moment], None], pa.list_(pa.timestamp("us"))),
        "labels": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int32())),
        "photo": pa.array([b"\x89PNG", None]),
        "photos": pa.array([[b"\x89PNG"], None]),
        "home": pa.array([{"city": "Pau", "photo": b"x", "geo": {"lat": 1.5}}, None]),
        "home.city": pa.array(["Ghent", "Pau"]),
        "nothing": pa.nulls(2),
    }
    pq.write_table(pa.table(columns), path)
    table = read_parquet(path, path.name)
    (part,) = table.parts()
    first, second = part.rows.to_dicts()
    assert {k: v for k, v in first.items() if not k.startswith("_")} == {
        "id": "48600100200", "rate": "10000000000000000000000", "share": "0.1",
        "amount": "12345678901234567890123456789012345678901.50", "big": "18446744073709551615",
        "local": "2026-03-14T09:30:00", "at": "2026-03-14T09:30:00Z", "day": "2026-03-14", "time": "09:30:00",
        "status": "new", "mails": "a@x.example; b@x.example", "when": "2026-03-14T09:30:00", "labels": '[["k", 1]]',
        "home.city": "Pau", "home.geo.lat": "1.5", "home.city (2)": "Ghent", "nothing": None,
    }  # fmt: skip
    assert {k: v for k, v in second.items() if v is not None} == {
        "share": "0.0000001", "mails": "", "home.city (2)": "Pau", LINE: 2,
    }  # fmt: skip
    assert table.head.equals(part.rows)


def test_rows_come_in_groups_and_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resources.readers.parquet.MOST_CELLS", 500)
    path = tmp_path / "a.parquet"
    pl.DataFrame({"id": range(20_000)}).write_parquet(path, row_group_size=3000)
    parts = list(read_parquet(path, path.name).parts())
    rows = pl.concat(part.rows for part in parts)
    assert rows["id"].to_list() == [str(i) for i in range(20_000)]
    assert rows[LINE].to_list() == list(range(1, 20_001))
    assert len(parts) > 1


@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "RLE_DICTIONARY"])
def test_a_text_that_stands_in_all_rows_is_cut(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.parquet"
    text = pa.array(["x" * 100_000] * 3000)
    kinds: dict[str, Any] = (
        {"use_dictionary": True}
        if encoding.startswith("RLE")
        else {"use_dictionary": False, "column_encoding": {"a": encoding}}
    )
    pq.write_table(pa.table({"id": range(3000), "a": text}), path, compression="zstd", **kinds)
    sizes = [part.rows.estimated_size() for part in read_parquet(path, path.name).parts()]
    assert len(sizes) > 1
    assert max(sizes) < 3 * MOST_TEXT


def test_a_cell_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": ["x" * (17 * 2**20)]}), path)
    with pytest.raises(BadInputError) as refused:
        read_parquet(path, path.name)
    assert refused.value.code == "cell_too_large"


def test_damage_anywhere_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"id": range(50_000), "n": [f"Ann {i}" for i in range(50_000)]}), path, write_page_checksum=True
    )
    whole = path.read_bytes()
    for at in range(10, len(whole), len(whole) // 40):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            rows = sum(part.rows.height for part in read_parquet(path, path.name).parts())
        except BadInputError as error:
            assert error.code in ("damaged_file", "too_many_columns", "empty_file")
            assert "\n" not in error.message
        else:
            assert rows == 50_000


def test_a_text_that_is_no_utf8_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"n": ["Jorg-Mass"] * 3}), path, compression="none", use_dictionary=False, write_statistics=False
    )
    path.write_bytes(path.read_bytes().replace(b"Jorg-Mass", b"J\xf6rg-Ma\xdf "))
    with pytest.raises(BadInputError, match="cannot be read as Parquet"):
        read_parquet(path, path.name)


def test_a_file_of_pictures_alone_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"photo": [b"\x89PNG"]}), path)
    with pytest.raises(BadInputError) as refused:
        read_parquet(path, path.name)
    assert refused.value.code == "empty_file"
