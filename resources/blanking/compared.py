"""Whether a file is read as it was, but for some rows.

Not here: the blanking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import polars as pl

from identity.errors import BadInputError
from resources.readers.table import LINE, Table

Cells = list[str | None]
NO_VALUE = "x1 \r\n\t\"'\\,;|~^\x01{}[]"  # filler, and signs that part values
Found = Table | BadInputError


def same_but_for(before: Sequence[Found], after: Sequence[Found], rows: Mapping[str, frozenset[int]]) -> str:
    """What differs, in words that show no value; empty where nothing does."""
    old, new = (_tables(found) for found in (before, after))
    if list(old) != list(new) or not old.keys() >= rows.keys():
        return "its tables are others"
    return next(filter(None, (_differs(old[m], new[m], rows.get(m, frozenset())) for m in old)), "")


def _tables(found: Sequence[Found]) -> dict[str, Table]:
    return {table.member: table for table in found if isinstance(table, Table)}


def _differs(old: Table, new: Table, lines: frozenset[int]) -> str:
    if old.header != new.header:
        return "its columns are others"
    is_sheet = old.facts.get("format") == "workbook"
    before, after = (_read(table, lines, is_sheet=is_sheet) for table in (old, new))
    (old_rows, *old_others), (new_rows, *new_others) = before, after
    if old_rows.keys() != lines or new_rows.keys() != lines:
        return "a row is not where it was"
    if any(_is_left(a, b) for line in lines for a, b in zip(old_rows[line], new_rows[line], strict=True)):
        return "a value of the row is left"
    return "" if old_others == new_others else "other rows are read otherwise"


def _is_left(old: str | None, new: str | None) -> bool:
    return bool(old) and old == new and bool((old or "").strip(NO_VALUE))


def _read(table: Table, lines: frozenset[int], *, is_sheet: bool) -> tuple[dict[int, Cells], int, int, str]:
    """The cells of the blanked lines; of the others how many, what was skipped, and a hash."""
    there: dict[int, Cells] = {}
    rows = skipped = 0
    digest = hashlib.sha256()
    for part in table.parts():
        blanked = pl.col(LINE).is_in(lines)
        found = part.rows.filter(blanked).select(LINE, *table.header)
        there |= {line: cells for line, *cells in found.iter_rows()}
        others = part.rows.filter(~blanked)
        others = others.with_columns(pl.col(table.header).fill_null("")) if is_sheet else others
        rows, skipped = rows + others.height, skipped + part.skipped
        digest.update(others.hash_rows(1).to_numpy().tobytes())
    return there, rows, skipped, digest.hexdigest()
