"""What a publication changes, told by marks, is what comparing the rows themselves says."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.patches import Patch
from resources.deltas import Change, Delta, delta, marks, patched

KEY = ("id", "part")
SCHEMA = {"id": pl.String, "part": pl.String, "name": pl.String, "tags": pl.List(pl.String), "n": pl.Int64}
Row = tuple[str, str, str | None, list[str] | None, int | None]

CELL = st.none() | st.sampled_from(["", "a", "b", "ab", "a\x1fb"])
ROW = st.tuples(
    st.sampled_from(["1", "11", "2"]), st.sampled_from(["", "1", "12"]), CELL,
    st.none() | st.lists(st.sampled_from(["", "a", "b", "ab", "a\x1fb"]), max_size=3), st.none() | st.integers(0, 2),
)  # fmt: skip
TABLE = st.lists(ROW, max_size=8, unique_by=lambda row: row[:2])


def told(old: list[Row], new: list[Row]) -> Delta:
    before, after = (pl.DataFrame(rows, schema=SCHEMA, orient="row") for rows in (old, new))
    return delta(after, marks(after, KEY), marks(before, KEY), lambda: before, KEY)


@given(TABLE, TABLE)
def test_a_delta_is_what_comparing_each_row_says(old: list[Row], new: list[Row]) -> None:
    before, after = ({row[:2]: row for row in rows} for rows in (old, new))
    found = told(old, new)
    assert found.added.rows() == [row for row in new if row[:2] not in before]
    assert found.updated.rows() == [row for row in new if row[:2] in before and before[row[:2]] != row]
    assert found.removed.rows() == [row[:2] for row in old if row[:2] not in after]


@given(TABLE, TABLE, st.lists(st.sampled_from(["1", "11", "2", "never"]), unique=True))
def test_the_delta_of_a_patch_is_that_of_the_table_it_makes(old: list[Row], new: list[Row], gone: list[str]) -> None:
    key = KEY[:1]
    before, comes = (
        pl.DataFrame(rows, schema=SCHEMA, orient="row").unique("id", keep="first").sort("id") for rows in (old, new)
    )
    patch = Patch(comes, pl.Series(gone, dtype=pl.String))
    after = patch.onto(before)
    found, left = patched(patch, marks(comes, key), marks(before, key), key)
    wanted = delta(after, marks(after, key), marks(before, key), lambda: before, key)
    assert found.added.equals(wanted.added)
    assert found.updated.equals(wanted.updated)
    assert found.removed.sort("id").equals(wanted.removed.sort("id"))
    assert left.sort("key").equals(marks(after, key).sort("key"))


def test_a_delta_counts_what_is_written() -> None:
    found = told([("1", "", "a", None, 1), ("2", "", "b", [], 1)], [("1", "", "a", [], 1), ("3", "", None, None, None)])
    assert found.change == Change(added=1, updated=1, removed=1)
    assert found.written.rows() == [("3", "", None, None, None), ("1", "", "a", [], 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("1", "", None, None, None), ("1", "", "", None, None)),
        (("1", "", None, None, None), ("1", "", None, [], None)),
        (("1", "", None, [""], None), ("1", "", None, [], None)),
        (("1", "", None, ["a", "b"], None), ("1", "", None, ["ab"], None)),
        (("1", "", "a", None, None), ("1", "", None, ["a"], None)),
        (("1", "", None, ["a\x1fb", "c"], None), ("1", "", None, ["a", "b\x1fc"], None)),
    ],
)
def test_rows_that_look_alike_have_other_marks(one: Row, other: Row) -> None:
    assert told([one], [other]).updated.rows() == [other]


def test_nothing_is_read_where_nothing_is_gone() -> None:
    def refuse() -> pl.DataFrame:
        raise AssertionError

    frame = pl.DataFrame([("1", "", "a", None, 1)], schema=SCHEMA, orient="row")
    assert delta(frame, marks(frame, KEY), marks(frame.clear(), KEY), refuse, KEY).change == Change(1, 0, 0)
