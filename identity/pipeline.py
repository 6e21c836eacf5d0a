"""How deals of all sources are told apart: open, won or lost, by the words that vendors use.

Not here: binding of references (`identity.bindings`), sums for a client (`identity.sections`).
"""

from __future__ import annotations

from typing import Literal

import polars as pl

Status = Literal["open", "won", "lost"]

# Tried in this order, on the status and then on the stage of a deal, in lower case.
PATTERNS: tuple[tuple[Status, str], ...] = (
    ("lost", r"\blost\b|closed ?lost|verloren|perdu|\bdisqualified\b|\babandoned\b|\bcancell?ed\b|\bdropped\b"),
    ("won", r"\bwon\b|closed ?won|gewonnen|gagn[ée]|\bsigned\b"),
    ("open", r"\bopen\b|\bin progress\b|\bactive\b|\bpending\b|\bnew\b|\boffen\b"),
)
CLOSED = r"\bclosed?\b|\bdone\b|\bcompleted?\b"  # over, but nobody says how


def status() -> pl.Expr:
    """`open`, `won`, `lost` or null, from the columns `status` and `stage`.

    A stage that says neither won nor lost is an open one, unless the deal is said to be over.
    """
    by_status, by_stage = _by_words("status"), _by_words("stage")
    over = pl.any_horizontal(_words(name).str.contains(CLOSED).fill_null(False) for name in ("status", "stage"))
    decided = pl.coalesce(pl.when(by_status != "open").then(by_status), by_stage, by_status)
    return pl.coalesce(decided, pl.when(pl.col("stage").is_not_null() & ~over).then(pl.lit("open")))


def _by_words(name: str) -> pl.Expr:
    found = pl.lit(None, pl.String)
    for meaning, pattern in reversed(PATTERNS):
        found = pl.when(_words(name).str.contains(pattern)).then(pl.lit(meaning)).otherwise(found)
    return found


def _words(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase().str.replace_all(r"[_\-/\s]+", " ")
