"""What of a record is compared: one feature frame an entity, made of expressions over its record frame.

Not here: how features are compared (`identity.model`) or weighed (`identity.epoch`).
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from identity.addresses import house_number, street_key
from identity.fields import Entity
from identity.folding import blank_to_null, company_key, first_of, fold, last_of, name_in_order, without
from identity.frames import record_schema
from identity.nicknames import formal_names, guessed_names, known_names
from identity.words import (
    ABBREVIATIONS,
    COMMON_IN_COMPANIES,
    FREE_MAIL,
    JUNK_DATES,
    ROLE_MAILBOXES,
    SMALL_WORDS,
    TITLES,
)

NORMALISER = "3"  # raised with every change that can give a record other features: an epoch fits one version

IN_BRACKETS = r"\s*[(\[][^)\]]*[)\]]"
DEPARTMENT = r"\b(?:dept|dep|department|departement|school|faculty|division|section|chair|fakultat|fachbereich)\b"
STEM = 7
PHONE_DIGITS = 9  # compared from the end: prefixes of country and trunk are written in many ways


def features(records: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Features of a record frame of `contact` or `account`, sorted by `key`; one row a record, absent is null.

    Texts are folded; `emails`, `phones`, `handles`, `formal`, `guessed`, `domains` are sorted lists, null where empty.
    """
    # A frame that was turned round has forgotten the type of its lists where all are null; the cast restores it.
    typed = records.cast(record_schema(entity)).lazy()  # type: ignore[arg-type]
    made = _contact(typed) if entity == "contact" else _account(typed)
    return made.sort("key").collect()


def tidy(values: pl.Expr) -> pl.Expr:
    """Sorted distinct values, null in place of none."""
    kept = values.list.drop_nulls().list.unique().list.sort()
    return pl.when(kept.list.len() > 0).then(kept)


def _contact(records: pl.LazyFrame) -> pl.LazyFrame:
    named = records.with_columns(_full=name_in_order(pl.col("full_name"))).select(
        "key",
        first=pl.coalesce(_given(pl.col("first_name")), first_of(pl.col("_full"))),
        last=pl.coalesce(_family(pl.col("last_name")), last_of(pl.col("_full"))),
        company=company_key(pl.col("company_name")),
        born=_date(pl.col("date_of_birth")),
        national_id=_code(pl.col("national_id")),
        linkedin=_profile(pl.col("linkedin_url")),
        role=fold(pl.col("title")),
        gender=fold(pl.col("gender")).str.head(1),
        mailboxes=tidy(pl.col("email")),
        phones=_phones(pl.col("phone")),
        site=_domain(pl.col("company_domain")),
        **_place(),
    )
    return (
        named.with_columns(
            formal=_told("first", formal_names),
            guessed=_told("first", guessed_names),
            turned=_told("last", guessed_names),
            known=pl.col("first").is_in(known_names()),
            initial=pl.col("first").str.head(1),
            last_head=pl.col("last").str.head(4),
            sound=_skeleton(pl.col("last")),
            both=_in_any_order(pl.col("first"), pl.col("last")),
            year=pl.col("born").str.head(4),
            figures=_sorted_letters(pl.col("national_id")),
            emails=tidy(_keep(pl.col("mailboxes"), ~_is_role(pl.element()))),
            domains=_domains(),
        )
        .with_columns(handles=_handles())
        .drop("mailboxes", "site")
    )


def _account(records: pl.LazyFrame) -> pl.LazyFrame:
    return (
        records.select(
            "key",
            name=pl.coalesce(company_key(pl.col("name").str.replace_all(IN_BRACKETS, "")), company_key(pl.col("name"))),
            whole=_whole(pl.col("name")),
            domains=tidy(pl.col("domain").list.eval(_domain(pl.element()))),
            phones=_phones(pl.col("phone")),
            tax_id=_code(pl.col("tax_id")),
            **_place(),
        )
        .with_columns(
            stem=pl.col("name").str.extract(r"^(\S+)"),
            head=pl.col("name").str.head(4),
            tail=pl.col("name").str.extract(r" (\S+)$"),
            joined=pl.col("name").str.replace_all(" ", ""),
            words=tidy(_telling_words()),
            terms=tidy(_terms(pl.col("whole"))),
            lead=_telling_words().list.head(2).list.join(" "),
            initials=blank_to_null(_initials(pl.col("whole").str.split(" "))),
            bag=pl.col("name").str.split(" ").list.sort().list.join(" "),
            number=house_number(pl.col("street")),
        )
        .with_columns(brief=tidy(pl.concat_list("initials", pl.coalesce("words", pl.lit([], pl.List(pl.String))))))
        .drop("whole")
    )


def _whole(name: pl.Expr) -> pl.Expr:
    """The name of an organisation without its departments, where other parts are named between commas."""
    plain = name.str.to_lowercase().str.replace_all(r"\S+@\S+", "").str.replace_all(r"\b(\w{1,2})&(\w{1,2})\b", "$1$2")
    kept = pl.element().filter(~pl.element().str.contains(DEPARTMENT))
    return pl.coalesce(company_key(plain.str.split(",").list.eval(kept).list.join(" ")), company_key(name))


