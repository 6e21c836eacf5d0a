"""What the sources know: dirty rows of contacts, companies, deals and activities.

Not here: headers and files (`velocity_pipelines.synth.exports`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from velocity_pipelines.synth import noise, words
from velocity_pipelines.synth.world import Ints, Rates, Texts, World, frame, pick

START = np.datetime64("2026-01-05T08:00:00")
MINUTES = 60 * 24 * 130


def contacts(world: World, who: Ints, rates: Rates, rng: np.random.Generator) -> pl.DataFrame:
    """A row for each of these people, as one source knows them. Lists of e-mails and phones are texts joined by `;`."""
    people = world.people[who]
    count = len(who)
    first, last = _names(people, rates, rng)
    late = rng.random(count) < 0.5  # knows the employer of before
    employer = np.where(late, people["before"], people["employer"])
    company = world.companies[employer]
    moved = rng.random(count) < rates.moved
    place = np.where(moved, rng.integers(0, len(words.PLACES), count), people["place"])
    mails, more_mails = _mails(people, company, rates, rng)
    phones, more_phones = _phones(people, company, rates, rng)
    return frame(
        {
            "person": who,
            "company_id": employer,
            "first": first,
            "last": last,
            "email": mails,
            "more_emails": more_mails,
            "phone": phones,
            "more_phones": more_phones,
            "company": company_names(company, rng),
            "title": noise.missing(people["title"].to_numpy(), 0.2, rng),
            "city": noise.missing(noise.other_case(place_names(place, 0), 0.05, rng), 0.25, rng),
            "country": noise.missing(place_names(place, 1), 0.15, rng),
            "street": noise.missing(people["street"].to_numpy(), 0.5, rng),
            "owner": pick(rng, words.OWNERS, count),
            "modified": times(count, rng),
        },
    )


def _names(people: pl.DataFrame, rates: Rates, rng: np.random.Generator) -> tuple[Texts, Texts]:
    first = noise.short_names(people["first"].to_numpy().copy(), rates.nickname, rng)
    last = people["last"].to_numpy().copy()
    for names in (first, last):
        noise.plain_spelling(names, 0.3, rng)
        noise.slip(names, rates.typo, rng)
        noise.other_case(names, 0.05, rng)
    initial = rng.random(len(first)) < rates.initial
    first = np.where(initial, np.array([f"{name.strip()[0]}." for name in first], dtype=object), first)
    swapped = rng.random(len(first)) < rates.swapped
    return np.where(swapped, last, first), np.where(swapped, first, last)


def _mails(people: pl.DataFrame, company: pl.DataFrame, rates: Rates, rng: np.random.Generator) -> tuple[Texts, Texts]:
    """The first address that a source knows, and another that some rows know too."""
    count = people.height
    first, last = (noise.ascii_text(people[name].to_numpy()) for name in ("first", "last"))
    style = (people["person"].to_numpy() * 7919) % 3  # a company writes each person's address in one way
    local = [
        (f"{f}.{n}", f"{f[:1]}{n}", f"{f}")[s] + (str(p % 97) if s == 2 else "")
        for f, n, s, p in zip(first, last, style, people["person"], strict=True)
    ]
    work = np.array([f"{a}@{d}" for a, d in zip(local, company["domain"], strict=True)], dtype=object)
    private = people["private"].to_numpy()
    by_work = rng.random(count) < 0.62
    main, other = np.where(by_work, work, private), np.where(by_work, private, work)
    shared = rng.random(count) < rates.shared_box
    box = pick(rng, words.SHARED_BOXES, count) + np.array([f"@{d}" for d in company["domain"]], dtype=object)
    main = noise.slip(np.where(shared, box, main), rates.typo / 4, rng)
    main = noise.other_case(noise.missing(main, rates.no_email, rng), 0.05, rng)
    return main, noise.missing(other, 0.6, rng)


def _phones(people: pl.DataFrame, company: pl.DataFrame, rates: Rates, rng: np.random.Generator) -> tuple[Texts, Texts]:
    count = people.height
    board = rng.random(count) < rates.switchboard
    at_home = rng.random(count) < 0.15
    main = np.where(board, company["switchboard"].to_numpy(), people["mobile"].to_numpy())
    main = np.where(at_home & ~board, people["landline"].to_numpy(), main)
    other = np.where(board | at_home, people["mobile"].to_numpy(), people["landline"].to_numpy())
    main = noise.missing(noise.written_number(main, rng), rates.no_phone, rng)
    return main, noise.missing(noise.written_number(other, rng), 0.6, rng)


def company_names(company: pl.DataFrame, rng: np.random.Generator) -> Texts:
    """Names of companies as written: with one of several legal forms or none, in another case."""
    forms = [words.FORMS[words.PLACES[p][1]] for p in company["place"]]
    chosen = [
        (f[int(r * len(f))] if r < 1 else "")
        for f, r in zip(forms, (rng.random(company.height) * 1.8).tolist(), strict=True)
    ]
    names = np.array([f"{n} {f}".strip() for n, f in zip(company["name"], chosen, strict=True)], dtype=object)
    return noise.other_case(names, 0.08, rng)


def companies(world: World, which: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """A row for each of these companies, as one source knows them."""
    company = world.companies[which]
    count = len(which)
    place = company["place"].to_numpy()
    names = noise.slip(company_names(company, rng), 0.03, rng)
    domain = np.array(
        [f"https://www.{d}" if r < 0.2 else d for d, r in zip(company["domain"], rng.random(count), strict=True)],
        dtype=object,
    )
    return frame(
        {
            "company_id": which,
            "name": names,
            "domain": noise.missing(domain, 0.25, rng),
            "phone": noise.missing(noise.written_number(company["switchboard"].to_numpy(), rng), 0.35, rng),
            "city": noise.missing(place_names(place, 0), 0.2, rng),
            "country": noise.missing(place_names(place, 1), 0.1, rng),
            "industry": pick(rng, words.TRADES, count),
            "employees": [str(n) for n in rng.integers(5, 900, count)],
            "owner": pick(rng, words.OWNERS, count),
        }
    )


def deals(count: int, contact_rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Deals on random contact rows (columns `id`, `account` and `company` of one source)."""
    on = contact_rows[rng.integers(0, contact_rows.height, count)]
    names = [
        f"{c} {w}" for c, w in zip(on["company"], pick(rng, ["New", "Renewal", "Upsell", "Pilot"], count), strict=True)
    ]
    return frame(
        {
            "id": np.arange(70001, 70001 + count).astype(str),
            "name": names,
            "stage": pick(rng, words.STAGES, count),
            "amount": [
                f"{n}.{c:02d}"
                for n, c in zip(rng.integers(900, 90000, count), rng.integers(0, 100, count), strict=True)
            ],
            "currency": pick(rng, ["EUR", "USD", "GBP", "PLN"], count),
            "close": [t[:10] for t in times(count, rng)],
            "account": on["account"],
            "contact": on["id"],
            "owner": pick(rng, words.OWNERS, count),
        }
    )


