"""What the sources know of the hard world: dirty contact rows, with hubs, placeholders, other scripts and former jobs.

Not here: who the people are (`velocity_pipelines.synth.society`), headers (`velocity_pipelines.synth.exports`).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from velocity_pipelines.synth import noise, words
from velocity_pipelines.synth.names import Flags, names
from velocity_pipelines.synth.rows import company_names, place_names, times
from velocity_pipelines.synth.world import HardRates, Ints, Texts, World, frame, pick

JUNK_PHONES = (
    "000-000-0000",
    "0000000000",
    "1234567",
    "12345678",
    "+1 555 0100",
    "555-0100",
    "9999999999",
    "1111111111",
)
JUNK_MAILS = ("noreply@crm.example", "none@none.example", "test@test.example", "no-reply@mail.example", "x@x.example")
JUNK_NAMES = ("Unknown", "-", "N/A", "test", "Test", "unknown", "n/a", "?")
JUNK_BIRTHS = ("1900-01-01", "1970-01-01", "1970-01-01", "1901-01-01")
JUNK_COMPANIES = ("n/a", "-", "N/A", "none", "test", "Private")
OWN_ACCOUNT = ("self-employed", "Freelance", "Self Employed", "freelancer", "n/a")
SALUTATIONS = ("Dr.", "Mrs.", "Mr.", "Ms", "Prof.", "Dipl.-Ing.")
SCRIPTS, SPELLS, TURNS = "salesforce", "salesforce", "events"  # which source writes names otherwise


def contacts(source: str, world: World, who: Ints, rates: HardRates, rng: np.random.Generator) -> pl.DataFrame:
    """A row for each of these people; columns as of `velocity_pipelines.synth.rows.contacts`, and some more."""
    people = world.people[who]
    count = len(who)
    late = rng.random(count) < 0.5  # knows the employer of before
    employer = np.where(late, people["before"], people["employer"])
    company = world.companies[employer]
    first, last = _names(source, people, late, rates, rng)
    mails, more_mails = _mails(people, company, late, rates, rng)
    phones, more_phones = _phones(people, company, rates, rng)
    reachable = (mails != None) | (phones != None)  # noqa: E711 - by element
    mails = np.where(reachable | (rng.random(count) < 0.15), mails, people["private"].to_numpy())
    moved = rng.random(count) < rates.moved
    place = np.where(moved, rng.integers(0, len(words.PLACES), count), people["place"])
    title = np.where(late, people["title_before"], people["title"])
    return frame(
        {
            "person": who,
            "company_id": pl.Series(employer).set(people["freelance"], None),
            "first": first,
            "last": last,
            "name": _full_names(source, people, first, last, rates, rng),
            "email": mails,
            "more_emails": more_mails,
            "phone": phones,
            "more_phones": more_phones,
            "company": _companies(people, company, rates, rng),
            "title": noise.missing(title, 0.2, rng),
            "city": noise.missing(noise.other_case(place_names(place, 0), 0.05, rng), 0.25, rng),
            "country": noise.missing(place_names(place, 1), 0.15, rng),
            "street": _home(people["street"], moved, 0.5, rng),
            "postcode": _home(people["postcode"], moved, 1 - rates.postcode, rng),
            "born": _births(people, rates, rng),
            "profile": noise.missing(people["profile"].to_numpy(), 1 - rates.profile, rng),
            "owner": pick(rng, words.OWNERS, count),
            "modified": times(count, rng),
        },
    )


def _names(
    source: str, people: pl.DataFrame, late: Flags, rates: HardRates, rng: np.random.Generator
) -> tuple[Texts, Texts]:
    first, last = _spelled(source, people, late, rates, rng)
    noise.short_names(first, rates.nickname, rng)
    for part in (first, last):
        noise.plain_spelling(part, 0.3, rng)
        noise.slip(part, rates.typo, rng)
        noise.other_case(part, 0.05, rng)
    count = len(first)
    _change(first, rng.random(count) < rates.initial, lambda name: f"{name.strip()[0]}.")
    swapped = rng.random(count) < rates.swapped
    first, last = np.where(swapped, last, first), np.where(swapped, first, last)
    _behind(last, people["suffix"].to_numpy(), rng)
    said = np.flatnonzero(rng.random(count) < rates.title_before_name)
    first[said] = pick(rng, SALUTATIONS, len(said)) + " " + first[said]
    first[(rng.random(count) < rates.no_first) | names().mononym[people["culture"].to_numpy()]] = None
    for part in (first, last):
        _placed(part, JUNK_NAMES, rates.junk_name, rng)
    return first, last


def _spelled(
    source: str, people: pl.DataFrame, late: Flags, rates: HardRates, rng: np.random.Generator
) -> tuple[Texts, Texts]:
    """Names as the source spells them: Latin, in the other Latin spelling, or in their own script."""
    pool, sex, count = names(), people["woman"].to_numpy().astype(int), people.height
    maiden = people["maiden"].to_numpy()
    family = np.where(late & (maiden >= 0), maiden, people["family"].to_numpy())
    own = (rng.random(count) < rates.native_script) & (source == SCRIPTS)
    other = (rng.random(count) < rates.respelled) & (source == SPELLS)
    made = []
    for number in (people["given"].to_numpy(), family):
        text = np.where(other, pool.other[number, sex], pool.latin[number, sex])
        native = pool.native[number, sex]
        made.append(np.where(own & pool.written[number], native, text))
    second = people["second"].to_numpy()
    both = np.flatnonzero((second >= 0) & (rng.random(count) < 0.75))
    made[1][both] = made[1][both] + " " + pool.latin[second[both], 0]
    alone = pool.mononym[people["culture"].to_numpy()]
    return made[0], np.where(alone, made[0], made[1])


def _change(texts: Texts, chosen: Flags, how: object) -> None:
    for i in np.flatnonzero(chosen).tolist():
        texts[i] = how(texts[i])  # type: ignore[operator]


def _behind(last: Texts, suffix: Texts, rng: np.random.Generator) -> None:
    """Half of the time the generation is written behind the name."""
    known = np.flatnonzero((suffix != None) & (rng.random(len(last)) < 0.5))  # noqa: E711 - by element
    last[known] = last[known] + " " + suffix[known]


def _placed(texts: Texts, junk: tuple[str, ...], share: float, rng: np.random.Generator) -> Texts:
    """A placeholder in a share of the texts."""
    hit = np.flatnonzero(rng.random(len(texts)) < share)
    texts[hit] = pick(rng, junk, len(hit))
    return texts


def _full_names(
    source: str, people: pl.DataFrame, first: Texts, last: Texts, rates: HardRates, rng: np.random.Generator
) -> pl.Series:
    """Both in one cell: given name first, in some cultures the family name first, or behind a comma."""
    count = len(first)
    turned = names().family_first[people["culture"].to_numpy()] & (rng.random(count) < rates.family_first)
    comma = rng.random(count) < 0.02
    parts = frame({"first": first, "last": last}).with_columns(pl.all().str.strip_chars())
    parts = parts.with_columns(turned=pl.Series(turned & (source == TURNS)), comma=pl.Series(comma))
    plain = pl.concat_str("first", "last", separator=" ", ignore_nulls=True)
    other = pl.concat_str("last", "first", separator=" ", ignore_nulls=True)
    behind = pl.concat_str("last", "first", separator=", ", ignore_nulls=True)
    return parts.select(pl.when("turned").then(other).when("comma").then(behind).otherwise(plain)).to_series()


def _mails(
    people: pl.DataFrame, company: pl.DataFrame, late: Flags, rates: HardRates, rng: np.random.Generator
) -> tuple[Texts, Texts]:
    """The first address that a source knows, and another that some rows know too."""
    count = people.height
    work, private = np.where(late, people["work_before"], people["work"]), people["private"].to_numpy()
    free = people["freelance"].to_numpy()
    by_work = (rng.random(count) < rates.by_work) & ~free
    main, other = np.where(by_work, work, private), np.where(by_work | free, private, work)
    shared = _at_desk(company, rates.desk_mail, rates.shared_box, rng) & ~free
    box = pick(rng, words.SHARED_BOXES, count)
    box[company["busy"].to_numpy()] = "info"
    main = np.where(shared, box + "@" + company["domain"].to_numpy(), main)
    main = noise.slip(main, rates.typo / 4, rng)
    main = noise.other_case(noise.missing(main, rates.no_email, rng), 0.05, rng)
    return _placed(main, JUNK_MAILS, rates.junk_email, rng), _second(other, people, rates, rng)


def _at_desk(company: pl.DataFrame, busy: float, share: float, rng: np.random.Generator) -> Flags:
    """Rows known under what belongs to the whole company: a share, another of those of a busy front desk."""
    shared: Flags = rng.random(company.height) < np.where(company["busy"].to_numpy(), busy, share)
    return shared


def _second(values: Texts, people: pl.DataFrame, rates: HardRates, rng: np.random.Generator) -> Texts:
    """Further values, where a source has them: oftener of those who changed jobs, whom it has known for longer."""
    changed = (people["employer"] != people["before"]).to_numpy()
    known = np.where(changed, rates.second_value_changed, rates.second_value)
    left = values.copy()
    left[rng.random(len(values)) >= known] = None
    return left


def _phones(
    people: pl.DataFrame, company: pl.DataFrame, rates: HardRates, rng: np.random.Generator
) -> tuple[Texts, Texts]:
    count, free = people.height, people["freelance"].to_numpy()
    board = _at_desk(company, rates.desk_phone, rates.switchboard, rng) & ~free
    at_home = (rng.random(count) < rates.landline) & ~board
    mobile, landline = people["mobile"].to_numpy(), people["landline"].to_numpy()
    main = np.where(board, company["switchboard"].to_numpy(), np.where(at_home, landline, mobile))
    other = np.where(board | at_home, mobile, landline)
    main = noise.missing(noise.written_number(main, rng), rates.no_phone, rng)
    return _placed(main, JUNK_PHONES, rates.junk_phone, rng), _second(
        noise.written_number(other, rng), people, rates, rng
    )


def _companies(people: pl.DataFrame, company: pl.DataFrame, rates: HardRates, rng: np.random.Generator) -> Texts:
    written = company_names(company, rng)
    free = np.flatnonzero(people["freelance"].to_numpy())
    written[free] = pick(rng, OWN_ACCOUNT, len(free))
    return _placed(noise.missing(written, 0.03, rng), JUNK_COMPANIES, rates.junk_company, rng)


def _home(values: pl.Series, moved: Flags, share: float, rng: np.random.Generator) -> Texts:
    """The address of those who did not move, less a share."""
    left = noise.missing(values.to_numpy(), share, rng)
    left[moved] = None
    return left


def _births(people: pl.DataFrame, rates: HardRates, rng: np.random.Generator) -> Texts:
    """Birth dates; a few with day and month in each other's place, or another digit, or a placeholder."""
    born = noise.missing(people["born"].to_numpy(), 1 - rates.birth_date, rng)
    wrong = (rng.random(len(born)) < rates.wrong_birth) & (born != None)  # noqa: E711 - by element
    _change(born, wrong, _mistaken)
    return _placed(born, JUNK_BIRTHS, rates.junk_birth, rng)


def _mistaken(date: str) -> str:
    year, month, day = date.split("-")
    return f"{year}-{day}-{month}" if day <= "12" and day != month else f"{year}-{month}-{int(day) % 28 + 1:02d}"