def _terms(name: pl.Expr) -> pl.Expr:
    """The beginnings of a name's words, so that endings and abbreviations do not count; all but the smallest words."""
    word = pl.element().replace(ABBREVIATIONS)
    return name.str.split(" ").list.eval(
        word.filter(word.str.contains(r"..|\d") & ~word.is_in(SMALL_WORDS)).str.head(STEM)
    )


def _telling_words() -> pl.Expr:
    words = pl.col("whole").str.split(" ").list.eval(_telling(pl.element().replace(ABBREVIATIONS)))
    return words.list.eval(pl.element().str.head(STEM))


def _initials(words: pl.Expr) -> pl.Expr:
    """First letters of a name of three to six words."""
    letters = words.list.eval(pl.element().filter(~pl.element().is_in(SMALL_WORDS)).str.head(1))
    return pl.when(letters.list.len().is_between(3, 6)).then(letters.list.join(""))


def _telling(word: pl.Expr) -> pl.Expr:
    """Words that are more than a letter, and not the same in many names."""
    return word.filter(word.str.contains(r"..|\d") & ~word.is_in(COMMON_IN_COMPANIES))


def _place() -> dict[str, pl.Expr]:
    return {
        "street": street_key(pl.col("street")),
        "city": fold(pl.col("city")),
        "postcode": _code(pl.col("postcode")),
        "district": _district(_code(pl.col("postcode"))),
    }


def _district(postcode: pl.Expr) -> pl.Expr:
    """The part of a postcode that stands for a town: the outward code of a British one, else its first three."""
    british = r"^([a-z]{1,2}\d[a-z\d]?)\d[a-z]{2}$"
    return pl.coalesce(postcode.str.extract(british), postcode.str.extract(r"^(...)"))


def _skeleton(word: pl.Expr) -> pl.Expr:
    """The first letter of a word and the consonants after it, each once in a row."""
    bare = word.str.slice(1).str.replace_all(r"[aeiouyhw]", "")
    for letter in "bcdfgklmnprstz":
        bare = bare.str.replace_all(letter * 2, letter)
    return word.str.head(1) + bare


def _in_any_order(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Both names, the one first that sorts first."""
    return pl.when(first <= last).then(first + " " + last).otherwise(last + " " + first)


def _sorted_letters(code: pl.Expr) -> pl.Expr:
    """The same for codes of which two characters changed places."""
    return code.str.split("").list.sort().list.join("")


def _given(name: pl.Expr) -> pl.Expr:
    """The first word of a given name."""
    return without(fold(name), TITLES).str.extract(r"^(\S+)")


def _family(name: pl.Expr) -> pl.Expr:
    """A family name written together, without generation and degrees."""
    return without(fold(name), TITLES).str.replace_all(" ", "")


def _asked(names: pl.Series, lookup: Callable[[str], list[str]]) -> pl.Series:
    """What a table says of each name; it is asked for distinct names only."""
    distinct = names.unique().drop_nulls()
    table = pl.DataFrame(
        {"name": distinct, "said": [lookup(name) for name in distinct]},
        schema={"name": pl.String, "said": pl.List(pl.String)},
    )
    return names.to_frame("name").join(table, on="name", how="left", maintain_order="left")["said"]


def _told(column: str, lookup: Callable[[str], list[str]]) -> pl.Expr:
    return pl.col(column).map_batches(lambda names: _asked(names, lookup), return_dtype=pl.List(pl.String))


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
    digits = pl.element().str.replace_all(r"\D", "").str.tail(PHONE_DIGITS)
    return tidy(numbers.list.eval(pl.when(digits.str.len_chars() >= 7).then(digits)))


def _domain(text: pl.Expr) -> pl.Expr:
    return blank_to_null(text.str.to_lowercase().str.strip_chars(" .").str.replace(r"^www\.", ""))


def _local(mailbox: pl.Expr) -> pl.Expr:
    """The local part of an e-mail without its tag."""
    return mailbox.str.extract(r"^([^@+]+)")


def _is_role(mailbox: pl.Expr) -> pl.Expr:
    return _local(mailbox).is_in(ROLE_MAILBOXES)


def _is_free(mailbox: pl.Expr) -> pl.Expr:
    return mailbox.str.extract(r"@([^.@]+)").is_in(FREE_MAIL)


def _keep(values: pl.Expr, condition: pl.Expr) -> pl.Expr:
    return values.list.eval(pl.element().filter(condition))


def _domains() -> pl.Expr:
    """Company domains: as given, and of e-mails that are not from a provider for everybody."""
    mailed = _keep(pl.col("mailboxes"), ~_is_free(pl.element())).list.eval(pl.element().str.extract(r"@(.+)$"))
    given = pl.concat_list(pl.col("site"))
    return tidy(pl.concat_list(given, pl.coalesce(mailed, pl.lit([], dtype=pl.List(pl.String)))))


def _handles() -> pl.Expr:
    """Local parts of personal e-mails that say more than the usual `first.last`: they hold a digit."""
    return tidy(pl.col("emails").list.eval(_local(pl.element()).filter(_local(pl.element()).str.contains(r"\d"))))
