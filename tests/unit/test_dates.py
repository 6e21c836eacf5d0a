"""Dates and times as people write them; what is ambiguous is not guessed."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.dates import Order, date_text, instant_text, is_date, is_instant, is_zone, order_of


def one(text: str, expression: pl.Expr) -> object:
    return pl.DataFrame({"x": [text]}).select(expression)["x"][0]


@pytest.mark.parametrize(
    ("text", "order", "date"),
    [
        ("31/12/2026", None, "2026-12-31"),
        ("12/31/2026", None, "2026-12-31"),
        ("03/04/2026", None, "03/04/2026"),
        ("03/04/2026", "dmy", "2026-04-03"),
        ("03/04/2026", "mdy", "2026-03-04"),
        ("1.5.2026", None, "2026-05-01"),
        ("1.5.2026", "mdy", "2026-05-01"),
        ("12 Mar 2024", None, "2024-03-12"),
        ("7-Feb-22", None, "2022-02-07"),
        ("01.02.80", None, "1980-02-01"),
        ("14 mars 2024", None, "2024-03-14"),
        ("14. März 2024", None, "2024-03-14"),
        ("3 de marzo de 2024", None, "2024-03-03"),
        ("Mar 12th, 2024", None, "2024-03-12"),
        ("2026年3月1日", None, "2026-03-01"),
        ("1/1/2026 9:01 AM", None, "2026-01-01"),
        ("0/0/00", None, None),
        ("0.0.00", None, None),
        ("0000-00-00", None, None),
        ("2026-02-30", None, "2026-02-30"),
        ("soon", None, "soon"),
        ("31/31/2026", None, "31/31/2026"),
    ],
)
def test_dates(text: str, order: Order | None, date: str | None) -> None:
    assert one(text, date_text(pl.col("x"), order)) == date


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("11/20/2026 9:01 PM", "UTC", "2026-11-20T21:01:00.000000Z"),
        ("11/20/2026 12:01 AM", "UTC", "2026-11-20T00:01:00.000000Z"),
        ("14.03.2026 10:00", "Europe/Berlin", "2026-03-14T09:00:00.000000Z"),
        ("14.07.2026 10:00", "Europe/Berlin", "2026-07-14T08:00:00.000000Z"),
        ("2026-07-14 10:00:00", "Europe/Berlin", "2026-07-14T08:00:00.000000Z"),
        ("2026-07-14T10:00:00Z", "Europe/Berlin", "2026-07-14T10:00:00.000000Z"),
        ("2026-07-14T10:00:00-0530", "UTC", "2026-07-14T15:30:00.000000Z"),
        ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29 02:30"),
        ("2026-13-01T00:00:00Z", "UTC", "2026-13-01T00:00:00Z"),
        ("0001-01-01T00:00:00+05:00", "UTC", "0001-01-01T00:00:00+05:00"),
    ],
)
def test_instants(text: str, zone: str, instant: str) -> None:
    assert one(text, instant_text(pl.col("x"), None, zone)) == instant


@given(st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32))
def test_a_date_is_one_of_the_calendar(year: int, month: int, day: int) -> None:
    try:
        real = 1 <= dt.date(year, month, day).year <= 9998
    except ValueError:
        real = False
    text = f"{year:04}-{month:02}-{day:02}"
    assert one(text, is_date(pl.col("x"))) is real
    assert one(f"{text}T10:00:00.000000Z", is_instant(pl.col("x"))) is real


@given(st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1)), st.sampled_from(["iso", "dmy", "mdy"]))
def test_what_is_written_is_read(moment: dt.datetime, form: str) -> None:
    at = moment.replace(microsecond=0)
    formats = {"iso": "%Y-%m-%dT%H:%M:%S", "dmy": "%d/%m/%Y %H:%M:%S", "mdy": "%m/%d/%Y %I:%M:%S %p"}
    date, clock = at.strftime(formats[form]), f"{at.year:04}"
    text = date if form == "iso" and len(date) == 19 else date.replace(f"/{at.year} ", f"/{clock} ")
    text = text if form != "iso" else f"{clock}{at.strftime('-%m-%dT%H:%M:%S')}"
    expected = f"{clock}{at.strftime('-%m-%dT%H:%M:%S')}.000000Z"
    order: Order = "mdy" if form == "mdy" else "dmy"
    assert one(text, instant_text(pl.col("x"), order)) == expected


def test_which_comes_first_is_told_by_the_values() -> None:
    assert order_of(pl.Series(["31/12/2026", "01/02/2026"])) == ("dmy", True)
    assert order_of(pl.Series(["12/31/2026"])) == ("mdy", False)
    assert order_of(pl.Series(["01/02/2026"])) == (None, True)
    assert order_of(pl.Series(["12/31/2026", "31/12/2026"])) == (None, False)
    assert order_of(pl.Series(["1.2.2026", "2026-01-02", None])) == (None, False)


def test_zones() -> None:
    assert is_zone("Europe/Berlin")
    assert not is_zone("Berlin")
    assert not is_zone("../etc/passwd")
