"""The truth: companies and the people who work there, as columns.

Not here: what a CRM knows of them, and how dirty (`velocity_pipelines.synth.rows`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from velocity_pipelines.synth import words

Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of rows or people to which something happens, 0 to 1."""

    nickname: float = 0.22
    typo: float = 0.07
    swapped: float = 0.02
    initial: float = 0.02
    moved: float = 0.12
    changed_job: float = 0.15
    household: float = 0.10
    namesake: float = 0.04
    shared_box: float = 0.03
    switchboard: float = 0.22
    no_email: float = 0.18
    no_phone: float = 0.30
    sibling_company: float = 0.15


@dataclass(frozen=True, slots=True)
class HardRates(Rates):
    """The same of the world as real CRMs have it (`velocity_pipelines.synth.society` and `traps`)."""

    spouse: float = 0.12  # of people: lives with the one before
    child: float = 0.05
    twin: float = 0.006
    senior: float = 0.006  # a son of the same name
    family_mail: float = 0.02
    colleague: float = 0.08  # of namesakes: of the same employer
    married_name: float = 0.2  # of wives: known under their own before
    freelance: float = 0.04
    call_centre: float = 0.02  # of companies: answered by one that answers for others
    front_desk: float = 0.4  # of large companies: many of their people are known under
    desk_mail: float = 0.25  # its address
    desk_phone: float = 0.5  # and its number
    big_postcode: float = 0.1
    by_work: float = 0.8  # of rows: known by the work address first
    landline: float = 0.1  # of rows: known by the number of the home first
    second_value: float = 0.5  # of rows: a further address, a further number
    second_value_changed: float = 0.75  # of those who changed jobs
    birth_date: float = 0.6
    postcode: float = 0.4
    profile: float = 0.3
    native_script: float = 0.15  # of names that have one, in the source that writes it
    family_first: float = 0.5  # of the cultures that do so, in the source that writes full names
    respelled: float = 0.1
    junk_phone: float = 0.008
    junk_email: float = 0.002
    junk_name: float = 0.002
    junk_birth: float = 0.006
    junk_company: float = 0.01
    wrong_birth: float = 0.012
    no_first: float = 0.005
    title_before_name: float = 0.02


