"""Formats that scripts rely on, frozen here as literals."""

from __future__ import annotations

import polars as pl
import pytest

from identity.errors import BadInputError
from identity.keys import batch_id, check_name, keyless_id, source_id

DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_batch_ids() -> None:
    assert batch_id("hubspot", "contact", DIGEST, "") == "hubspot-contact-53d452391314a97f3c6f"
    assert batch_id("hubspot", "contact", DIGEST, "Sheet 2") == "hubspot-contact-52c676c259336a63529a"
    long = batch_id("a" * 40, "opportunity", DIGEST, "")
    assert long.startswith("a" * 28 + "-opportunity-")
    assert len(long) <= 64


def ids(expression: pl.Expr, *rows: tuple[str | None, ...]) -> list[str | None]:
    frame = pl.DataFrame(rows, schema={f"c{i}": pl.String for i in range(len(rows[0]))}, orient="row")
    return frame.select(x=expression)["x"].to_list()


def test_source_ids_keep_case_and_leading_zeros() -> None:
    assert ids(source_id(["c0"]), (" 007 ",), ("'00Ab",), (' ="0042" ',), ("",), (None,), ("a-b:c",)) == [
        "007",
        "00Ab",
        "0042",
        None,
        None,
        "a-b:c",
    ]


def test_composite_ids_are_compact_json_and_whole() -> None:
    assert ids(source_id(["c0", "c1"]), ("a", "1"), ("Zoë", '"x"'), ("a", None), ("", "1")) == [
        '["a","1"]',
        '["Zoë","\\"x\\""]',
        None,
        None,
    ]


def test_keyless_ids_follow_from_the_cells() -> None:
    assert ids(keyless_id(["c0", "c1"]), ("Ann", "a@x.example"), ("Ann", None), ("Ann", "")) == [
        "row-56aad497a06a63a3",
        "row-198011d52425b3a5",
        "row-198011d52425b3a5",
    ]


@pytest.mark.parametrize("name", ["", "Hub", "a-b", "a b", "ä"])
def test_names_of_other_letters_are_refused(name: str) -> None:
    with pytest.raises(BadInputError) as refused:
        check_name(name, "source")
    assert refused.value.code == "bad_name"
    assert check_name("a_1", "source") == "a_1"
