"""A full name taken apart: given and family name, whichever stands first.

Two plain words are read by expression. What is longer is read word by word, by what cultures are known for: `Last,
First`, family names in capitals, Chinese, Korean and Vietnamese order, Slavic patronymics, particles. Names with
asides (quotes, brackets, `née`) are read by nameparser.

Not here: what is compared of the parts (`identity.names`).
"""

from __future__ import annotations

import re

import polars as pl
from nameparser import parse

from identity.folding import fold, folded
from identity.nicknames import known_names
from identity.words import (
    ALSO_FAMILIES,
    EAST_ASIAN,
    ELDER,
    FAMILY_FIRST,
    MAIDEN,
    MOST_FREQUENT,
    PARTICLES,
    TITLES,
    VIETNAMESE,
    YOUNGER,
)

# `also`: names that the family is known by besides, or the person was before
PARTS = {"given": pl.String(), "family": pl.String(), "nick": pl.String(), "also": pl.String()}
Parts = tuple[str | None, str | None, str | None, str | None]

WORD = r"[\p{L}\p{M}'’`.]+"
TWO = rf"^\s*({WORD})\s+({WORD})\s*$"
TURNED = rf"^\s*({WORD}),\s*({WORD})\s*$"
HAN = r"^(欧阳|歐陽|司马|司馬|诸葛|諸葛|上官|司徒|.)([\p{Han}]{1,2})$"
KANJI = r"^([\p{Han}]{2})([\p{Han}\p{Hiragana}\p{Katakana}]{2,3})$"  # four and more are Japanese
HANGUL = r"^(남궁|황보|제갈|사공|선우|독고|.)([\p{Hangul}]{1,2})$"
ASIDES = re.compile(rf"[\"“”„«»()\[\]]|\s'|\b(?:{MAIDEN})\b", re.IGNORECASE)
PATRONYMIC = re.compile(r"(?:[oe]vi[ct]h?|[oe]vych|ovna|evna|ivna|yivna|ichna|inichna|[oe]glu|ogly|kyzy|qizi)$")
MUHAMMAD = {"muhammad", "mohammad", "mohammed", "mohamed", "md", "mohd"}
DROPPED = frozenset(TITLES)
LEADING = frozenset(PARTICLES)


def read_full(names: pl.Series) -> pl.Series:
    """A struct PARTS of each distinct full name."""
    x = pl.col("x")
    spaced = x.str.strip_chars().str.replace(HAN, "$1 $2").str.replace(KANJI, "$1 $2").str.replace(HANGUL, "$1 $2")
    frame = names.alias("x").to_frame().with_columns(spaced)
    frame = frame.with_columns(
        cjk=x.str.contains(r"^[\p{Han}\p{Hangul}]"), a=x.str.extract(TWO, 1), b=x.str.extract(TWO, 2)
    )
    frame = frame.with_columns(led=fold(pl.col("a")).is_in(FAMILY_FIRST))
    frame = frame.with_columns(pl.col("led") & ~fold(pl.when("led").then("b")).is_in(FAMILY_FIRST))
    turned = (pl.col("cjk") & pl.col("a").is_not_null()) | pl.col("led").fill_null(False) | x.str.contains(TURNED)
    first, last = x.str.extract(TURNED, 1), x.str.extract(TURNED, 2)
    frame = frame.with_columns(
        given=pl.when(turned).then(pl.coalesce(last, "b")).otherwise("a"),
        family=pl.when(turned).then(pl.coalesce(first, "a")).otherwise("b"),
    )
    plain = frame["given"].is_not_null() & ~_titled(frame["given"]) & ~_titled(frame["family"])
    slow = (~plain & frame["x"].is_not_null()).arg_true()
    read = frame.select(pl.struct("given", "family", nick=pl.lit(None, pl.String), also=pl.lit(None, pl.String)))
    texts = frame["x"].gather(slow)
    foreign = _foreign(texts)
    taken = [_read(text, foreign) for text in texts]
    found = pl.DataFrame(taken, schema=PARTS, orient="row").to_struct() if taken else None
    return _placed(read.to_series(), slow, found)


