"""The truth of the hard world: families, twins, namesakes, people who changed jobs, companies of all sizes.

Everybody is decidable in principle: the mobile number, the private address (but for a family's one), the work address,
the profile and the birth date (but for twins) are each person's own.

Not here: their names (`velocity_pipelines.synth.names`), and what a source knows of them, and how dirty
(`velocity_pipelines.synth.traps`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from velocity_pipelines.synth import words
from velocity_pipelines.synth.names import FAMILY, MEN, WOMEN, Flags, draw, names
from velocity_pipelines.synth.noise import ascii_text
from velocity_pipelines.synth.world import (
    HardRates,
    Ints,
    Texts,
    World,
    companies_of,
    frame,
    pick,
    private_addresses,
)

ALONE, SPOUSE, CHILD, TWIN, SON = range(5)  # to the one before; only he who is ALONE founds a household
SIZES = 20  # companies: the chance of the n-th to employ somebody falls as 1 / (n + SIZES)
LARGE = 50  # the first so many companies
PLACES = 3  # cities, in the same way as sizes
LINES = 8_000_000  # of an area code
BOARDS, LANDLINES, MOBILES = ((0, 1), 2_147_483_647), ((2, 3, 4), 982_451_653), ((5, 6, 7, 8, 9), 1_500_450_271)


@dataclass(slots=True)
class Identities:
    """What people are: `kind` of kin to the one before, `household` (its founder), culture, sex, numbers of names."""

    kind: Ints
    household: Ints
    culture: Ints
    woman: Flags
    given: Ints
    family: Ints
    second: Ints  # family name, -1 for none
    maiden: Ints  # family name, -1 for none
    born: Ints  # days since 1970


def make_society(people: int, rates: HardRates, rng: np.random.Generator) -> World:
    """Companies for a number of people, a few of them very large, and the people."""
    companies = _companies(max(3, people // 8), rates, rng)
    who = _identities(people, rates, rng)
    copies, models = _namesakes(who, rates, rng)
    _families(who, rates, rng)
    return World(companies, _people(who, copies, models, companies, rates, rng))


def _companies(count: int, rates: HardRates, rng: np.random.Generator) -> pl.DataFrame:
    """The largest first; each with a switchboard of its own, but for those that share a call centre."""
    companies = companies_of(count, rng)
    boards = telephones(BOARDS, count)
    served = np.flatnonzero(rng.random(count) < rates.call_centre)
    boards[served] = boards[rng.integers(0, 1 + count // 2000, len(served))]
    place = ranked(len(words.PLACES), PLACES, count, rng)
    return companies.with_columns(
        switchboard=pl.Series(boards.tolist()),
        place=pl.Series(place),
        busy=pl.Series(rng.random(count) < np.where(np.arange(count) < LARGE, rates.front_desk, 0)),
    )


def ranked(choices: int, offset: int, count: int, rng: np.random.Generator) -> Ints:
    """Numbers below `choices`, the chance of each falling as 1 / (number + offset)."""
    drawn = offset * np.expm1(rng.random(count) * np.log((choices + offset) / offset))
    number: Ints = np.minimum(drawn.astype(np.int64), choices - 1)
    return number


def telephones(kind: tuple[tuple[int, ...], int], count: int) -> Texts:
    """Distinct numbers in area codes of North America that are reserved (N9X: the last digits, and a prime to step by).

    The ranges kept for fiction are too few for millions of people.
    """
    ends, prime = kind
    areas = np.array([100 * n + 90 + end for n in range(2, 10) for end in ends])
    which = np.arange(1, count + 1) * prime % (len(areas) * LINES)
    area, line = areas[which % len(areas)], which // len(areas) + 2_000_000
    made = [f"+1 {a} {n // 10000} {n % 10000:04d}" for a, n in zip(area.tolist(), line.tolist(), strict=True)]
    return np.array(made, dtype=object)


def _identities(count: int, rates: HardRates, rng: np.random.Generator) -> Identities:
    shares = np.cumsum([rates.spouse, rates.child, rates.twin, rates.senior])
    kind = (np.searchsorted(shares, rng.random(count), side="right") + 1) % 5
    kind[:1] = ALONE
    kind[1:][(kind[1:] == TWIN) & (kind[:-1] == TWIN)] = CHILD
    kind[1:][(kind[1:] == SON) & (kind[:-1] != ALONE)] = CHILD
    household = np.maximum.accumulate(np.where(kind == ALONE, np.arange(count), 0))
    pool = names()
    culture = rng.choice(len(pool.cultures), count, p=pool.share)[household]
    woman = rng.random(count) < 0.5
    sons = np.flatnonzero(kind == SON)
    woman[sons] = woman[household[sons]] = False
    wed = kind == SPOUSE
    woman[wed] = ~woman[household[wed]]
    twins = np.flatnonzero(kind == TWIN)
    woman[twins] = woman[twins - 1]
    given = draw(culture, np.where(woman, WOMEN, MEN), rng)
    family, second = (draw(culture, np.full(count, FAMILY), rng) for _ in range(2))
    born = rng.integers(-9000, 12400, count)
    second[~pool.doubled[culture]] = -1
    return Identities(kind, household, culture, woman, given, family, second, np.full(count, -1), born)


def _namesakes(who: Identities, rates: HardRates, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Some founders of households bear the whole name of another person: who, and whose."""
    count = len(who.kind)
    fathers = np.zeros(count, dtype=bool)
    fathers[who.household[who.kind == SON]] = True
    copies = np.flatnonzero((rng.random(count) < rates.namesake) & (who.kind == ALONE) & ~fathers)
    models = rng.integers(0, count, len(copies))
    for column in (who.culture, who.woman, who.given, who.family, who.second):
        column[copies] = column[models]
    return copies, models


