"""Record keys and batch ids: formats that scripts rely on, frozen.

Not here: canonical ids (`identity.ids`).
"""

from __future__ import annotations

import hashlib
import json
import re

import polars as pl

from identity.errors import BadInputError

NAME = re.compile(r"[a-z0-9_]+")
WRAPPED = r'^\s*="((?:[^"]|"")*)"\s*$'  # how tools tell a spreadsheet that a cell is text: ="007"


def check_name(value: str, what: str) -> str:
    """A source or entity name, `[a-z0-9_]+`, or `bad_name`."""
    if NAME.fullmatch(value):
        return value
    raise BadInputError("bad_name", f"{what} must be of small letters, digits and _", "for example `hubspot`")


def batch_id(source: str, entity: str, sha256: str, member: str) -> str:
    """The batch of (source, entity, bytes, table in the file): `<source>-<entity>-<20 hex>`, at most 64 characters."""
    facts = json.dumps([source, entity, sha256, member], ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(facts.encode()).hexdigest()[:20]
    return f"{source[:28]}-{entity[:12]}-{digest}"


def clean_id(cell: pl.Expr) -> pl.Expr:
    """A source id as text: trimmed, an apostrophe or `="…"` that protects it removed; case and leading zeros stay.

    Null where nothing is left.
    """
    return unwrapped(cell).str.strip_chars().str.strip_prefix("'").replace("", None)


def unwrapped(cell: pl.Expr) -> pl.Expr:
    """A cell without the `="…"` around all of it."""
    return cell.map_batches(_unwrapped, return_dtype=pl.String())


def _unwrapped(cells: pl.Series) -> pl.Series:
    if not cells.str.contains('="', literal=True).any():
        return cells
    inner = cells.str.extract(WRAPPED, 1).str.replace_all('""', '"', literal=True)
    return inner.fill_null(cells)


def source_id(columns: list[str]) -> pl.Expr:
    """The source id from its column; from several, a compact JSON array, null where any part is missing."""
    parts = [clean_id(pl.col(name)) for name in columns]
    if len(parts) == 1:
        return parts[0]
    whole = pl.concat_list(parts).map_elements(_array, return_dtype=pl.String)
    return pl.when(pl.all_horizontal(part.is_not_null() for part in parts)).then(whole)


def keyless_id(columns: list[str]) -> pl.Expr:
    """`row-` and 16 hex digits of SHA-256 over the mapped cells, for rows without a key of their own."""
    return pl.concat_list(pl.col(name).fill_null("") for name in columns).map_elements(_row_id, return_dtype=pl.String)


def _array(values: pl.Series) -> str:
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def _row_id(values: pl.Series) -> str:
    return f"row-{hashlib.sha256(_array(values).encode()).hexdigest()[:16]}"