def _placed(read: pl.Series, rows: pl.Series, found: pl.Series | None) -> pl.Series:
    if found is None:
        return read
    every = pl.int_range(read.len(), dtype=pl.UInt32, eager=True)
    other = pl.DataFrame({"row": rows, "found": found})
    table = pl.DataFrame({"row": every, "read": read}).join(other, on="row", how="left", maintain_order="left")
    return table.select(pl.when(pl.col("found").is_not_null()).then("found").otherwise("read")).to_series()


def _titled(words: pl.Series) -> pl.Series:
    return words.str.to_lowercase().str.strip_chars(".").is_in(TITLES).fill_null(False)


def _foreign(texts: pl.Series) -> dict[str, str]:
    """The words in texts that are not plain letters, folded together: one at a time would take far longer."""
    words = pl.Series(sorted({word for text in texts for word in text.split() if not word.isascii()}), dtype=pl.String)
    return {word: plain or "" for word, plain in zip(words, folded(words), strict=True)}


def _read(text: str, foreign: dict[str, str]) -> Parts:
    """A name of more than two words, or with signs in it."""
    if ASIDES.search(text):
        known = parse(text)
        given = f"{known.given} {known.middle}".strip()
        if known.family and known.given:
            return given, known.family, known.nickname or None, known.maiden or None
    text = re.sub(YOUNGER, "", re.sub(ELDER, "", text))
    before, comma, after = text.partition(",")
    if comma and _kept(after):
        return after, before, None, None
    words = _kept(before)
    loud = [word.isupper() and len(word) > 2 and "." not in word for word in words]
    if loud.index(False) if False in loud else 0:
        return " ".join(words[loud.index(False) :]), " ".join(words[: loud.index(False)]), None, None
    in_order = _in_order(words, [_plain(word) if word.isascii() else foreign[word] for word in words])
    return in_order[0], in_order[1], None, in_order[2]


def _kept(text: str) -> list[str]:
    """Its words without titles; a word that is a family name too stays where it is the only one."""
    spelled = [word for word in text.split() if any(c.isalnum() for c in word)]
    kept = [word for word in spelled if _plain(word) not in DROPPED]
    return [*kept, spelled[-1]] if len(kept) == 1 and _plain(spelled[-1]) in ALSO_FAMILIES else kept


def _plain(word: str) -> str:
    return word.casefold().replace(".", "").strip(",;'’-")


def _in_order(words: list[str], plain: list[str]) -> tuple[str | None, str | None, str | None]:
    """Given, family and other names of words in some order, which are folded too."""
    if len(words) < 2:
        return (words[0] if words else None), None, None
    if words[0] in {"U", "Daw"} and len(words) > 2:  # Burmese: uncle, aunt
        words, plain = words[1:], plain[1:]
    if _family_first(plain):
        given = words[-1:] if plain[0] in VIETNAMESE else words[1:]
        return ("-" if plain[0] in EAST_ASIAN else " ").join(given), words[0], None
    if len(words) == 3 and PATRONYMIC.search(plain[2]) and not PATRONYMIC.search(plain[1]):
        return f"{words[1]} {words[2]}", words[0], None
    start = len(words) - 1
    while start > 1 and plain[start - 1] in LEADING:
        start -= 1
    theirs = 2 if plain[0] in MUHAMMAD else 1  # as a first name it seldom stands alone
    middle = next((n for n in range(theirs, start) if _is_family(plain[n])), start)
    return " ".join(words[:middle]), " ".join(words[start:]), " ".join(words[middle:start]) or None


def _is_family(word: str) -> bool:
    """Whether a word between others may be a family name: it is neither initial nor given name nor a father's."""
    return word in LEADING or (len(word) > 3 and word not in GIVEN_NAMES and not PATRONYMIC.search(word))


def _family_first(plain: list[str]) -> bool:
    """Whether a name begins with a family name of people who put it first, and what follows looks like theirs."""
    first, *rest = plain
    if len(rest) == 1:
        return first in EAST_ASIAN and "-" in rest[0]
    if first in VIETNAMESE | EAST_ASIAN:
        short = all(len(word) <= 5 for word in rest)
        turned = rest[-1] in MOST_FREQUENT | VIETNAMESE and first not in MOST_FREQUENT
        return short and not turned and not (first == "kim" and rest[0] in GIVEN_NAMES)
    return first in FAMILY_FIRST and rest[-1] not in FAMILY_FIRST


GIVEN_NAMES = frozenset(known_names())
