"""Names of companies as they are compared: without legal forms, of whatever country, and by the name they trade under.

Legal forms stand in `identity.words` and, as the ends of names, in the table that the package `cleanco` keeps by
country; its code, which takes names apart one by one, is not needed for that.

Not here: how names are compared (`identity.contact_model`, `identity.account_model`).
"""

from __future__ import annotations

import re
from functools import cache

import polars as pl
from cleanco.clean import get_unique_terms

from identity.distinct import by_value, listed
from identity.folding import blank_to_null, folded, without
from identity.words import LEGAL_FORMS, NO_LEGAL_FORMS, NUMERALS

IN_BRACKETS = r"\s*[(\[（][^)\]）]*[)\]）]"
TRADING_AS = (
    r"(?i)[\s,(;]+(?:d\.?b\.?/?a\.?|d/b/a|t/as?|t\.a\.|trading as|doing business as|handelend onder de naam)\b[:\s.]*"
)
FORMERLY = r"(?i)[\s,(;]+(?:f/?k/?a\.?|formerly(?: known as)?|previously|vormals|ehemals|anciennement|ex)\b[:\s.]+"
FORMS = (
    r"株式会社|（株）|\(株\)|㈱|有限会社|合同会社|股份有限公司|有限责任公司|有限公司|公司|주식회사|유한회사|\(주\)|㈜"
)
CARE = r"(?i)[/(（]|trading|business|former|previous|ehemals|vormals|anciennement|dba|d\.b\.a|\bex\b|fka|handelend"
SEVERAL = rf"{CARE}|d\.?b\.?a|t\.a\."  # whatever has none of it has one name, and no other
ONLY_FORMS = rf"^(?:(?:{'|'.join(LEGAL_FORMS)})(?: |$))+$"  # a company that is called like one keeps its name


def company_key(text: pl.Expr) -> pl.Expr:
    """The words of a company's name, the one it trades under, without legal forms."""
    return text.map_batches(lambda names: by_value(names, _key), return_dtype=pl.String)


def company_names(names: pl.Series) -> pl.Series:
    """The same of every name in each of them, sorted: also the legal one and the one that it had before."""
    rows = names.str.contains(SEVERAL).fill_null(False).arg_true()
    text = pl.col("x")
    legal = text.str.replace(rf"{TRADING_AS}.*$", "")
    trade, former = (text.str.extract(rf"{pattern}(.+)$", 1) for pattern in (TRADING_AS, FORMERLY))
    more = names.gather(rows).alias("x").to_frame().select(a=legal, b=trade, c=former)
    keys = [names, *(more[name] for name in more.columns)]
    at = [pl.int_range(names.len(), dtype=pl.UInt32, eager=True), *(rows for _ in more.columns)]
    found = [one.alias("x").to_frame().select(company_key(text)).to_series() for one in keys]
    return listed(pl.concat(at), pl.concat(found), names.len())


def _key(names: pl.Series) -> pl.Series:
    """Of distinct names; few of them need care."""
    some = names.str.contains(CARE).fill_null(False).arg_true()
    if len(some):
        names = names.scatter(some, names.gather(some).to_frame("x").select(_called(pl.col("x"))).to_series())
    return _bare(folded(_spelled(names)))


def _spelled(names: pl.Series) -> pl.Series:
    """Signs for words written out, legal forms of other scripts taken away."""
    foreign = (names.str.len_bytes() != names.str.len_chars()).fill_null(False).arg_true()
    if len(foreign):
        names = names.scatter(foreign, names.gather(foreign).str.replace_all(FORMS, " "))
    return names.str.replace_all("&", " and ", literal=True).str.replace_all("+", " and ", literal=True)


def _called(text: pl.Expr) -> pl.Expr:
    """What a company is called today."""
    now = text.str.replace(rf"{FORMERLY}.*$", "")
    trade = now.str.extract(rf"{TRADING_AS}(.+)$", 1)
    named = pl.coalesce(trade, now)
    plain = named.str.replace_all(IN_BRACKETS, "")
    return pl.when(plain.str.contains(r"\p{L}|\p{N}")).then(plain).otherwise(named)


def _bare(names: pl.Series) -> pl.Series:
    """Folded names without legal forms."""
    x = pl.col("x")
    frame = names.alias("x").to_frame()
    frame = frame.with_columns(bare=without(pl.coalesce(blank_to_null(x.str.replace(_endings(), "")), x), LEGAL_FORMS))
    return frame.select(_in_figures(pl.when(x.str.contains(ONLY_FORMS)).then(x).otherwise("bare"))).to_series()


def _in_figures(words: pl.Expr) -> pl.Expr:
    """Numbers that are written out as figures."""
    return words.map_batches(_numbered, return_dtype=pl.String)


def _numbered(names: pl.Series) -> pl.Series:
    some = names.str.contains(rf"\b(?:{'|'.join(NUMERALS)})\b").fill_null(False).arg_true()
    if not len(some):
        return names
    written = names.gather(some).str.split(" ").list.eval(pl.element().replace(NUMERALS)).list.join(" ")
    return names.scatter(some, written)


@cache
def _endings() -> str:
    """A pattern of legal forms at the end of a folded name; it leaves a word before them."""
    terms = folded(pl.Series(sorted(get_unique_terms()))).drop_nulls()
    known = {term for term in terms if len(term) > 1 and term not in NO_LEGAL_FORMS}
    ordered = sorted(known, key=lambda term: (-len(term), term))
    return rf"(?: (?:{'|'.join(map(re.escape, ordered))}))+$"
