"""The forms of which contracts are made, each checked as it is read: tables, lists of words, bounded numbers.

Whatever passes can be evaluated; what does not is refused in the one way of `bad`. Not here: what a contract says with
them (`identity.signals`, `identity.client_rules`, `identity.survivorship_rules`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from typing import Any, TypeVar

from identity.errors import BadInputError

MOST = 1_000_000  # of whatever is counted or ranked
MOST_DAYS = 3650
CURRENCY = re.compile("[A-Z]{3}")  # of ISO 4217
_MONEY = Context(prec=38, traps=[InvalidOperation, Inexact])  # as `identity.sections.MONEY` holds it
_NANO = Decimal("1e-9")
Word = TypeVar("Word", bound=str)


def bad(why: str) -> BadInputError:
    """The one form in which a contract is refused."""
    return BadInputError("bad_contract", f"the contract cannot be used: {why}", "mend the file")


def table(said: Any, where: str, known: Iterable[str] | None = None, *, whole: bool = False) -> dict[str, Any]:
    """A table of names; of known ones alone where these are given, and with all of them where it has to be whole."""
    if not isinstance(said, dict) or not all(isinstance(name, str) for name in said):
        raise bad(f"{where} has to be a table of names")
    names = said if known is None else tuple(known)
    strange = sorted(set(said).difference(names))
    if strange:
        raise bad(f"`{strange[0]}` is no part of {where}: there are {', '.join(sorted(names))}")
    lacking = sorted(set(names).difference(said)) if whole else []
    if lacking:
        raise bad(f"{where} lacks {', '.join(lacking)}")
    return said


def table_or_nothing(said: Any, where: str, known: Iterable[str] | None = None) -> dict[str, Any]:
    """A table that may be left empty, which YAML says as null."""
    return {} if said is None else table(said, where, known)


def single(said: Any, where: str, known: Iterable[str]) -> tuple[str, Any]:
    """The one name of a table, and what stands under it."""
    found = table(said, where, known)
    if len(found) != 1:
        raise bad(f"{where} has to say one thing")
    return next(iter(found.items()))


def words(said: Any, where: str, known: Iterable[str] | None = None) -> tuple[str, ...]:
    """A list of different words, one at least; of known ones alone where these are given."""
    if not isinstance(said, list) or not said or not all(isinstance(text, str) for text in said):
        raise bad(f"{where} have to be a list of words")
    if len(set(said)) < len(said):
        raise bad(f"{where} name something twice")
    strange = [] if known is None else sorted(set(said).difference(known))
    if strange:
        raise bad(f"`{strange[0]}` is none of {where}")
    return tuple(said)


def one_of(said: Any, where: str, known: Sequence[Word]) -> Word:
    """One of some words."""
    found = next((word for word in known if word == said), None)
    if found is None:
        raise bad(f"{where} is none of {', '.join(known)}")
    return found


def whole(said: Any, where: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    if type(said) is not int or not least <= said <= most:
        raise bad(f"{where} is no whole number from {least} to {most}")
    return said


def share(said: Any, where: str) -> float:
    """A number from 0 to 1."""
    if type(said) not in (int, float) or not 0 <= said <= 1:
        raise bad(f"{where} is no number from 0 to 1")
    return float(said)


def money(said: Any, where: str) -> Decimal:
    """An exact amount that our columns can hold: 29 digits and 9 decimals at most, as a number or as text."""
    try:
        number = Decimal(str(said) if type(said) in (int, float, str) else "")
        held = _MONEY.quantize(number, _NANO)
    except DecimalException:
        held = Decimal("NaN")
    if not held.is_finite():
        raise bad(f"{where} is no amount of 29 digits and 9 decimals at most")
    return held
