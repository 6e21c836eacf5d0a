"""How a source writes values, as data of its mapping.

Not here: what is made of them (`identity.standardise`, `identity.dates`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from identity.dates import Order


@dataclass(frozen=True, slots=True)
class Habits:
    """`dates`: which of day and month comes first, where a value does not tell; `time_zone` of times without an offset
    (empty: UTC); `decimal`: what parts 1,5 or 1.5, where a value does not tell; `placeholders`: texts, in small
    letters, that stand for no value.
    """

    dates: Order | None = None
    time_zone: str = ""
    decimal: Literal["comma", "point"] | None = None
    placeholders: tuple[str, ...] = ()


NONE = Habits()
