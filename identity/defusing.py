"""Cells that a spreadsheet would run as a formula, made harmless in what we export: an apostrophe before them.

It is taken off again when such a cell comes in (`identity.standardise.clean_text`). Source: OWASP, CSV Injection.
Not here: what we store, which stays as it came.
"""

from __future__ import annotations

import polars as pl

RUNS = r"^[=+\-@\t\r]"
NUMBER = r"^[+-]?[\d\s().,-]+$"  # signed numbers and phones are no formulas


def defused(text: pl.Expr) -> pl.Expr:
    """The text, after an apostrophe where a spreadsheet would run it."""
    return (
        pl.when(text.str.contains(RUNS) & ~text.str.contains(NUMBER)).then(text.str.replace("^", "'")).otherwise(text)
    )
