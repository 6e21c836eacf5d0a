"""What the words of an organisation's name say, whatever is written around them.

Not here: names without legal forms (`identity.companies`), and how words are compared (`identity.account_model`).
"""

from __future__ import annotations

import polars as pl

from identity.companies import company_key
from identity.distinct import by_value
from identity.folding import blank_to_null
from identity.words import ABBREVIATIONS, COMMON_IN_COMPANIES, SMALL_WORDS

DEPARTMENT = r"\b(?:dept|dep|department|departement|school|faculty|division|section|chair|fakultat|fachbereich)\b"
STEM = 7  # letters of a word: so endings and abbreviations do not count


def name_words(names: pl.Series) -> pl.DataFrame:
    """Of names of organisations: `words`, those that tell; `terms`, all but the smallest; `lead`, the first two that
    tell; `initials` of a name of three to six words; `brief`, initials and telling words. Words are cut to `STEM`.
    """
    return by_value(names, _read).struct.unnest()


def _read(names: pl.Series) -> pl.Series:
    whole = names.alias("name").to_frame().select(whole=_whole(pl.col("name")))
    split = whole.select(split=pl.col("whole").str.split(" "))
    telling = pl.col("split").list.eval(_telling(pl.element().replace(ABBREVIATIONS)).str.head(STEM))
    made = split.select(
        words=tidy(telling),
        terms=tidy(pl.col("split").list.eval(_term(pl.element().replace(ABBREVIATIONS)))),
        lead=blank_to_null(telling.list.head(2).list.join(" ")),
        initials=_initials(pl.col("split")),
    )
    brief = tidy(pl.concat_list("initials", pl.coalesce("words", pl.lit([], pl.List(pl.String)))))
    return made.with_columns(brief=brief).select(pl.struct(pl.all())).to_series()


def tidy(values: pl.Expr) -> pl.Expr:
    """Sorted distinct values, null in place of none."""
    kept = values.list.drop_nulls().list.unique().list.sort()
    return pl.when(kept.list.len() > 0).then(kept)


def _whole(name: pl.Expr) -> pl.Expr:
    """The name without departments, where other parts are named between commas."""
    plain = name.str.to_lowercase().str.replace_all(r"\S+@\S+", "").str.replace_all(r"\b(\w{1,2})&(\w{1,2})\b", "$1$2")
    kept = pl.element().filter(~pl.element().str.contains(DEPARTMENT))
    return pl.coalesce(company_key(plain.str.split(",").list.eval(kept).list.join(" ")), company_key(name))


def _term(word: pl.Expr) -> pl.Expr:
    return word.filter(word.str.contains(r"..|\d") & ~word.is_in(SMALL_WORDS)).str.head(STEM)


def _telling(word: pl.Expr) -> pl.Expr:
    """Words that are more than a letter, and not the same in many names."""
    return word.filter(word.str.contains(r"..|\d") & ~word.is_in(COMMON_IN_COMPANIES))


def _initials(split: pl.Expr) -> pl.Expr:
    letters = split.list.eval(pl.element().filter(~pl.element().is_in(SMALL_WORDS)).str.head(1))
    return pl.when(letters.list.len().is_between(3, 6)).then(blank_to_null(letters.list.join("")))
