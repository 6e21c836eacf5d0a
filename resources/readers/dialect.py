"""How the cells of a delimited text are written: delimiter, quotes, escapes.

Not here: encodings (`resources.readers.text`), and the cutting of rows (`spans`, `careful`).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
SELDOM = ("~", "^", "\x01")  # signs that texts hold too: taken where they part the first line, and part more of it
SAMPLE_ROWS = 200
SEP = re.compile(r"\"?sep=([^\r\n\"])\"?[ ;,]*(?:\r\n|\r|\n)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """`skips_space`: blanks between a delimiter and a quote mean nothing."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    skips_space: bool = False


def said(line: str) -> str | None:
    """The delimiter that a first line `sep=;` names, as Excel writes it."""
    found = SEP.fullmatch(line)
    return found[1] if found else None


def sniff(text: str) -> Dialect:
    """The dialect under which most of the first rows have the same number of cells, and most cells.

    Where the double quote does not explain the text, `clevercsv` is asked (van den Burg, Nazábal, Sutton: Wrangling
    messy CSV files by detecting row and type patterns, 2019).
    """
    delimiter = max(_likely(text), key=lambda d: (_agreement(text, Dialect(d)), -(*DELIMITERS, *SELDOM).index(d)))
    best = Dialect(delimiter, skips_space=f'{delimiter} "' in text)
    if '\\"' in text or (f"'{delimiter}'" in text and '"' not in text):
        return _clever(text) or best
    return best


def _likely(text: str) -> tuple[str, ...]:
    """The delimiters that a text may have."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    usual = max(first.count(delimiter) for delimiter in DELIMITERS)
    return (*DELIMITERS, *(delimiter for delimiter in SELDOM if first.count(delimiter) > usual))


def _agreement(text: str, dialect: Dialect) -> tuple[bool, float, int]:
    """Whether quotes stand around cells, how many of the rows are as wide as most that have several cells, how wide."""
    widths, is_strict = _widths(text, dialect, strict=True), True
    if widths is None:
        widths, is_strict = _widths(text, dialect, strict=False) or Counter(), False
    several = {width: n for width, n in widths.items() if width > 1}
    if not several:
        return (False, 0.0, 0)
    width = max(several, key=lambda w: (several[w], w))
    return (is_strict, round(several[width] / widths.total(), 2), width)


def _widths(text: str, dialect: Dialect, *, strict: bool) -> Counter[int] | None:
    reader = csv.reader(text.splitlines(keepends=True)[:SAMPLE_ROWS], delimiter=dialect.delimiter, strict=strict)
    try:
        return Counter(len(row) for row in reader if any(cell.strip() for cell in row))
    except csv.Error:
        return None


def _clever(text: str) -> Dialect | None:
    import clevercsv  # noqa: PLC0415 - only for texts that need it

    found = clevercsv.Detector().detect(text[:16384], delimiters=list(DELIMITERS))
    if found is None or not found.delimiter:
        return None
    return Dialect(found.delimiter, found.quotechar or '"', found.escapechar or None)
