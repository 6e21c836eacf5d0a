"""Whether a clean value is what its field holds: more than that it can be read.

Not here: what is rejected at the door (`identity.standardise.unreadable`).
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from identity.countries import ISO2
from identity.fields import Kind
from identity.standardise import EMAIL, unreadable

PATTERNS: dict[Kind, str] = {
    "email": EMAIL,
    "phone": r"^\+[1-9]\d{6,14}$",  # one that can be dialled from anywhere
    "domain": r"^([a-z0-9\p{L}]([\w\p{L}-]*[\w\p{L}])?\.)+[a-z\p{L}][\w\p{L}-]+$",
    "url": r"^([a-zA-Z]+://)?[^\s/@]+\.[^\s/.@]{2,}(/\S*)?$",
    "name": r"^[^\d@]*\p{L}[^\d@]*$",
    "currency": r"^[A-Z]{3}$",
    "count": r"^\d+$",
}
SAYS_SOMETHING = r"[\p{L}\p{N}]"


def valid(value: pl.Expr, kind: Kind) -> pl.Expr:
    """Whether a value is valid; null where there is none."""
    tests: dict[Kind, Callable[[], pl.Expr]] = {
        "country": lambda: value.is_in(sorted(set(ISO2.values()))),
        **dict.fromkeys(("date", "birth", "timestamp", "amount"), lambda: ~unreadable(value, kind)),
    }
    return tests[kind]() if kind in tests else value.str.contains(PATTERNS.get(kind, SAYS_SOMETHING))
