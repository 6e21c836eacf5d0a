"""What people are shown of values."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velocity_pipelines.showing import amount_text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0E-9", "0"),
        ("100.000000000", "100"),
        ("-7.500000000", "-7.5"),
        ("12345678901234567890123456789.123456789", "12345678901234567890123456789.123456789"),
    ],
)
def test_an_amount_is_told_exactly_and_without_idle_zeros(amount: str, text: str) -> None:
    assert amount_text(Decimal(amount)) == text


@given(st.integers(-(10**38) + 1, 10**38 - 1))
def test_no_digit_of_an_amount_is_lost(billionths: int) -> None:
    amount = Decimal(f"{billionths}E-9")
    assert Decimal(amount_text(amount)) == amount
