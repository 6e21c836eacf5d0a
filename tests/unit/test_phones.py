"""Phones to E.164: what patterns tell is what the library tells."""

from __future__ import annotations

from unittest import mock

import phonenumbers
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from identity import phones
from identity.phones import e164

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
FORMS = [phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL]
FORMS += [phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.RFC3966]


def one(value: str, country: str | None) -> list[str] | None:
    return e164(pl.Series([[value]]), pl.Series([country], dtype=pl.String)).to_list()[0]  # type: ignore[no-any-return]


@given(st.sampled_from(REGIONS), st.sampled_from([0, 1]), st.sampled_from(FORMS), st.integers(0, 9999), st.data())
def test_patterns_tell_what_the_library_tells(
    region: str, kind: int, form: int, last: int, draw: st.DataObject
) -> None:
    example = phonenumbers.example_number_for_type(region, kind)
    assume(example is not None)
    digits = str(example.national_number)
    digits = digits[:-4] + f"{last:04}" if draw.draw(st.booleans()) else digits[: -draw.draw(st.integers(1, 3))]
    number = phonenumbers.PhoneNumber(
        example.country_code, int(digits), italian_leading_zero=example.italian_leading_zero
    )
    value = draw.draw(st.sampled_from(["", "0", "00", "1"])) + phonenumbers.format_number(number, form)
    country = draw.draw(st.sampled_from([region, region, "US", "IT", None]))
    frame = pl.DataFrame({"values": [value], "country": [country]}, schema_overrides={"country": pl.String})
    with mock.patch.object(phones, "_number", return_value=None):
        by_pattern = phones._numbers(frame)[0]
    assert by_pattern is None or by_pattern == phones._number(value, country)


@pytest.mark.parametrize(
    ("value", "country", "number"),
    [
        ("+1 415 555 0100", None, "+14155550100"),
        ("0061 3 5550 0100", "BE", "+61355500100"),
        ("0171 5550100", "DE", "+491715550100"),
        ("(022) 555-0101", "PL", "+48225550101"),
        ("00441632960000", None, "+441632960000"),
        ("01632 960000", "GB", "+441632960000"),
        ("06 555 0100", "IT", "+39065550100"),
        ("555 0100", None, "5550100"),
        ("+1 415 555 0100 ext. 12", None, "+14155550100"),
        ("12345", "DE", None),
        ("call Ann", "DE", None),
    ],
)
def test_numbers_as_people_write_them(value: str, country: str | None, number: str | None) -> None:
    assert one(value, country) == ([number] if number else None)
