"""Phone numbers to E.164, with the row's country as a hint.

Not here: other kinds of values (`identity.standardise`).
"""

from __future__ import annotations

import phonenumbers
import polars as pl

DIGITS = 6  # fewer are no phone number


def e164(values: pl.Series, countries: pl.Series) -> pl.Series:
    """Lists of phones as written, and ISO-3166 alpha-2 countries (or null), to lists of E.164 numbers.

    A number that cannot be placed keeps its digits; what has too few is dropped. Lists that end up empty are null.
    """
    frame = pl.DataFrame({"values": values, "country": countries}).with_row_index("row")
    single = frame.explode("values", empty_as_null=False, keep_nulls=False).drop_nulls("values")
    distinct = single.select("values", "country").unique()
    numbers = [_number(v, c) for v, c in distinct.iter_rows()]
    known = distinct.with_columns(number=pl.Series(numbers, dtype=pl.String))
    placed = single.join(known, on=["values", "country"], how="left", nulls_equal=True, maintain_order="left")
    lists = (
        placed.drop_nulls("number")
        .group_by("row", maintain_order=True)
        .agg(pl.col("number").unique(maintain_order=True))
    )
    return frame.join(lists, on="row", how="left", maintain_order="left")["number"]


def _number(value: str, country: str | None) -> str | None:
    digits = "".join(c for c in value if c in "0123456789")
    if len(digits) < DIGITS:
        return None
    try:
        parsed = phonenumbers.parse(value, country if country and len(country) == 2 else None)
    except phonenumbers.NumberParseException:
        return digits
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
