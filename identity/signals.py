"""Signals of the qualification contract: name, kind, points and one condition of a closed vocabulary, checked as read.

| condition | holds where |
| --- | --- |
| `filled: [FIELD, …]` | all these golden fields have a value |
| `values: {FIELD: [VALUE, …]}` | a golden field is one of these, in any case of letters |
| `pattern: {FIELD: REGEX}` | a golden field in small letters matches, such as titles of seniority |
| `count: {FACTS: N}` | there are at least N open, won or lost deals, touches, records, or contacts of an account |
| `amount: {STATUS: {CURRENCY: X, …}}` | deals of that status amount to at least X in one of the currencies |
| `latest: {kinds: [KIND, …], times: N, days: D}` | N touches (without N: one) of these kinds (else: of any) in D days |

Only intent may have a window (`latest`): what it says lapses. Points and N are whole, N from 1 to a million, D to 3650.

Not here: whom it holds of (`identity.qualification`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

import polars as pl

from identity.contracts.forms import (
    CURRENCY,
    MOST,
    MOST_DAYS,
    bad,
    money,
    one_of,
    single,
    table,
    table_or_nothing,
    whole,
    words,
)
from identity.fields import FIELDS, RESOLVED, Entity
from identity.pipeline import Status

Kind = Literal["fit", "intent"]
COUNTED: dict[Entity, tuple[str, ...]] = {
    "contact": (*get_args(Status), "touches", "records"),
    "account": (*get_args(Status), "touches", "records", "contacts"),
}
MOST_POINTS = 1000
NAME = re.compile(r"\w[\w .-]{0,99}")


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
    found = table(said, "the contract", RESOLVED)
    return {entity: _signals(found.get(entity), entity) for entity in RESOLVED}


def _signals(said: Any, entity: Entity) -> tuple[Signal, ...]:
    found = table_or_nothing(said, f"`{entity}`")
    return tuple(_signal(name, found[name], entity) for name in sorted(found))


def _signal(name: str, said: Any, entity: Entity) -> Signal:
    if not NAME.fullmatch(name):
        raise bad(f"a signal of {entity} has a name that is none")
    where = f"`{entity}.{name}`"
    facts = table(said, where, ("kind", "points", "when"), whole=True)
    kind = one_of(facts["kind"], f"the kind of {where}", get_args(Kind))
    form, what = single(facts["when"], f"`when` of {where}", _FORMS)
    condition = _FORMS[form](what, entity, f"`{form}` of {where}")
    if kind == "fit" and isinstance(condition, Latest):
        raise bad(f"{where} is no fit, since it lapses")
    return Signal(name, kind, whole(facts["points"], f"the points of {where}", -MOST_POINTS, MOST_POINTS), condition)


def _filled(said: Any, entity: Entity, where: str) -> Fields:
    return Fields(words(said, where, _golden(entity)))


def _values(said: Any, entity: Entity, where: str) -> Fields:
    name, values = single(said, where, _golden(entity))
    return Fields((name,), values=tuple(value.lower() for value in words(values, where)))


def _pattern(said: Any, entity: Entity, where: str) -> Fields:
    name, pattern = single(said, where, _golden(entity))
    if not isinstance(pattern, str):
        raise bad(f"{where} is no text")
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError:
        raise bad(f"{where} is no pattern that can be read") from None
    return Fields((name,), pattern=pattern)


def _count(said: Any, entity: Entity, where: str) -> Count:
    facts, limit = single(said, where, COUNTED[entity])
    return Count(facts, whole(limit, where, 1, MOST))


def _amount(said: Any, _: Entity, where: str) -> Amount:
    status, limits = single(said, where, get_args(Status))
    found = table(limits, where)
    if not found or not all(CURRENCY.fullmatch(currency) for currency in found):
        raise bad(f"{where} has to be by currencies, each a code of three capitals")
    return Amount(status, tuple((currency, money(found[currency], where)) for currency in sorted(found)))


def _latest(said: Any, _: Entity, where: str) -> Latest:
    facts = table(said, where, ("kinds", "times", "days"))
    kinds = words(facts["kinds"], f"the kinds of {where}") if "kinds" in facts else ()
    times = whole(facts.get("times", 1), f"the times of {where}", 1, MOST)
    days = whole(facts.get("days"), f"the days of {where}", 1, MOST_DAYS)
    return Latest(tuple(kind.lower() for kind in kinds), times, dt.timedelta(days=days))


def _golden(entity: Entity) -> list[str]:
    return [field.name for field in FIELDS[entity] if field.ref is None]


_FORMS: dict[str, Callable[[Any, Entity, str], Condition]] = {
    "filled": _filled, "values": _values, "pattern": _pattern, "count": _count, "amount": _amount, "latest": _latest,
}  # fmt: skip
