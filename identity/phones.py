"""Phone numbers to E.164, with the row's country as a hint.

Not here: other kinds of values (`identity.standardise`).
"""

from __future__ import annotations

from functools import cache

import phonenumbers
import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

DIGITS = 6  # fewer are no phone number
WITH_CODE = r"^(?:\+|00)[1-9][0-9\s.\-]*$"  # nothing but digits, and no zero in brackets
WITHOUT_CODE = r"^[(]?(?:[1-9]|0[1-9(])[0-9\s().\-/]*$"


def e164(values: pl.Series, countries: pl.Series) -> pl.Series:
    """Lists of phones as written, and ISO-3166 alpha-2 countries (or null), to lists of E.164 numbers.

    A number that cannot be placed keeps its digits; what has too few is dropped. Lists that end up empty are null.
    """
    if not (values.list.len() > 1).any():
        return _alone(values.list.first(), countries)
    frame = pl.DataFrame({"values": values, "country": countries}).with_row_index("row")
    single = frame.explode("values", empty_as_null=False, keep_nulls=False).drop_nulls("values")
    distinct = single.select("values", "country").unique()
    known = distinct.with_columns(number=_numbers(distinct))
    placed = single.join(known, on=["values", "country"], how="left", nulls_equal=True, maintain_order="left")
    lists = (
        placed.drop_nulls("number")
        .group_by("row", maintain_order=True)
        .agg(pl.col("number").unique(maintain_order=True))
    )
    return frame.join(lists, on="row", how="left", maintain_order="left")["number"]


def _alone(values: pl.Series, countries: pl.Series) -> pl.Series:
    """The same where no row has two."""
    frame = pl.DataFrame({"values": values, "country": countries})
    distinct = frame.drop_nulls("values").unique()
    known = distinct.with_columns(number=_numbers(distinct))
    placed = frame.join(known, on=["values", "country"], how="left", nulls_equal=True, maintain_order="left")
    number = pl.col("number")
    return placed.select(pl.when(number.is_not_null()).then(pl.concat_list(number))).to_series()


def _numbers(distinct: pl.DataFrame) -> pl.Series:
    """The number of each value, by pattern where a pattern tells, else by the library, value by value."""
    rows = distinct.select("values", "country", digits=_dialled_abroad()).with_row_index("row")
    parts = [
        _of_code(part) for part in rows.with_columns(code=pl.col("digits").str.extract(_codes())).partition_by("code")
    ]
    made = pl.concat(parts).sort("row") if parts else rows.with_columns(number=pl.lit(None, pl.String))
    rest = made.filter(pl.col("number").is_null())
    found = [_number(value, country) for value, country in rest.select("values", "country").iter_rows()]
    return made["number"].scatter(rest["row"], pl.Series(found, dtype=pl.String)) if found else made["number"]


def _dialled_abroad() -> pl.Expr:
    """The digits of a number with its country's code: as it is written, or for a region whose numbers are plain."""
    bare = pl.col("values").str.replace_all(r"[^0-9]", "")
    digits = pl.when(bare.str.len_bytes() >= DIGITS).then(bare)
    whole = pl.when(pl.col("values").str.contains(WITH_CODE)).then(digits.str.strip_prefix("00"))
    prefix, code = (
        pl.col("country").replace_strict(table, default=None, return_dtype=pl.String) for table in _dialled()
    )
    less = (
        pl.when(digits.str.starts_with(prefix) & (prefix != ""))
        .then(digits.str.slice(prefix.str.len_bytes()))
        .otherwise(digits)
    )
    return pl.coalesce(whole, pl.when(pl.col("values").str.contains(WITHOUT_CODE)).then(pl.concat_str(code, less)))


def _of_code(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of one country's code, with the `number` of those whose digits are valid as they stand."""
    code = rows["code"][0]
    if code is None:
        return rows.with_columns(number=pl.lit(None, pl.String))
    valid, stripped = _patterns()[code]
    good = pl.col("digits").str.contains(valid)
    good = good & ~pl.col("digits").str.contains(stripped) if stripped else good
    return rows.with_columns(number=pl.when(good).then("+" + pl.col("digits")))


@cache
def _codes() -> str:
    return f"^({'|'.join(sorted(_patterns(), key=len, reverse=True))})"


@cache
def _patterns() -> dict[str, tuple[str, str]]:
    """By country's code: patterns of numbers that are valid, and of those that the library would shorten."""
    found = {}
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, regions[0])
        if metadata and _pattern(metadata):
            prefix = metadata.national_prefix_for_parsing
            stripped = _ascii(f"^{code}(?:{prefix})") if prefix else ""
            found[str(code)] = _ascii(f"^{code}(?:{_pattern(metadata)})$"), stripped
    return found


def _ascii(pattern: str) -> str:
    return pattern.replace(r"\d", "[0-9]")


@cache
def _regions() -> list[tuple[str, PhoneMetadata]]:
    """Regions whose numbers are their digits: none begins with a zero of its own, and none is rewritten."""
    found = [(r, PhoneMetadata.metadata_for_region(r)) for r in sorted(phonenumbers.SUPPORTED_REGIONS)]
    return [
        (r, m) for r, m in found
        if m and _pattern(m) and not m.leading_zero_possible and not m.leading_digits
        and not m.national_prefix_transform_rule and (m.national_prefix or "") == (m.national_prefix_for_parsing or "")
    ]  # fmt: skip


def _pattern(metadata: PhoneMetadata) -> str:
    """Of the digits of a region's numbers; empty where it has none of its own."""
    described = metadata.general_desc
    return (described.national_number_pattern if described else None) or ""


@cache
def _dialled() -> tuple[dict[str, str], dict[str, str]]:
    """What is dialled before a number inside a region, and the code of its country."""
    prefixes = {region: metadata.national_prefix or "" for region, metadata in _regions()}
    return prefixes, {region: str(metadata.country_code) for region, metadata in _regions()}


def _number(value: str, country: str | None) -> str | None:
    digits = "".join(c for c in value if c in "0123456789")
    if len(digits) < DIGITS:
        return None
    written = f"+{digits[2:]}" if value.lstrip(" (").startswith("00") else value
    try:
        parsed = phonenumbers.parse(written, country if country and len(country) == 2 else None)
    except phonenumbers.NumberParseException:
        return digits
    return phonenumbers.format_number(_without_trunk(parsed), phonenumbers.PhoneNumberFormat.E164)


def _without_trunk(number: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    """A number less a zero that people dial, or dialled once, before it, where it is valid without."""
    if number.italian_leading_zero and not phonenumbers.is_valid_number(number):
        bare = phonenumbers.PhoneNumber(number.country_code, number.national_number)
        return bare if phonenumbers.is_valid_number(bare) else number
    return number
