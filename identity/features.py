"""What of a record is compared: one feature frame an entity, each value made once for all records that hold it.

Not here: how features are compared (`identity.model`) or weighed (`identity.epoch`).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from identity.addresses import house_number, street_key
from identity.companies import company_key, company_names
from identity.distinct import Lookup, exploded, listed, looked_up, once
from identity.fields import Entity
from identity.folding import blank_to_null, fold
from identity.frames import record_schema
from identity.hosts import registered
from identity.mailboxes import mailbox_features
from identity.names import name_features
from identity.nicknames import formal_names, guessed_names, known_names
from identity.organisations import name_words
from identity.postcodes import district, postcode_key
from identity.words import JUNK_DATES

NORMALISER = "5"  # raised with every change that can give a record other features: an epoch fits one version

_SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789"
PHONE_DIGITS = 9  # compared from the end: prefixes of country and trunk are written in many ways


def features(records: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Features of a record frame of `contact` or `account`, sorted by `key`; one row a record, absent is null.

    Texts are folded; what a record may have several of is a list, sorted and without repetition, null where empty.
    """
    # A frame that was turned round has forgotten the type of its lists where all are null; the cast restores it.
    typed = records.sort("key").cast(record_schema(entity))  # type: ignore[arg-type]
    return _contact(typed) if entity == "contact" else _account(typed)


def _contact(records: pl.DataFrame) -> pl.DataFrame:
    named = records.lazy().select(
        "key",
        company=company_key(pl.col("company_name")),
        born=_date(pl.col("date_of_birth")),
        national_id=_code(pl.col("national_id")),
        linkedin=_profile(pl.col("linkedin_url")),
        role=fold(pl.col("title")),
        gender=fold(pl.col("gender")).str.head(1),
        phones=_phones(pl.col("phone")),
        phones_crowd=pl.lit(None, pl.List(pl.String)),  # screening tells (`identity.screening`)
        **_place(),
    )
    makers: tuple[Callable[[], pl.DataFrame], ...] = (
        named.collect,
        lambda: name_features(records),
        lambda: mailbox_features(records["email"], records["company_domain"]),
    )
    with ThreadPoolExecutor(len(makers)) as pool:  # much of their work is done outside Python, on one core each
        whole = pl.concat(pool.map(lambda make: make(), makers), how="horizontal")
    first, last = pl.col("first"), pl.col("last")
    asked = pl.when(pl.col("nick").is_null()).then(first).otherwise(first + " " + pl.col("nick"))
    made = whole.lazy().with_columns(
        formal=_told(asked, formal_names),
        guessed=_told(first, guessed_names),
        turned=_told(last, guessed_names),
        known=once(first, lambda name: name.is_in(known_names()), pl.Boolean),
        initial=first.str.head(1),
        last_head=last.str.head(4),
        sound=once(last, _skeleton),
        both=_in_any_order(first, last),
        year=pl.col("born").str.head(4),
        figures=once(pl.col("national_id"), _sorted_letters),
        district=once(pl.col("postcode"), district),
        company_figures=once(pl.col("company"), lambda name: name.str.replace_all(r"[^0-9]+", "")),
        **{f"{name}_letters": _letters(pl.col(name)) for name in ("first", "last", "company")},
    )
    found: pl.DataFrame = made.drop("nick").collect()
    return found.with_columns(_initials(found))


def _account(records: pl.DataFrame) -> pl.DataFrame:
    named = records.lazy().select(
        "key",
        name=company_key(pl.col("name")),
        aliases=pl.col("name").map_batches(company_names, return_dtype=pl.List(pl.String)),
        domains=pl.col("domain").map_batches(_registered, return_dtype=pl.List(pl.String)),
        phones=_phones(pl.col("phone")),
        tax_id=_code(pl.col("tax_id")),
        **_place(),
    )
    made = named.with_columns(
        stem=pl.col("name").str.extract(r"^(\S+)"),
        head=pl.col("name").str.head(4),
        tail=pl.col("name").str.extract(r" (\S+)$"),
        joined=pl.col("name").str.replace_all(" ", ""),
        bag=pl.col("name").str.split(" ").list.sort().list.join(" "),
        number=house_number(pl.col("street")),
    )
    whole = made.with_columns(joined_letters=_letters(pl.col("joined"))).collect()
    return whole.hstack(name_words(records["name"]))