def _families(who: Identities, rates: HardRates, rng: np.random.Generator) -> None:
    """Members of a household share its name (some spouses keep theirs); twins the birth date, sons the whole name."""
    count, founder = len(who.kind), who.household
    keeps = (who.kind == SPOUSE) & (rng.random(count) < 0.2)
    took = (who.kind == SPOUSE) & who.woman & ~keeps & (rng.random(count) < rates.married_name)
    took |= (who.kind == ALONE) & who.woman & (rng.random(count) < rates.married_name / 4)
    before = draw(who.culture, np.full(count, FAMILY), rng)
    who.maiden[took] = before[took]
    who.family[:] = np.where(keeps, who.family, who.family[founder])
    younger = (who.kind == CHILD) | (who.kind == TWIN) | (who.kind == SON)
    parents = np.unique(founder[younger])
    who.born[parents] %= -10_000  # not after 1970
    who.born[:] = np.where(younger, who.born[founder] + rng.integers(8000, 12000, count), who.born)
    twins, sons = np.flatnonzero(who.kind == TWIN), np.flatnonzero(who.kind == SON)
    who.born[twins] = who.born[twins - 1]
    who.given[twins] = names().alike[who.given[twins - 1]]
    who.given[sons] = who.given[founder[sons]]


def _people(
    who: Identities, copies: Ints, models: Ints, companies: pl.DataFrame, rates: HardRates, rng: np.random.Generator
) -> pl.DataFrame:
    count, founder = len(who.kind), who.household
    employer = ranked(companies.height, SIZES, count, rng)
    beside = rng.random(len(copies)) < rates.colleague
    employer[copies[beside]] = employer[models[beside]]
    other = ranked(companies.height, SIZES, count, rng)
    before = np.where(rng.random(count) < rates.changed_job, other, employer)
    place = np.where(rng.random(count) < 0.7, companies["place"].to_numpy()[employer], _somewhere(count, rng))
    near = rng.random(len(copies)) < 0.5
    place[copies[near]] = place[models[near]]
    place = place[founder]
    private = private_addresses(*_plain_names(who), rng)
    sharing = rng.random(count) < rates.family_mail
    private = np.where(sharing, private[founder], private)
    columns = {
        "person": np.arange(count),
        **{name: getattr(who, name) for name in ("culture", "woman", "given", "family", "second", "maiden")},
        "suffix": _generations(who),
        "born": np.datetime_as_string(who.born.astype("datetime64[D]")).astype(object),
        "place": place,
        "street": _streets(count, rng)[founder],
        "postcode": _postcodes(place, founder, rates, rng),
        "landline": telephones(LANDLINES, count)[founder],
        "mobile": _mobiles(count, rates, rng),
        "private": private,
        "profile": _profiles(who),
        "employer": employer,
        "before": before,
        "freelance": rng.random(count) < rates.freelance,
        "title": pick(rng, words.TITLES, count),
        "title_before": pick(rng, words.TITLES, count),
    }
    return frame(columns).with_columns(**_work_addresses(who, employer, before, companies))


