"""From cells as text to clean values of a field's kind, or the reason why a cell cannot be read.

Whole columns at a time; libraries that work value by value see distinct values only.

Not here: which column feeds which field (`identity.mapping`), nor anything made for matching (`identity.features`).
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from identity.countries import ISO2
from identity.dates import birth_text, date_text, instant_text, is_birth, is_date, is_instant
from identity.fields import Field, Kind
from identity.habits import NONE, Habits
from identity.keys import clean_id, unwrapped

PLACEHOLDERS = (
    "",
    "-",
    "--",
    "n/a",
    "na",
    "null",
    "none",
    "nil",
    "unknown",
    "?",
    "[not provided]",
    "not provided",
    "(blank)",
)
NO_REFERENCE = ("-", "--", "n/a", "null", "none", "(blank)")
EMAIL = r"^[^\s@<>,;:\"()\[\]]+@[^\s@<>,;:\"()\[\]]+\.[^\s@.<>,;:\"()\[\]]{2,}$"
PARTS = r"\s*(?::::|;|,|\|)\s*"  # how vendors write several values into one cell
SEVERAL = r"[;,|=]|:::"  # a cell that may hold several, or one that is wrapped
CARE = r"[\t-\r\u00a0\u2000-\u200a\u3000'=]|  "
ROUNDED = r"^\d([.,]\d+)?[eE]\+?\d+$"  # a long number after a spreadsheet had it: its last digits are lost
OWNER = r"\s*[(<][^()<>@\s]+@[^()<>\s]+[)>]$"  # a name with its e-mail address
REASONS: dict[Kind, str] = {
    "email": "not an e-mail address",
    "date": "not a date (write YYYY-MM-DD, or say in the mapping whether day or month comes first)",
    "birth": "not a date (write YYYY-MM-DD, or say in the mapping whether day or month comes first)",
    "timestamp": "not a time (write YYYY-MM-DDTHH:MM:SSZ, or say in the mapping whether day or month comes first)",
    "amount": "not an amount",
}


def clean_text(cell: pl.Expr, habits: Habits = NONE) -> pl.Expr:
    """Trimmed, white space collapsed, a protecting apostrophe or `="…"` removed; placeholders are null."""
    return cell.map_batches(lambda column: _clean(column, habits), return_dtype=pl.String())


def _clean(column: pl.Series, habits: Habits) -> pl.Series:
    """Of a column; what needs care is looked for first, since most cells need none."""
    x = pl.col("x")
    some = column.str.contains(CARE).arg_true()
    if not some.is_empty():
        with_care = unwrapped(x).str.replace(r"^\s*'([+=\-@\d\t\r])", "$1").str.replace_all(r"[\s\u00a0]+", " ")
        column = column.scatter(some, column[some].to_frame("x").select(with_care).to_series())
    nothing = (*PLACEHOLDERS, *habits.placeholders)
    bare = x.str.strip_chars()
    short = bare.str.len_bytes() <= max(len(word.encode()) for word in nothing)
    return (
        column.to_frame("x").select(pl.when(~(short & bare.str.to_lowercase().is_in(nothing))).then(bare)).to_series()
    )


def clean_value(cell: pl.Expr, kind: Kind, habits: Habits = NONE) -> pl.Expr:
    """Cells as values of a kind: a column is cleaned once, however often what reads its kind looks at it."""

    def both(column: pl.Series) -> pl.Series:
        text = _clean(column, habits).alias("x").to_frame()
        return text.select(of_kind(pl.col("x"), kind, habits)).to_series()

    return cell.map_batches(both, return_dtype=pl.String())


def clean_values(cells: list[pl.Expr], field: Field, habits: Habits = NONE) -> pl.Expr:
    """The values of a multi-valued field from all cells that feed it: distinct, in order; null when there is none."""
    whole = pl.struct(cell.alias(str(number)) for number, cell in enumerate(cells))
    return whole.map_batches(lambda row: _values(row.struct.unnest(), field, habits), return_dtype=pl.List(pl.String()))


def _values(cells: pl.DataFrame, field: Field, habits: Habits) -> pl.Series:
    """By row: most rows have one cell with one value in it, and the others are taken apart."""
    rows = cells.with_row_index("row")
    names = [pl.col(name) for name in cells.columns]
    full = pl.sum_horizontal((name.str.len_bytes() > 0).fill_null(value=False) for name in names)
    several = rows.filter((full > 1) | pl.any_horizontal(name.str.contains(SEVERAL) for name in names).fill_null(False))
    first = pl.coalesce(pl.when(name.str.len_bytes() > 0).then(name) for name in names)
    value = pl.col("value")
    alone = rows.select("row", value=clean_value(first, field.kind, habits))
    alone = alone.select("row", value=pl.when(value.is_not_null()).then(pl.concat_list(value)))
    if several.is_empty():
        return alone["value"]
    taken_apart = several.select("row", value=_several(several, field, habits))
    return pl.concat([alone.join(taken_apart, on="row", how="anti"), taken_apart]).sort("row")["value"]


def _several(rows: pl.DataFrame, field: Field, habits: Habits) -> pl.Series:
    """All cells as one column, taken apart where they hold several, cleaned, and put together again by row."""
    long = rows.unpivot(index="row").drop_nulls("value").sort("row", maintain_order=True)
    parted = unwrapped(pl.col("value")).str.replace_all(PARTS, ";").str.split(";")
    long = long.with_columns(parted).explode("value", empty_as_null=True)
    cleaned = long.select("row", clean_value(pl.col("value"), field.kind, habits)).drop_nulls()
    lists = cleaned.unique(maintain_order=True).group_by("row", maintain_order=True).agg("value")
    return rows.select("row").join(lists, on="row", how="left", maintain_order="left")["value"]


def reference(cell: pl.Expr) -> pl.Expr:
    """The source id that a cell refers to, cleaned as the id itself is; where a source names several, the first."""
    first = pl.when(cell.str.starts_with("[")).then(cell).otherwise(cell.str.split(";").list.first())
    return _referred(first)


def references(cells: list[pl.Expr]) -> pl.Expr:
    """All source ids that cells refer to: distinct, in order; null when there is none."""
    whole = pl.struct(cell.alias(str(number)) for number, cell in enumerate(cells))
    return whole.map_batches(lambda row: _references(row.struct.unnest()), return_dtype=pl.List(pl.String()))


def _references(cells: pl.DataFrame) -> pl.Series:
    columns = [pl.col(name) for name in cells.columns]
    if cells.width == 1 and not cells.to_series().str.contains(r"[;\[]").any():
        value = cells.select(value=_referred(columns[0]))
        return value.select(pl.when(pl.col("value").is_not_null()).then(pl.concat_list("value"))).to_series()
    several = [pl.when(c.str.starts_with("[")).then(pl.concat_list(c)).otherwise(c.str.split(";")) for c in columns]
    listed = pl.concat_list(pl.coalesce(c, pl.lit([], dtype=pl.List(pl.String))) for c in several)
    distinct = listed.list.eval(_referred(pl.element())).list.drop_nulls().list.unique(maintain_order=True)
    return cells.select(pl.when(distinct.list.len() > 0).then(distinct)).to_series()


def _referred(text: pl.Expr) -> pl.Expr:
    return clean_id(text).map_batches(_referring, return_dtype=pl.String())


def _referring(ids: pl.Series) -> pl.Series:
    return ids.to_frame("x").select(pl.when(~pl.col("x").str.to_lowercase().is_in(NO_REFERENCE)).then("x")).to_series()


def of_kind(text: pl.Expr, kind: Kind, habits: Habits = NONE) -> pl.Expr:
    """A clean text as a value of a kind; one that cannot be read stays as it is (see `unreadable`)."""
    by_kind: dict[str, Callable[[], pl.Expr]] = {
        "email": lambda: text.str.to_lowercase().str.strip_prefix("mailto:"),
        "domain": lambda: domain(text),
        "country": lambda: text.str.to_lowercase().replace_strict(ISO2, default=text, return_dtype=pl.String),
        "currency": text.str.to_uppercase,
        "name": lambda: text.map_batches(_no_address, return_dtype=pl.String()),
        "owner": lambda: text.str.replace(OWNER, ""),
        "phone": lambda: pl.when(~text.str.contains(ROUNDED)).then(text),
        "date": lambda: date_text(text, habits.dates),
        "birth": lambda: birth_text(text, habits.dates),
        "timestamp": lambda: instant_text(text, habits.dates, habits.time_zone or "UTC"),
        "amount": lambda: pl.coalesce(_amount(text, habits.decimal), text),
    }
    return by_kind[kind]() if kind in by_kind else text


def _no_address(names: pl.Series) -> pl.Series:
    """Names; an e-mail address in their place is none."""
    at = names.str.contains("@", literal=True).arg_true()
    addresses = at.filter(names[at].str.contains(EMAIL))
    return names if addresses.is_empty() else names.scatter(addresses, None)


def unreadable(value: pl.Expr, kind: Kind) -> pl.Expr:
    """Whether a value that went through `of_kind` is not of its kind. Null values are readable."""
    tests: dict[str, Callable[[], pl.Expr]] = {
        "email": lambda: ~value.str.contains(EMAIL),
        "date": lambda: ~is_date(value),
        "birth": lambda: ~is_birth(value),
        "timestamp": lambda: ~is_instant(value),
        "amount": lambda: ~value.str.contains(r"^-?\d+(\.\d+)?$"),
    }
    return value.is_not_null() & tests[kind]() if kind in tests else pl.lit(False)


def domain(text: pl.Expr) -> pl.Expr:
    """A host name without scheme, `www.`, port and path."""
    bare = text.str.to_lowercase().str.replace(r"^[a-z]+://", "").str.replace(r"^www\d?\.", "")
    host = bare.str.replace(r"[/:?#].*$", "").str.strip_chars(". ")
    return pl.when(host.str.contains(r"^[^\s@]+\.[^\s@.]{2,}$")).then(host)


def _amount(text: pl.Expr, decimal: str | None) -> pl.Expr:
    """Decimal text without separators; `k` and `m` are written out."""
    bare = text.str.to_lowercase().str.replace_all(r"[\s$€£¥']|[a-z]{3}$|^[a-z]{3}", "")
    english = bare.str.replace_all(",", "")
    european = bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    if decimal is not None:
        number = european if decimal == "comma" else english
        return _written_out(number)
    number = (
        pl.when(bare.str.contains(r"^-?\d{1,3}(,\d{3})+(\.\d+)?[km]?$")).then(english)
        .when(bare.str.contains(r"^-?\d{1,3}(\.\d{3})+(,\d+)?$|^-?\d+,\d{1,2}[km]?$")).then(european)
        .otherwise(bare)
    )  # fmt: skip
    return _written_out(number)


def _written_out(number: pl.Expr) -> pl.Expr:
    """`k` and `m` as thousands and millions."""
    digits = number.str.extract(r"^(-?\d+(?:\.\d+)?)(?:[km]|e\+?\d{1,2})?$", 1)
    power = number.str.extract(r"e\+?(\d{1,2})$", 1).cast(pl.Int32)
    zeros = (
        pl.when(number.str.ends_with("k")).then(3).when(number.str.ends_with("m")).then(6).otherwise(power.fill_null(0))
    )
    return pl.when(zeros == 0).then(digits).otherwise(_shifted(digits, zeros))


def _shifted(digits: pl.Expr, zeros: pl.Expr) -> pl.Expr:
    """Decimal text times a power of ten: exact, for amounts up to 10**18."""
    scaled = digits.cast(pl.Decimal(28, 6), strict=False) * pl.lit(10).pow(zeros).cast(pl.Decimal(28, 0))
    return scaled.cast(pl.String).str.replace(r"\.0+$", "")