RATES: dict[str, Rates] = {
    "easy": Rates(0.05, 0.02, 0.0, 0.0, 0.03, 0.03, 0.03, 0.01, 0.0, 0.05, 0.05, 0.1, 0.02),
    "normal": Rates(),
    "hard": HardRates(
        nickname=0.18, typo=0.04, swapped=0.015, initial=0.015, moved=0.08, changed_job=0.1, namesake=0.04,
        shared_box=0.012, switchboard=0.13, no_email=0.08, no_phone=0.16,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """`companies`: name, trade, domain, place, switchboard. `people`: names, e-mails, numbers, employers, home."""

    companies: pl.DataFrame
    people: pl.DataFrame


def make_world(people: int, rates: Rates, rng: np.random.Generator) -> World:
    """Companies for a number of people (about eight each), and the people."""
    companies = companies_of(max(3, people // 8), rng)
    return World(companies, _people(people, companies, rates, rng))


def frame(columns: dict[str, Any]) -> pl.DataFrame:
    """A frame of arrays and lists; arrays of texts, which may hold None, become columns of text."""
    texts = {n: c.tolist() if isinstance(c, np.ndarray) and c.dtype == object else c for n, c in columns.items()}
    return pl.DataFrame(texts, schema_overrides={n: pl.String() for n, c in columns.items() if c is not texts[n]})


def pick(rng: np.random.Generator, choices: tuple[str, ...] | list[str], size: int) -> Texts:
    """So many of the choices, each as likely."""
    return np.array(choices, dtype=object)[rng.integers(0, len(choices), size)]


def digits(rng: np.random.Generator, width: Ints) -> Texts:
    """A number of so many digits for each element, with leading zeros."""
    drawn = rng.integers(0, 10 ** width.max(), len(width)) % (10**width)
    return np.array([f"{d:0{w}d}" for d, w in zip(drawn.tolist(), width.tolist(), strict=True)], dtype=object)


def companies_of(count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Every name is another: stem and trade, then with a place; some share their stem with a stranger."""
    stems, trades = len(words.STEMS), len(words.TRADES)
    number = rng.permutation(max(count, stems * trades))[:count]
    place = rng.integers(0, len(words.PLACES), count)
    stem, trade, series = number % stems, (number // stems) % trades, number // (stems * trades)
    names = [_company(s, t, n) for s, t, n in zip(stem.tolist(), trade.tolist(), series.tolist(), strict=True)]
    joints = pick(rng, ["", "-"], count)
    domains = [name.lower().replace(" ", joint) + ".example" for name, joint in zip(names, joints, strict=True)]
    prefixes = np.array([p[2] for p in words.PLACES], dtype=object)[place]
    widths = np.array([p[3] for p in words.PLACES])[place]
    return frame(
        {
            "company": np.arange(count),
            "name": names,
            "domain": domains,
            "place": place,
            "switchboard": prefixes + digits(rng, widths),
            "form": rng.integers(0, 12, count),
        }
    )


def _company(stem: int, trade: int, series: int) -> str:
    numbered = f" {series + 1}" if series else ""
    return f"{words.STEMS[stem]}{numbered} {words.TRADES[trade]}"


def _people(count: int, companies: pl.DataFrame, rates: Rates, rng: np.random.Generator) -> pl.DataFrame:
    first = pick(rng, words.FIRST, count)
    last = _last_names(rng, count)
    place = rng.integers(0, len(words.PLACES), count)
    _copy_names(first, last, place, rates, rng)
    household = np.arange(count)
    second = (rng.random(count) < rates.household) & (np.arange(count) > 0)
    for i in np.flatnonzero(second):  # lives with the one before: same name, home and landline
        last[i], place[i], household[i] = last[i - 1], place[i - 1], household[i - 1]
    prefixes = np.array([p[2] for p in words.PLACES], dtype=object)[place]
    landline = prefixes + digits(rng, np.array([p[3] for p in words.PLACES])[place])
    street = [
        f"{n} {s} {w}"
        for n, s, w in zip(
            rng.integers(1, 180, count), pick(rng, words.STREETS, count), pick(rng, words.WAYS, count), strict=True
        )
    ]
    of_home = np.searchsorted(np.arange(count), household)
    number = rng.integers(0, companies.height, (2, count))
    return frame(
        {
            "person": np.arange(count),
            "first": first,
            "last": [name.replace("_", " ") for name in last],
            "place": place,
            "street": np.array(street, dtype=object)[of_home],
            "landline": landline[of_home],
            "mobile": _mobiles(rng, count),
            "private": private_addresses(first, last, rng),
            "employer": number[0],
            "before": np.where(rng.random(count) < rates.changed_job, number[1], number[0]),
            "title": pick(rng, words.TITLES, count),
        }
    )


def _last_names(rng: np.random.Generator, count: int) -> Texts:
    composed = pick(rng, words.LAST_HEADS, count) + pick(rng, words.LAST_TAILS, count)
    return np.where(rng.random(count) < 0.25, pick(rng, words.LAST, count), composed)


def _copy_names(first: Texts, last: Texts, place: Ints, rates: Rates, rng: np.random.Generator) -> None:
    """Namesakes: other people of the same name, half of them in the same city."""
    copies = np.flatnonzero(rng.random(len(first)) < rates.namesake)
    models = rng.integers(0, len(first), len(copies))
    first[copies], last[copies] = first[models], last[models]
    near = rng.random(len(copies)) < 0.5
    place[copies[near]] = place[models[near]]


def _mobiles(rng: np.random.Generator, count: int) -> Texts:
    """Numbers of the ranges reserved for fiction, each person's own while they last."""
    spaces = [
        (p.format(area=area), w) for _, p, w in words.MOBILES for area in (range(201, 990) if "{area}" in p else [0])
    ]
    sizes = np.cumsum([10**w for _, w in spaces])
    drawn = rng.permutation(max(count, int(sizes[-1])))[:count] % sizes[-1]
    which = np.searchsorted(sizes, drawn, side="right")
    within = drawn - np.concatenate([[0], sizes[:-1]])[which]
    return np.array(
        [f"{spaces[i][0]}{n:0{spaces[i][1]}d}" for i, n in zip(which.tolist(), within.tolist(), strict=True)],
        dtype=object,
    )


def private_addresses(first: Texts, last: Texts, rng: np.random.Generator) -> Texts:
    """Private addresses: some say the name, some a nickname and a year; each person's own."""
    from velocity_pipelines.synth.noise import ascii_text  # noqa: PLC0415 - noise builds on this module

    plain_first, plain_last = ascii_text(first), ascii_text(last)
    year, style = rng.integers(50, 99, len(first)), rng.integers(0, 4, len(first))
    host = pick(rng, words.FREE_MAIL, len(first))
    made = []
    for i, (f, n, y, s, h) in enumerate(zip(plain_first, plain_last, year, style, host, strict=True)):
        local = (f"{f}.{n}", f"{f[0]}{n}", f"{n}{y}", f"{f}{y}")[s]
        made.append(f"{local}{_tag(i)}@{h}")
    return np.array(made, dtype=object)


def _tag(number: int) -> str:
    """A short mark that keeps addresses apart."""
    letters = "abcdefghjkmnpqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, len(letters))
        text += letters[rest]
    return text
