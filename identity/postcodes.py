"""Postcodes as they are compared, by the customs of the row's country.

Not here: streets (`identity.addresses`), and cleaning for display: the postcode as written stays in the record.
"""

from __future__ import annotations

import polars as pl

from identity.folding import fold

COUNTRY = r"^\s*(?:[A-Za-z]{1,3})\s?[-–]\s?(\d{4,5})\s*$"  # D-80331, CH-8001, SK-811 01
FIGURES = {
    "US": 5, "DE": 5, "FR": 5, "IT": 5, "ES": 5, "FI": 5, "SE": 5, "CZ": 5, "SK": 5, "PL": 5, "GR": 5, "TR": 5,
    "MX": 5, "MY": 5, "UA": 5, "ID": 5, "TH": 5, "KR": 5, "HR": 5, "RS": 5, "LT": 5, "EE": 5, "SA": 5, "MA": 5, "EG": 5,
    "JP": 7, "BR": 8, "IN": 6, "CN": 6, "RU": 6, "RO": 6, "SG": 6, "VN": 6,
    "AT": 4, "CH": 4, "BE": 4, "DK": 4, "NO": 4, "HU": 4, "AU": 4, "NZ": 4, "LU": 4, "SI": 4, "BG": 4, "ZA": 4,
    "PT": 7,
}  # fmt: skip
BRITISH = r"^([a-z]{1,2}\d[a-z\d]?)\d[a-z]{2}$"


def postcode_key(text: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Letters and digits in lower case: no country before them, no last four of a ZIP+4, zeros that a spreadsheet lost.

    A British, Dutch or Canadian postcode is the same with its space or without.
    """
    both = pl.struct(x=text, country=country)
    return both.map_batches(lambda rows: _keys(rows.struct.unnest()), return_dtype=pl.String)


def _keys(rows: pl.DataFrame) -> pl.Series:
    """Of each distinct postcode in its country."""
    distinct = rows.drop_nulls("x").unique()
    if distinct.is_empty():
        return pl.Series([None] * rows.height, dtype=pl.String)
    made = distinct.with_columns(key=_key())
    return rows.join(made, on=["x", "country"], how="left", nulls_equal=True, maintain_order="left")["key"]


def _key() -> pl.Expr:
    bare = pl.col("x").str.replace(COUNTRY, "$1").str.replace(r"^\s*(\d{5})-\d{4}\s*$", "$1")
    code = fold(bare.str.replace(r"^(\d+)\.0$", "$1")).str.replace_all(" ", "")
    figures = pl.col("country").replace_strict(FIGURES, default=None, return_dtype=pl.UInt32)
    longer = (pl.col("country") == "US") & code.str.contains(r"^\d{9}$")
    lost = code.str.contains(r"^\d{3,}$") & (code.str.len_bytes() + 1 == figures)
    return pl.when(longer).then(code.str.head(5)).when(lost).then("0" + code).otherwise(code)


def district(postcode: pl.Expr) -> pl.Expr:
    """The part of a postcode that stands for a town: the outward code of a British one, else its first three."""
    return pl.coalesce(postcode.str.extract(BRITISH), postcode.str.extract(r"^(...)"))
