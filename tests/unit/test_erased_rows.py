"""A file read after an erasure gives what its frames are without the erased rows: so replay equals."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.mapping import Mapping
from quality_checks.validation import interpret
from resources.blanking import blank
from resources.erasures import Withheld
from resources.readers import open_table
from tests.examples import examples

RECEIVED = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
HEADER = ["Id", "Name", "Mail", "Changed", "Note"]
MAPPING = Mapping.from_dict(
    {
        "source": "crm", "entity": "contact", "key": "Id", "updated_at": "Changed",
        "columns": {"Name": "full_name", "Mail": "email", "Note": "note"},
    }
)  # fmt: skip
CELL = st.text(alphabet='aé ,;"\n', max_size=6)
ROW = st.tuples(
    st.sampled_from(["1", "2", "3", ""]), CELL, st.sampled_from(["", "a@x.example", "none"]),
    st.sampled_from(["", "2026-01-01", "2026-01-02", "soon"]), CELL,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("erased")


@examples(30)
@given(st.lists(ROW, min_size=2, max_size=8))
def test_reading_blanked_evidence_gives_the_frames_without_the_rows(
    folder: Path, rows: list[tuple[str, str, str, str, str]]
) -> None:
    path, out = folder / "a.csv", folder / "out.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    with open_table(path, "a.csv", "") as table:
        before = interpret(table.parts(), MAPPING, "b", RECEIVED)
    parts = (before.split.accepted.select("source_id", line="_line"), before.split.rejected, before.split.superseded)
    placed = pl.concat(part.select("source_id", "line") for part in parts)
    lines = frozenset(placed.filter(pl.col("source_id") == "1")["line"])
    if not lines:
        return
    blank(path, "a.csv", {"": lines}, out)
    with open_table(out, "a.csv", "") as table:
        after = interpret(table.parts(), MAPPING, "b", RECEIVED, Withheld(lines))
    rest = ~pl.col("line").is_in(lines)
    assert after.records.equals(before.records.filter(rest))
    for state in ("rejected", "superseded"):
        assert getattr(after.split, state).equals(getattr(before.split, state).filter(rest))
    counts = after.counts
    assert (
        counts.received == before.counts.received == counts.accepted + counts.rejected + counts.superseded + len(lines)
    )
    assert (counts.erased, counts.skipped) == (len(lines), before.counts.skipped)
