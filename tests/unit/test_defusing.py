"""What we export runs nowhere, and comes back as it was."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.defusing import defused
from identity.standardise import clean_text

SIGNS = st.sampled_from(["=", "+", "-", "@", "\t", "\r", ""])


def one(text: str, expression: pl.Expr) -> str | None:
    return pl.DataFrame({"x": [text]}).select(expression)["x"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=SUM(A1:A10)", "'=SUM(A1:A10)"),
        ("@x", "'@x"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("+1 415 555 0100", "+1 415 555 0100"),
        ("-12.50", "-12.50"),
        ("Ann", "Ann"),
    ],
)
def test_formulas_are_defused_and_numbers_are_not(text: str, shown: str) -> None:
    assert one(text, defused(pl.col("x"))) == shown


@given(SIGNS, st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=8))
def test_a_defused_cell_comes_in_as_it_was(sign: str, rest: str) -> None:
    text = sign + rest
    assert one(text, clean_text(defused(pl.col("x")))) == one(text, clean_text(pl.col("x")))
