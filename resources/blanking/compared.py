"""Whether a file is read as it was, but for some rows.

Not here: the blanking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import polars as pl

from identity.errors import BadInputError
from resources.readers.table import LINE, Table

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
    if before[0] != lines or after[0] != lines:
        return "a row is not where it was"
    return "" if before == after else "other rows are read otherwise"


def _read(table: Table, lines: frozenset[int], *, is_sheet: bool) -> tuple[frozenset[int], int, int, str]:
    """The blanked lines that are there; of the others how many, what was skipped, and a hash over all of them."""
    there: set[int] = set()
    rows = skipped = 0
    digest = hashlib.sha256()
    for part in table.parts():
        blanked = pl.col(LINE).is_in(lines)
        there.update(part.rows.filter(blanked)[LINE])
        others = part.rows.filter(~blanked)
        others = others.with_columns(pl.col(table.header).fill_null("")) if is_sheet else others
        rows, skipped = rows + others.height, skipped + part.skipped
        digest.update(others.hash_rows(1).to_numpy().tobytes())
    return frozenset(there), rows, skipped, digest.hexdigest()