def _somewhere(count: int, rng: np.random.Generator) -> Ints:
    return ranked(len(words.PLACES), PLACES, count, rng)


def _plain_names(who: Identities) -> tuple[Texts, Texts]:
    """Given and family name in Latin letters; who has one name only has it as both."""
    pool, sex = names(), who.woman.astype(int)
    first = pool.latin[who.given, sex]
    return first, np.where(pool.mononym[who.culture], first, pool.latin[who.family, sex])


def _generations(who: Identities) -> Texts:
    suffix = np.full(len(who.kind), None, dtype=object)
    sons = np.flatnonzero(who.kind == SON)
    suffix[who.household[sons]], suffix[sons] = "Sr.", "Jr."
    return suffix


def _streets(count: int, rng: np.random.Generator) -> Texts:
    """Streets and house numbers; streets are called after what is near, and after stems that no company owns alone."""
    called = np.array([f"{s} {w}" for s in (*words.STREETS, *words.STEMS) for w in words.WAYS], dtype=object)
    number = rng.integers(1, 240, count).astype(str).astype(object)
    street: Texts = number + " " + called[ranked(len(called), 30, count, rng)]
    return street


def _postcodes(place: Ints, founder: Ints, rates: HardRates, rng: np.random.Generator) -> Texts:
    """Five digits, the first two the city's; many people live under the first of a city."""
    count = len(place)
    area = np.where(rng.random(count) < rates.big_postcode, 0, rng.integers(1, 400, count))[founder]
    return (10_000 + place * 1000 + area).astype(str).astype(object)


def _mobiles(count: int, rates: HardRates, rng: np.random.Generator) -> Texts:
    """Each person's own; a few have one of a range kept for fiction, as many of them as there are without crowding."""
    mobile = telephones(MOBILES, count)
    for country, prefix, width in words.MOBILES:
        some = rng.permutation(count)[: min(count // 40, 10**width // 4)]
        area = {"GB": "", "US": "212"}.get(country, "")
        line = rng.permutation(10**width)[: len(some)]
        mobile[some] = np.array([f"{prefix.format(area=area)}{n:0{width}d}" for n in line.tolist()], dtype=object)
    return mobile


def _profiles(who: Identities) -> Texts:
    first, last = (ascii_text(part) for part in _plain_names(who))
    made = [f"https://www.linkedin.example/in/{f}-{n}-{i:x}" for i, (f, n) in enumerate(zip(first, last, strict=True))]
    return np.array(made, dtype=object)


def _work_addresses(who: Identities, employer: Ints, before: Ints, companies: pl.DataFrame) -> dict[str, pl.Series]:
    """`work` at the employer and `work_before`; who comes later to a company that has the name has a number behind."""
    count = len(employer)
    first, last = (ascii_text(part) for part in _plain_names(who))
    both = pl.DataFrame(
        {
            "row": np.concatenate([np.arange(count)] * 2),
            "company": np.concatenate([employer, before]),
            "first": first * 2,
            "last": last * 2,
        }
    )
    style = pl.col("company") * 7919 % 3  # a company writes each person's address in one way
    local = (
        pl.when(style == 0).then(pl.format("{}.{}", "first", "last"))
        .when(style == 1).then(pl.col("first").str.head(1) + pl.col("last"))
        .otherwise(pl.format("{}_{}", "first", "last"))
    )  # fmt: skip
    distinct = both.with_columns(local=local).unique(["row", "company"], keep="first", maintain_order=True)
    number = pl.int_range(1, pl.len() + 1).over("company", "local")
    behind = pl.when(number > 1).then(number.cast(pl.String)).otherwise(pl.lit(""))
    domain = pl.Series(companies["domain"].to_list())[distinct["company"]]
    distinct = distinct.select("row", "company", work=pl.concat_str("local", behind, pl.lit("@"), domain))
    found = both.join(distinct, on=["row", "company"], how="left", maintain_order="left")["work"]
    return {"work": found.head(count), "work_before": found.tail(count)}
