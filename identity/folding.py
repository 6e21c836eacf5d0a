"""Text as it is compared: folded to ASCII words, names taken apart, companies without their legal forms.

All functions take and give Polars expressions of text; nothing foldable becomes null.

Not here: which columns are folded (`identity.features`), and cleaning for display (`identity.standardise`).
"""

from __future__ import annotations

import polars as pl
from anyascii import anyascii

from identity.words import LEGAL_FORMS, PARTICLES, TITLES

_SPECIAL = {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}


def _transliterate(values: pl.Series) -> pl.Series:
    """ASCII of each value; the table of all scripts is asked only for distinct values that are not ASCII yet."""
    foreign = values.unique().drop_nulls()
    foreign = foreign.filter(foreign.str.contains(r"[^\x00-\x7f]"))
    if foreign.is_empty():
        return values
    return values.replace(foreign, pl.Series([anyascii(value).lower() for value in foreign], dtype=pl.String))


def fold(text: pl.Expr) -> pl.Expr:
    """Lower-case ASCII words with single spaces between them; accents, apostrophes and dots inside words are gone."""
    plain = text.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    plain = plain.str.replace_many(_SPECIAL).map_batches(_transliterate, return_dtype=pl.String)
    return blank_to_null(words(plain.str.replace_all(r"['’`.]", "")))


def words(text: pl.Expr) -> pl.Expr:
    """Everything but letters and digits becomes one space."""
    return text.str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars(" ")


def blank_to_null(text: pl.Expr) -> pl.Expr:
    """Null in place of empty text."""
    return text.replace("", None)


def without(text: pl.Expr, dropped: list[str]) -> pl.Expr:
    """Folded text less some words; the text itself where nothing else is in it."""
    drop = pl.element().is_in(dropped)
    return text.str.split(" ").list.eval(pl.element().filter(~drop | drop.all())).list.join(" ")


def name_in_order(full: pl.Expr) -> pl.Expr:
    """A folded full name, given name first, without titles; `Last, First` is turned round."""
    after = without(fold(full.str.extract(r"^[^,]+,(.+)$")), TITLES)
    before = without(fold(full.str.extract(r"^([^,]+),.+$")), TITLES)
    turned = pl.when(~after.is_in(TITLES)).then(after + " " + before).otherwise(before)
    return pl.coalesce(turned, without(fold(full), TITLES))


def first_of(full: pl.Expr) -> pl.Expr:
    """The given name of a full name in order; the only word of a name is taken for it."""
    return full.str.extract(r"^(\S+)")


def last_of(full: pl.Expr) -> pl.Expr:
    """The family name with its particles, written together, of a full name in order."""
    led = full.str.extract(rf"^\S+ (?:.*? )??((?:(?:{'|'.join(PARTICLES)}) )*\S+)$")
    return led.str.replace_all(" ", "")


def company_key(text: pl.Expr) -> pl.Expr:
    """The words of a company's name without legal forms."""
    return without(fold(text.str.replace_all("&", " and ")), LEGAL_FORMS)