def activities(count: int, contact_rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Touches with random contact rows."""
    on = contact_rows[rng.integers(0, contact_rows.height, count)]
    kind = pick(rng, words.KINDS, count)
    return frame(
        {
            "id": np.arange(500001, 500001 + count).astype(str),
            "kind": kind,
            "at": times(count, rng),
            "contact": on["id"],
            "account": on["account"],
            "subject": [
                f"{k.capitalize()} about {w}"
                for k, w in zip(kind, pick(rng, ["pricing", "contract", "demo", "support"], count), strict=True)
            ],
            "direction": pick(rng, ["inbound", "outbound"], count),
            "owner": pick(rng, words.OWNERS, count),
        }
    )


def times(count: int, rng: np.random.Generator) -> list[str]:
    """Instants of the first months of 2026, to the minute."""
    drawn = START + rng.integers(0, MINUTES, count).astype("timedelta64[m]")
    return [f"{t}Z" for t in np.datetime_as_string(drawn, unit="s").tolist()]


def place_names(place: Ints, part: int) -> Texts:
    """Cities (part 0) or countries (part 1) of places."""
    return np.array([p[part] for p in words.PLACES], dtype=object)[place]


@dataclass(frozen=True, slots=True)
class Share:
    """Of all people, how many a source knows, and how many of those it holds twice."""

    known: float
    twice: float


def known_people(count: int, share: Share, rng: np.random.Generator) -> Ints:
    """The people that a source knows, in random order, some of them twice."""
    known = rng.permutation(count)[: max(1, int(count * share.known))]
    again = known[rng.random(len(known)) < share.twice]
    return rng.permutation(np.concatenate([known, again]))
