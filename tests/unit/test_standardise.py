"""Cells to values: literal cells of every kind, and what cannot be read."""

from __future__ import annotations

import polars as pl
import pytest

from identity.fields import FIELDS, Field, Kind
from identity.phones import e164
from identity.standardise import clean_text, clean_values, of_kind, reference, references, unreadable

EMAIL = next(f for f in FIELDS["contact"] if f.name == "email")


def one(expression: pl.Expr, cell: str | None) -> object:
    return pl.DataFrame({"x": [cell]}, schema={"x": pl.String}).select(expression)["x"][0]


def value(cell: str, kind: Kind) -> object:
    return one(of_kind(clean_text(pl.col("x")), kind), cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  Ann \u00a0 Brook\n", "Ann Brook"),
        ("'+49 30 1", "+49 30 1"),
        ("'=x", "=x"),
        ('="007"', "007"),
        (' ="say ""hi""" ', 'say "hi"'),
        ('="', '="'),
        ('=""', None),
        ('="a"&"b"', '="a"&"b"'),
        ("O'Neil", "O'Neil"),
        ("'s-Hertogenbosch", "'s-Hertogenbosch"),
        ("N/A", None),
        ("[not provided]", None),
        ("   ", None),
        ("0", "0"),
    ],
)
def test_texts(cell: str, text: str | None) -> None:
    assert one(clean_text(pl.col("x")), cell) == text


@pytest.mark.parametrize(
    ("cell", "date"),
    [
        ("2026-05-01", "2026-05-01"),
        ("2026/05/01", "2026-05-01"),
        ("1.5.2026", "2026-05-01"),
        ("2026-05-01T10:00:00Z", "2026-05-01"),
        ("2026-05-01 10:00", "2026-05-01"),
        ("0001-01-01", "0001-01-01"),
        ("9998-12-31", "9998-12-31"),
    ],
)
def test_dates(cell: str, date: str) -> None:
    assert value(cell, "date") == date


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2026-05-01T10:32:00Z", "2026-05-01T10:32:00.000000Z"),
        ("2026-05-01 10:32", "2026-05-01T10:32:00.000000Z"),
        ("2026-05-01T10:32:00.25+02:00", "2026-05-01T08:32:00.250000Z"),
        ("2026-05-01T10:32:00+00:00", "2026-05-01T10:32:00.000000Z"),
        ("2026-05-01", "2026-05-01T00:00:00.000000Z"),
    ],
)
def test_times(cell: str, instant: str) -> None:
    assert value(cell, "timestamp") == instant


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1200", "1200"),
        ("$1,200.50", "1200.50"),
        ("1.200,50 €", "1200.50"),
        ("12,5", "12.5"),
        ("1'200", "1200"),
        ("12.5k", "12500"),
        ("12,5k", "12500"),
        ("3m", "3000000"),
        ("1,234,567", "1234567"),
        ("-40", "-40"),
        ("EUR 99", "99"),
        ("99 usd", "99"),
    ],
)
def test_amounts(cell: str, amount: str) -> None:
    assert value(cell, "amount") == amount


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("ann at x.example", "email"),
        ("ann@x", "email"),
        ("@x.example", "email"),
        ("31/31/2026", "date"),
        ("9999-01-01", "date"),
        ("-0044-03-15", "date"),
        ("soon", "timestamp"),
        ("9999-12-31T23:59:59Z", "timestamp"),
        ("a lot", "amount"),
        ("1e3e", "amount"),
    ],
)
def test_what_is_not_of_its_kind_is_told_and_kept(cell: str, kind: Kind) -> None:
    kept = value(cell, kind)
    assert isinstance(kept, str)
    assert one(unreadable(pl.col("x"), kind), kept) is True


@pytest.mark.parametrize("kind", ["email", "date", "timestamp", "amount"])
def test_nothing_is_readable(kind: Kind) -> None:
    assert one(unreadable(pl.col("x"), kind), None) is False


@pytest.mark.parametrize(
    ("cell", "kind", "clean"),
    [
        ("MAILTO:Ann@X.example", "email", "ann@x.example"),
        ("https://www.Acme.example:8080/about?x=1", "domain", "acme.example"),
        ("acme.example.", "domain", "acme.example"),
        ("localhost", "domain", None),
        ("Germany", "country", "de"),
        ("eur", "currency", "EUR"),
    ],
)
def test_other_kinds(cell: str, kind: Kind, clean: str | None) -> None:
    found = value(cell, kind)
    assert (found.lower() if kind == "country" and isinstance(found, str) else found) == clean


def values(cells: list[str | None], field: Field) -> list[str] | None:
    frame = pl.DataFrame([cells], schema={f"c{i}": pl.String for i in range(len(cells))}, orient="row")
    found = frame.select(x=clean_values([pl.col(name) for name in frame.columns], field))["x"][0]
    return None if found is None else found.to_list()


def test_several_values_keep_their_order_once_each() -> None:
    assert values(["B@x.example; a@x.example", "b@x.example ::: c@x.example"], EMAIL) == [
        "b@x.example",
        "a@x.example",
        "c@x.example",
    ]
    assert values(["n/a", None], EMAIL) is None


@pytest.mark.parametrize(
    ("cell", "first", "every"),
    [
        (" 007 ", "007", ["007"]),
        ("'00x", "00x", ["00x"]),
        ("17;18;17", "17", ["17", "18"]),
        ("-", None, None),
        ("N/A", None, None),
        ("", None, None),
        ("unknown", "unknown", ["unknown"]),
        ('["a;b","c"]', '["a;b","c"]', ['["a;b","c"]']),
    ],
)
def test_references_are_cleaned_as_the_ids_that_they_name(
    cell: str, first: str | None, every: list[str] | None
) -> None:
    assert one(reference(pl.col("x")), cell) == first
    found = pl.DataFrame({"x": [cell]}).select(x=references([pl.col("x")]))["x"][0]
    assert (None if found is None else found.to_list()) == every


@pytest.mark.parametrize(
    ("written", "country", "numbers"),
    [
        (["+1 415 555 0100"], None, ["+14155550100"]),
        (["(415) 555-0100"], "US", ["+14155550100"]),
        (["0049 30 23125 000"], "DE", ["+493023125000"]),
        (["020 7946 0000"], "GB", ["+442079460000"]),
        (["020 7946 0000"], None, ["02079460000"]),
        (["+1 415 555 0100", "415-555-0100"], "US", ["+14155550100"]),
        (["ext. 12"], "US", None),
        (["٤١٥٥٥٥٠١٠٠"], None, None),
        ([], "US", None),
    ],
)
def test_phones(written: list[str], country: str | None, numbers: list[str] | None) -> None:
    found = e164(pl.Series([written], dtype=pl.List(pl.String)), pl.Series([country], dtype=pl.String))[0]
    assert (None if found is None else found.to_list()) == numbers
