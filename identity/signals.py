"""Signals of the qualification contract: name, kind, points and one condition of a closed vocabulary, checked as read.

| condition | holds where |
| --- | --- |
| `filled: [FIELD, …]` | all these golden fields have a value |
| `values: {FIELD: [VALUE, …]}` | a golden field is one of these, in any case of letters |
| `pattern: {FIELD: REGEX}` | a golden field in small letters matches, such as titles of seniority |
| `count: {FACTS: N}` | there are at least N open, won or lost deals, touches, records, or contacts of an account |
| `amount: {STATUS: {CURRENCY: X, …}}` | deals of that status amount to at least X in one of the currencies |
| `latest: {kinds: [KIND, …], times: N, days: D}` | N touches (without N: one) of these kinds (else: of any) in D days |

Only intent may have a window (`latest`): what it says lapses. Not here: whom it holds of (`identity.qualification`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

import polars as pl

from identity.errors import BadInputError
from identity.fields import FIELDS, RESOLVED, Entity
from identity.pipeline import Status

Kind = Literal["fit", "intent"]
Facts = Literal["open", "won", "lost", "touches", "records", "contacts"]
NUMBERED = {"count": get_args(Facts), "amount": get_args(Status)}


@dataclass(frozen=True, slots=True)
class Fields:
    """Golden fields that have a value, each being one of `values` or matching `pattern` where that is given."""

    names: tuple[str, ...]
    values: tuple[str, ...] | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """At least so many facts."""

    facts: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Amount:
    """Deals of a status that amount to at least so much in one of the currencies."""

    status: str
    at_least: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Latest:
    """So many touches of these kinds (none: of any) within a window, which runs from the first of them."""

    kinds: tuple[str, ...]
    times: int
    window: dt.timedelta


Condition = Fields | Count | Amount | Latest


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that speaks for a client, or with negative points against it."""

    name: str
    kind: Kind
    points: int
    condition: Condition


def parse(said: Any) -> dict[Entity, tuple[Signal, ...]]:
    """The signals of every entity, by name; `bad_contract` where they say what no signal can."""
    if not isinstance(said, dict):
        raise _bad("it is no table of signals")
    _only(said, RESOLVED, "entity")
    return {entity: _signals(said, entity) for entity in RESOLVED}


def _signals(said: dict[str, Any], entity: Entity) -> tuple[Signal, ...]:
    try:
        return tuple(_signal(name, entity, **said[entity][name]) for name in sorted(said.get(entity) or {}))
    except (TypeError, KeyError, ValueError, AttributeError, InvalidOperation, pl.exceptions.ComputeError) as error:
        raise _bad(f"a signal of {entity} is not as it should be: {type(error).__name__}") from None


def _signal(name: str, entity: Entity, kind: Kind, points: int, when: dict[str, Any]) -> Signal:
    ((form, what),) = when.items()
    condition = _condition(form, what, entity)
    if kind not in get_args(Kind) or (kind == "fit" and isinstance(condition, Latest)):
        raise _bad(f"{name} is no {kind}")
    return Signal(name, kind, int(points), condition)


def _condition(form: str, what: Any, entity: Entity) -> Condition:
    if form == "filled":
        return Fields(_known(what, entity))
    if form == "latest":
        _only(what, ("kinds", "times", "days"), "word of `latest`")
        kinds = tuple(kind.lower() for kind in what.get("kinds", ()))
        return Latest(kinds, int(what.get("times", 1)), dt.timedelta(days=what["days"]))
    ((name, limit),) = what.items()
    if form in ("values", "pattern"):
        return _field(form, _known([name], entity)[0], limit)
    _only([name], set(NUMBERED.get(form, ())) - ({"contacts"} if entity == "contact" else set()), form)
    if form == "count":
        return Count(name, int(limit))
    return Amount(name, tuple((currency, Decimal(str(limit[currency]))) for currency in sorted(limit)))


def _field(form: str, name: str, limit: Any) -> Fields:
    if form == "values":
        return Fields((name,), values=tuple(value.lower() for value in limit))
    pl.Series([""]).str.contains(limit)  # a pattern that cannot be read is refused here
    return Fields((name,), pattern=limit)


def _known(names: Iterable[str], entity: Entity) -> tuple[str, ...]:
    _only(names, [field.name for field in FIELDS[entity] if field.ref is None], f"field of {entity}")
    return tuple(names)


def _only(names: Iterable[str], known: Iterable[str], what: str) -> None:
    strange = sorted(set(names) - set(known))
    if strange:
        raise _bad(f"there is no {what} {strange[0]}")


def _bad(why: str) -> BadInputError:
    return BadInputError("bad_contract", f"the contract cannot be used: {why}", "mend the file")
