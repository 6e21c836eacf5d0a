"""What the words of an organisation's name say, whatever is written around them.

Not here: names without legal forms (`identity.companies`), and how words are compared (`identity.account_model`).
"""

from __future__ import annotations

import polars as pl

from identity.companies import company_key
from identity.distinct import by_value, exploded, joined, listed
from identity.words import ABBREVIATIONS, COMMON_IN_COMPANIES, SMALL_WORDS

DEPARTMENT = r"\b(?:dept|dep|department|departement|school|faculty|division|section|chair|fakultat|fachbereich)\b"
STEM = 7  # letters of a word: so endings and abbreviations do not count


def name_words(names: pl.Series) -> pl.DataFrame:
    """Of names of organisations: `words`, those that tell; `terms`, all but the smallest; `lead`, the first two that
    tell; `initials` of a name of three to six words; `brief`, initials and telling words. Words are cut to `STEM`.
    """
    return by_value(names, _read).struct.unnest()


def _read(names: pl.Series) -> pl.Series:
    height = names.len()
    said = exploded(_whole(names).str.split(" "))
    said = said.with_columns(word=pl.col("value").replace(ABBREVIATIONS))
    letter = pl.col("word").str.contains(r"..|\d")  # more than a letter
    told = said.filter(letter & ~pl.col("word").is_in(COMMON_IN_COMPANIES)).with_columns(_cut())
    terms = said.filter(letter & ~pl.col("word").is_in(SMALL_WORDS)).with_columns(_cut())
    first = told.group_by("row", maintain_order=True).head(2)
    initials = _initials(said, height)
    short = pl.DataFrame({"row": initials.is_not_null().arg_true(), "word": initials.drop_nulls()})
    brief = pl.concat([told.select("row", "word"), short])
    columns = {
        "words": listed(told["row"], told["word"], height),
        "terms": listed(terms["row"], terms["word"], height),
        "lead": joined(first["row"], first["word"], height, " "),
        "initials": initials,
        "brief": listed(brief["row"], brief["word"], height),
    }
    return pl.DataFrame(columns).to_struct()


def _cut() -> pl.Expr:
    return pl.col("word").str.head(STEM)


def _whole(names: pl.Series) -> pl.Series:
    """The names without departments, where other parts are named between commas."""
    plain = names.str.to_lowercase().str.replace_all(r"\S+@\S+", "").str.replace_all(r"\b(\w{1,2})&(\w{1,2})\b", "$1$2")
    parts = exploded(plain.str.split(",")).filter(~pl.col("value").str.contains(DEPARTMENT))
    kept = joined(parts["row"], parts["value"], names.len(), " ")
    return (
        pl.DataFrame({"kept": kept, "name": names})
        .select(pl.coalesce(company_key(pl.col("kept")), company_key(pl.col("name"))))
        .to_series()
    )


def _initials(said: pl.DataFrame, height: int) -> pl.Series:
    """The first letters of names of three to six words, small ones apart."""
    first = said.filter(~pl.col("value").is_in(SMALL_WORDS)).with_columns(pl.col("value").str.head(1))
    some = first.filter(pl.len().over("row").is_between(3, 6))
    return joined(some["row"], some["value"], height, "")
