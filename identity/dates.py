"""Dates and times as people and tools write them, to ISO 8601: `2026-03-14`, and instants in UTC with microseconds.

Which of day and month comes first is told by the value itself (`31/12/2026`, `12 Mar 2024`, `14.3.2026`: dots put the
day first), or by the source's habit; what is told by neither is not guessed.
Not here: other kinds of values (`identity.standardise`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

Order = Literal["dmy", "mdy"]

TIMESTAMP = "%Y-%m-%dT%H:%M:%S%.6fZ"  # how we write an instant: text that sorts by time
MONTHS = {
    1: "jan january januar jänner janvier janv enero ene gennaio gen janeiro januari tammikuu styczeń stycznia",
    2: "feb february februar février fév févr fevrier febrero febbraio fevereiro fev februari helmikuu lutego luty",
    3: "mar march märz mär mrz mars marzo março maart mrt maaliskuu marca marzec",
    4: "apr april avril avr abril abr aprile huhtikuu kwietnia kwiecień",
    5: "may mai mayo maggio mag maio mei maj toukokuu maja",
    6: "jun june juni juin junio giugno giu junho kesäkuu czerwca czerwiec",
    7: "jul july juli juillet juil julio luglio lug julho heinäkuu lipca lipiec",
    8: "aug august août aout agosto ago augustus augusti elokuu sierpnia sierpień",
    9: "sep sept september septembre septiembre settembre set setembro syyskuu września wrzesień",
    10: "oct october okt oktober octobre octubre ottobre ott outubro out lokakuu października październik",
    11: "nov november novembre noviembre novembro marraskuu listopada listopad",
    12: "dec december dez dezember décembre déc diciembre dic dicembre dezembro desember joulukuu grudnia grudzień",
}
NUMBERS = {name: f"{number:02}" for number, names in MONTHS.items() for name in names.split()}
CLOCK = r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?"
TIME = rf"(?:(?:T|,?\s+(?:à |um |at )?){CLOCK}\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{{2}}:?\d{{2}})?)?"
YEAR_FIRST = rf"^(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})日?{TIME}$"
COMPACT = r"^([12]\d{3})(\d{2})(\d{2})$"
NUMBERS_ONLY = rf"^(\d{{1,2}})\s?([-/.])\s?(\d{{1,2}})\s?[-/.]\s?(\d{{4}}|\d{{2}}){TIME}$"
FIGURES = r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})"
DAY_MONTH = rf"^(\d{{1,2}})\.?[-/ ]\s?(?:de )?(\p{{L}}{{3,}})\.?[-/, ]\s?(?:de )?(\d{{4}}|\d{{2}}){TIME}$"
MONTH_DAY = rf"^(\p{{L}}{{3,}})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){TIME}$"
YEAR = r"(?:[1-8]\d{3}|0\d{2}[1-9]|0\d[1-9]0|0[1-9]00|9(?:[0-8]\d{2}|9[0-8]\d|99[0-8]))"  # 1 to 9998: all that
DAY = rf"{YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"  # databases and Python can hold, in every time zone
CLOCKED = r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z"
NO_DATE = r"^[0\s]{1,4}[-/.:][0\s:./-]*$"  # 0/0/00, 0000-00-00: how tools write that there is none


def date_text(text: pl.Expr, order: Order | None = None) -> pl.Expr:
    """A date as `YYYY-MM-DD`; what cannot be read stays as it is, dates of zeros are null."""
    return text.map_batches(lambda s: _days(s, order), return_dtype=pl.String())


def birth_text(text: pl.Expr, order: Order | None = None) -> pl.Expr:
    """As `date_text`; a day that no calendar has (a slip of the hand, `1862-01-60`) keeps its figures in that form."""
    day = date_text(text, order)
    figures = (day.str.extract(f"^{FIGURES}$", group) for group in (1, 2, 3))
    return pl.coalesce(pl.concat_str(*figures, separator="-"), day)


def is_birth(value: pl.Expr) -> pl.Expr:
    """Whether a text is a date as `birth_text` writes it."""
    return value.str.contains(rf"^{YEAR}-\d{{2}}-\d{{2}}$")


def instant_text(text: pl.Expr, order: Order | None = None, zone: str = "UTC") -> pl.Expr:
    """An instant in UTC (TIMESTAMP); without an offset it is taken as of the zone. The rest as `date_text`."""
    return text.map_batches(lambda s: _instants(s, order, zone), return_dtype=pl.String())


def is_date(value: pl.Expr) -> pl.Expr:
    """Whether a text is a date as `date_text` writes it."""
    return value.map_batches(lambda s: _is(s, DAY, "%Y-%m-%d"), return_dtype=pl.Boolean())


def is_instant(value: pl.Expr) -> pl.Expr:
    """Whether a text is an instant as `instant_text` writes it."""
    return value.map_batches(lambda s: _is(s, DAY + CLOCKED, TIMESTAMP), return_dtype=pl.Boolean())


def _is(text: pl.Series, pattern: str, form: str) -> pl.Series:
    """By its pattern; only what stands late in its month is looked up in the calendar. Null texts are null."""
    good = text.str.contains(f"^{pattern}$")
    late = text.str.slice(8, 2).is_in(["29", "30", "31"]) & good
    if not late.any():
        return good
    read = text.filter(late).str.to_datetime(form, strict=False, time_unit="us").is_not_null()
    return good.scatter(late.arg_true(), read)


def _days(text: pl.Series, order: Order | None) -> pl.Series:
    """The common form at once, the others by distinct value."""
    if text.is_empty() or text.null_count() == text.len():
        return text
    frame = text.alias("x").to_frame()
    known = frame.select(pl.col("x").str.head(10).alias("day"), is_date(pl.col("x").str.head(10)).alias("good"))
    plain = known["good"].fill_null(False) & frame["x"].str.contains(r"^.{10}($|[T ])").fill_null(False)
    return _mixed(frame["x"], plain, known["day"], lambda rest: _read(rest, order).select(_date_of("y", "m", "d")))


def _instants(text: pl.Series, order: Order | None, zone: str) -> pl.Series:
    if text.is_empty() or text.null_count() == text.len():
        return text
    x = pl.col("x")
    tail = x.str.slice(19).str.strip_suffix("Z")
    ours = pl.concat_str(
        x.str.head(10),
        pl.lit("T"),
        x.str.slice(11, 8),
        pl.lit("."),
        tail.str.strip_prefix(".").str.pad_end(6, "0"),
        pl.lit("Z"),
    )
    utc = x.str.ends_with("Z") if zone != "UTC" else pl.lit(value=True)
    shape = x.str.contains(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z?$") & utc
    known = text.alias("x").to_frame().select("x", text=ours, shape=shape.fill_null(False))
    plain = known.select((pl.col("shape") & is_instant(pl.col("text"))).fill_null(False)).to_series()
    return _mixed(known["x"], plain, known["text"], lambda rest: _read(rest, order).select(_instant_of(zone)))


def _mixed(text: pl.Series, plain: pl.Series, ready: pl.Series, read: Callable[[pl.Series], pl.DataFrame]) -> pl.Series:
    """`ready` where the text is `plain`, else what it reads as; a text that reads as nothing stays."""
    if plain.all():
        return ready
    rest = text.filter(~plain & text.is_not_null()).unique()
    rest = rest.filter(~rest.str.contains(NO_DATE))
    found = pl.DataFrame({"x": rest, "text": read(rest).to_series()})
    frame = pl.DataFrame({"x": text, "plain": plain, "ready": ready}).join(
        found, on="x", how="left", maintain_order="left"
    )
    none = pl.col("x").str.contains(NO_DATE)
    return frame.select(
        pl.when("plain").then("ready").when(none).then(None).otherwise(pl.coalesce("text", "x"))
    ).to_series()


def _read(text: pl.Series, order: Order | None) -> pl.DataFrame:
    """The parts of dates and times as text columns: y m d h i s f half offset; null where a text is none."""
    x = pl.col("x")
    groups = {"h": 0, "i": 1, "s": 2, "f": 3, "half": 4, "offset": 5}

    def time(pattern: str, first: int) -> dict[str, pl.Expr]:
        return {name: x.str.extract(pattern, first + at) for name, at in groups.items()}

    a, sign, b = (x.str.extract(NUMBERS_ONLY, i) for i in (1, 2, 3))
    day_first = (sign == ".") | (a.cast(pl.Int32) > 12) | (a == b) | pl.lit(order == "dmy")
    month_first = (b.cast(pl.Int32) > 12) | pl.lit(order == "mdy")
    month = {
        p: x.str.extract(p, g).str.to_lowercase().replace_strict(NUMBERS, default=None, return_dtype=pl.String)
        for p, g in ((DAY_MONTH, 2), (MONTH_DAY, 1))
    }
    forms = [
        {
            "y": x.str.extract(COMPACT, 1),
            "m": x.str.extract(COMPACT, 2),
            "d": x.str.extract(COMPACT, 3),
            **time(YEAR_FIRST, 4),
        },
        {
            "y": x.str.extract(YEAR_FIRST, 1),
            "m": x.str.extract(YEAR_FIRST, 2),
            "d": x.str.extract(YEAR_FIRST, 3),
            **time(YEAR_FIRST, 4),
        },
        {
            "y": pl.when(day_first | month_first).then(x.str.extract(NUMBERS_ONLY, 4)),
            "m": pl.when(day_first).then(b).otherwise(a),
            "d": pl.when(day_first).then(a).otherwise(b),
            **time(NUMBERS_ONLY, 5),
        },
        {
            "y": x.str.extract(DAY_MONTH, 3),
            "m": month[DAY_MONTH],
            "d": x.str.extract(DAY_MONTH, 1),
            **time(DAY_MONTH, 4),
        },
        {
            "y": x.str.extract(MONTH_DAY, 3),
            "m": month[MONTH_DAY],
            "d": x.str.extract(MONTH_DAY, 2),
            **time(MONTH_DAY, 4),
        },
    ]
    parts = (
        text.alias("x")
        .to_frame()
        .select(pl.coalesce(form[name] for form in forms).alias(name) for name in ("y", "m", "d", *groups))
    )
    year = pl.col("y").cast(pl.Int32)
    century = pl.when(year < 69).then(2000).when(year < 100).then(1900).otherwise(0)  # as POSIX has it
    return parts.with_columns(
        y=pl.when(pl.col("y").str.len_bytes() == 2).then(year + century).otherwise(year).cast(pl.String)
    )


def _date_of(*names: str) -> pl.Expr:
    year, month, day = (pl.col(name) for name in names)
    text = pl.concat_str(year.str.zfill(4), month.str.zfill(2), day.str.zfill(2), separator="-")
    return pl.when(is_date(text)).then(text)


def _instant_of(zone: str) -> pl.Expr:
    half = pl.col("half").str.to_lowercase().str.slice(0, 1)
    hour = pl.col("h").cast(pl.Int32)
    hour = pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour).fill_null(0)
    clock = [hour.cast(pl.String).str.zfill(2), pl.col("i").fill_null("00"), pl.col("s").fill_null("00")]
    fraction = pl.col("f").fill_null("0").str.head(6).str.pad_end(6, "0")
    local = pl.concat_str(
        _date_of("y", "m", "d"), pl.lit("T"), pl.concat_str(clock, separator=":"), pl.lit("."), fraction
    )
    naive = local.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f", strict=False, time_unit="us")
    minutes = pl.col("offset").str.extract(r"^[+-](\d{2}):?(\d{2})$", 1).cast(pl.Int64) * 60 + pl.col(
        "offset"
    ).str.extract(r"^[+-](\d{2}):?(\d{2})$", 2).cast(pl.Int64)
    ahead = pl.when(pl.col("offset").str.starts_with("-")).then(-minutes).otherwise(minutes).fill_null(0)
    fixed = naive - pl.duration(minutes=ahead)
    placed = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    instant = pl.when(pl.col("offset").is_null()).then(placed.dt.replace_time_zone(None)).otherwise(fixed)
    text = instant.dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")
    return pl.when(is_instant(text)).then(text)


def order_of(values: pl.Series) -> tuple[Order | None, bool]:
    """Which of day and month these dates put first, as far as any of them tells, and whether some do not tell."""
    a, b = (values.str.extract(NUMBERS_ONLY, group).cast(pl.Int32, strict=False) for group in (1, 3))
    slashed = values.str.extract(NUMBERS_ONLY, 2) != "."
    day, month = ((a > 12) & slashed).any(), ((b > 12) & slashed).any()
    untold = bool((slashed & (a <= 12) & (b <= 12) & (a != b)).any())
    return ("dmy" if day and not month else "mdy" if month and not day else None), untold


def is_zone(name: str) -> bool:
    """Whether a name is one of a time zone."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
