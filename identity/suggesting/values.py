"""What the values of a column say it may be: the share of them that read like a kind.

Not here: what its header says (`identity.suggesting.headers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl
from anyascii import anyascii

from identity.countries import ISO2
from identity.nicknames import known_names
from identity.standardise import EMAIL, PARTS, PLACEHOLDERS
from identity.words import LEGAL_FORMS

CURRENCIES = (
    "usd eur gbp chf jpy cny pln sek nok dkk czk huf ron try rub uah inr brl mxn aud cad nzd sgd hkd krw zar aed"
)
YES_NO = (
    "true false yes no y n ja nein oui non si sí sì tak nie 0 1 t f on off x ano ne да нет da nu evet hayır kyllä ei"
)
SALUTATIONS = "mr mrs ms miss mx dr prof sir herr frau fr hr m mme mlle sr sra srta dott ing mag dhr mevr pan pani"
MONTH = (
    r"(?i:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|déc|ene|abr|ago|dic|gen|mag|giu|lug|set|ott|fév|avr"
    r"|juin|août)[a-zé]*\.?"
)
YEAR_FIRST = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日"
DAY_FIRST = rf"\d{{1,2}}[-/. ]+(\d{{1,2}}|{MONTH})[-/., ]+\d{{2,4}}|{MONTH} \d{{1,2}},? \d{{4}}"
PATTERNS = {
    "email": EMAIL,
    "phone": r"^[+(]?[\d(][\d\s()./\-]{5,}\d(\s?(x|ext\.?)\s?\d+)?$",
    "linkedin": r"(?i)linkedin\.com/",
    "url": r"(?i)^(https?://|www\.)\S+$",
    "domain": r"(?i)^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}/?$",
    "date": rf"^({YEAR_FIRST}|{DAY_FIRST})([T ,]+\d{{1,2}}[:.]\d{{2}}.*)?$",
    "number": r"^[^\d\-+]{0,4}[-+]?\d[\d\s.,']*\s?([kKmM]|[^\d\s]{1,4}|%)?$",
    "range": r"^\d[\d,. ]*\s?([-–]|to|bis|à)\s?\d[\d,. ]*$|^\d+\+$",
}  # fmt: skip


@cache
def _is_given_name(word: str) -> bool:
    return anyascii(word).lower() in _given_names()


@cache
def _given_names() -> frozenset[str]:
    return frozenset(known_names())


@dataclass(frozen=True, slots=True)
class Evidence:
    """`shares` of the filled values by kind, 0 to 1; `filled` and `distinct` values as shares of rows and of filled."""

    shares: dict[str, float]
    filled: float
    distinct: float

    def share(self, *kinds: str) -> float:
        """The largest share among some kinds."""
        return max((self.shares.get(kind, 0.0) for kind in kinds), default=0.0)


def read_values(column: pl.Series) -> Evidence:
    """What the text values of a column say."""
    text = (
        column.cast(pl.String)
        .str.replace_all(PARTS, ";")
        .str.split(";")
        .explode(empty_as_null=True)
        .str.strip_chars(" '\t")
    )
    filled = text.filter(~text.str.to_lowercase().is_in(PLACEHOLDERS).fill_null(True)).alias("v")
    if filled.is_empty():
        return Evidence({}, 0.0, 0.0)
    value, lower = pl.col("v"), pl.col("v").str.to_lowercase()
    first = lower.str.extract(r"^(?:(?:dr|mr|mrs|ms|prof)\.?\s+)?(\p{L}+)", 1)
    given = first.map_elements(_is_given_name, return_dtype=pl.Boolean).fill_null(False)
    lettered = value.str.contains(r"^[\p{L}'’.,\s-]+$")
    words = value.str.count_matches(r"\S+")
    last_word = lower.str.strip_chars(".").str.replace_all(r"\.", "").str.extract(r"([\p{L}&]+)$", 1)
    tests = {
        **{kind: value.str.contains(pattern) for kind, pattern in PATTERNS.items()},
        "currency": lower.is_in([*CURRENCIES.split(), "€", "$", "£"]),
        "country": lower.is_in([name.lower() for name in ISO2]) | lower.is_in([c.lower() for c in set(ISO2.values())]),
        "flag": lower.is_in(YES_NO.split()),
        "given": given & lettered & (words == 1),
        "person": given & lettered & words.is_between(2, 4),
        "company": last_word.is_in([w for w in LEGAL_FORMS if len(w) > 1]) & (words > 1),
        "salutation": lower.str.strip_chars(".").is_in(SALUTATIONS.split()),
        "digits": value.str.contains(r"^\d+$"),
        "long": value.str.len_chars() > 60,
    }
    shares = (
        filled.to_frame()
        .select(**{kind: test.fill_null(False).mean() for kind, test in tests.items()})
        .row(0, named=True)
    )
    cells = column.str.strip_chars().replace("", None).drop_nulls()
    return Evidence(shares, cells.len() / column.len(), cells.n_unique() / cells.len())