def _place() -> dict[str, pl.Expr]:
    return {
        "street": street_key(pl.col("street")),
        "city": fold(pl.col("city")),
        "postcode": postcode_key(pl.col("postcode"), pl.col("country")),
    }


def _skeleton(word: pl.Expr) -> pl.Expr:
    """The first letter of a word and the consonants after it, each once in a row."""
    bare = word.str.slice(1).str.replace_all(r"[aeiouyhw]", "")
    for letter in "bcdfgklmnprstz":
        bare = bare.str.replace_all(letter * 2, letter)
    return word.str.head(1) + bare


def _initials(named: pl.DataFrame) -> pl.Series:
    """The first letters of all that a person may be called, in whatever order the names stand."""
    called = exploded(named["formal"])
    rows = pl.concat([called["row"], pl.int_range(named.height, dtype=pl.UInt32, eager=True)])
    letters = pl.concat([called["value"], named["last"]]).str.head(1)
    return listed(rows, letters, named.height).alias("initials")


def _letters(text: pl.Expr) -> pl.Expr:
    """The set of letters and digits of a folded text, a bit each (`identity.model.letters_of`)."""
    return once(text, lambda x: pl.when(x.is_not_null()).then(_set(x)), pl.Int64)


def _set(text: pl.Expr) -> pl.Expr:
    bits = (text.str.contains(sign, literal=True).cast(pl.Int64) * 2**n for n, sign in enumerate(_SIGNS))
    return pl.sum_horizontal(*bits)


def _in_any_order(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Both names, the one first that sorts first."""
    return pl.when(first <= last).then(first + " " + last).otherwise(last + " " + first)


def _sorted_letters(code: pl.Expr) -> pl.Expr:
    """The same for codes of which two characters changed places."""
    return code.str.split("").list.sort().list.join("")


def _told(names: pl.Expr, lookup: Lookup) -> pl.Expr:
    """What a table says of each name."""
    dtype = pl.List(pl.String())
    return names.map_batches(lambda asked: looked_up(asked, lookup, dtype), return_dtype=dtype)


def _code(text: pl.Expr) -> pl.Expr:
    """Letters and digits only, lower case."""
    return blank_to_null(fold(text).str.replace_all(" ", ""))


def _date(text: pl.Expr) -> pl.Expr:
    """An ISO date as eight digits; placeholders are null."""
    day = text.str.slice(0, 10)
    return pl.when(~day.is_in(JUNK_DATES)).then(blank_to_null(day.str.replace_all(r"\D", "")))


def _profile(url: pl.Expr) -> pl.Expr:
    """The last part of a profile's address."""
    return _code(url.str.to_lowercase().str.extract(r"/in/([^/?#]+)"))


def _phones(numbers: pl.Expr) -> pl.Expr:
    """The last digits of each number."""
    return numbers.map_batches(_ends, return_dtype=pl.List(pl.String))


def _ends(numbers: pl.Series) -> pl.Series:
    long = exploded(numbers)
    digits = long["value"].str.replace_all(r"\D", "").str.tail(PHONE_DIGITS)
    told = digits.str.len_bytes() >= 7
    return listed(long["row"].filter(told), digits.filter(told), numbers.len())


def _registered(hosts: pl.Series) -> pl.Series:
    long = exploded(hosts)
    return listed(long["row"], long.select(registered(pl.col("value").str.to_lowercase())).to_series(), hosts.len())
