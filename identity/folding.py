"""Text as it is compared: folded to lower-case ASCII words, with words that carry nothing taken away.

All functions take and give Polars expressions of text; nothing foldable becomes null. Distinct values are folded once.

Not here: names (`identity.names`), companies (`identity.companies`), streets (`identity.addresses`), and cleaning for
display (`identity.standardise`).
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
from anyascii import anyascii

from identity.distinct import by_value

_SPECIAL = {
    "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "ου": "ou", "ευ": "ev", "αυ": "av", "μπ": "b",
}  # fmt: skip
_ALPHABET = r"^[\p{Latin}\p{Greek}\p{Cyrillic}\p{Common}\p{Inherited}]*$"  # where a mark is only an accent


def fold(text: pl.Expr) -> pl.Expr:
    """Lower-case ASCII words with single spaces between them; accents, apostrophes and dots inside words are gone."""
    return text.map_batches(lambda values: by_value(values, folded), return_dtype=pl.String)


def folded(values: pl.Series) -> pl.Series:
    """The same for a column of distinct values."""
    plain = values.str.to_lowercase()
    foreign = (plain.str.len_bytes() != plain.str.len_chars()).arg_true()
    if not foreign.is_empty():
        plain = plain.scatter(foreign, _ascii(plain.gather(foreign)))
    x = pl.col("x")
    return plain.alias("x").to_frame().select(blank_to_null(words(x.str.replace_all(r"['’`.]", "")))).to_series()


def _ascii(values: pl.Series) -> pl.Series:
    """ASCII of lower-case values; the table of all scripts is asked where taking accents away is not enough."""
    bare = values.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.replace_many(_SPECIAL)
    plain = bare.zip_with(values.str.contains(_ALPHABET), values).str.replace_all(r"[’‘ʼ′]", "'")
    rest = (plain.str.len_bytes() != plain.str.len_chars()).arg_true()
    return plain.scatter(rest, [anyascii(value).lower() for value in plain.gather(rest)]) if len(rest) else plain


def words(text: pl.Expr) -> pl.Expr:
    """Everything but letters and digits becomes one space."""
    return text.str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars(" ")


def blank_to_null(text: pl.Expr) -> pl.Expr:
    """Null in place of empty text."""
    return text.replace("", None)


def without(text: pl.Expr, dropped: Collection[str]) -> pl.Expr:
    """Folded text less some words; the text itself where nothing else is in it."""
    rest = text.str.replace_all(rf"(?:^| )(?:{'|'.join(dropped)})\b", "").str.strip_chars_start(" ")
    return pl.when(rest != "").then(rest).otherwise(text)
