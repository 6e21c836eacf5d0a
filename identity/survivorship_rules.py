"""What a survivorship contract says, checked and typed: trust of sources, and by unit of fields the criteria in order.

Not here: how the criteria are measured (`identity.survivorship_candidates`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import polars as pl

from identity import contracts
from identity.contracts.forms import MOST, bad, table, table_or_nothing, whole, words
from identity.fields import FIELDS, RESOLVED, Entity, Field
from identity.frames import CONTRACTS

Criterion = Literal["role", "validity", "completeness", "trust", "frequency", "recency", "earliest", "latest"]
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)
OF_LISTS = ("validity", "trust", "frequency", "recency")  # the others compare records, not values
OF_TIMES = ("earliest", "latest")
TIMES = ("timestamp", "date", "birth")  # kinds whose text sorts as time
MAIN = "main"  # the role of the fields themselves
WORD = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Unit:
    """Fields that are taken together from one record, or the values of one multi-valued field.

    `tiers`: a record that has all fields of one is a candidate, others say nothing; an earlier one is more complete.
    `roles`: a record is also a candidate with its attributes `<role>_<field>`; `main` are the fields themselves.
    """

    name: str
    fields: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    tiers: tuple[tuple[str, ...], ...]
    roles: tuple[str, ...] = (MAIN,)

    @property
    def rule(self) -> str:
        """The criteria in words."""
        return ", ".join(self.criteria)


@dataclass(frozen=True, slots=True)
class Rules:
    """The contract for one entity: a unit for each single-valued field that is no reference, one for each list."""

    entity: Entity
    version: str
    trust: dict[str, int]
    units: tuple[Unit, ...]
    lists: tuple[Unit, ...]

    def unit_of(self, field: str) -> Unit:
        """The unit that a golden field belongs to."""
        return next(unit for unit in (*self.units, *self.lists) if field in unit.fields)


def parse(said: Any) -> dict[Entity, Rules]:
    """The rules of each entity; `bad_contract` says what is wrong with it."""
    found = table(said, "the contract", ("trust", *RESOLVED))
    trust = _trust(found.get("trust"))
    version = contracts.version(contracts.canonical(said))
    return {entity: _rules(entity, version, trust, found.get(entity)) for entity in RESOLVED}


def of(frame: pl.DataFrame) -> dict[Entity, Rules]:
    """The rules in force (`identity.frames.CONTRACTS`)."""
    return parse(contracts.in_force(frame, contracts.SURVIVORSHIP))


def shipped(entity: Entity) -> Rules:
    """The rules that come with the package."""
    return of(pl.DataFrame(schema=CONTRACTS))[entity]


def _rules(entity: Entity, version: str, trust: dict[str, int], said: Any) -> Rules:
    table(said, f"`{entity}`", ("units", "fields", "others"))
    golden = {field.name: field for field in FIELDS[entity] if field.ref is None}
    together = table_or_nothing(said.get("units"), f"`{entity}.units`")
    units = [_unit(entity, name, facts, golden) for name, facts in together.items()]
    named = [field for unit in units for field in unit.fields]
    own = table_or_nothing(said.get("fields"), f"`{entity}.fields`")
    for field in [*own, *named]:
        _check_field(entity, field, golden)
        if [*own, *named].count(field) > 1:
            raise bad(f"`{entity}.{field}` stands in it twice")
    others = _criteria(said.get("others", ["recency"]), f"`{entity}.others`", CRITERIA)
    rest = {name: own.get(name, None if f.multi else list(others)) for name, f in golden.items() if name not in named}
    found = [_alone(entity, golden[name], criteria) for name, criteria in rest.items()]
    single = [unit for unit in found if not golden[unit.name].multi]
    return Rules(entity, version, trust, (*units, *single), tuple(unit for unit in found if unit not in single))


def _unit(entity: Entity, name: str, said: Any, golden: dict[str, Field]) -> Unit:
    where = f"`{entity}.units.{name}`"
    table(said, where, ("fields", "tiers", "criteria", "roles"))
    fields = words(said.get("fields"), f"{where} fields")
    for field in fields:
        _check_field(entity, field, golden)
        if golden[field].multi:
            raise bad(f"`{entity}.{field}` holds several values, which no unit takes")
    criteria = _criteria(said.get("criteria"), where, CRITERIA)
    roles = words(said.get("roles", [MAIN]), f"{where} roles")
    if MAIN not in roles or not all(WORD.fullmatch(role) for role in roles):
        raise bad(f"the roles of {where} have to be of small letters, digits and _, and {MAIN} among them")
    if len(roles) > 1 and "role" not in criteria:
        criteria = ("role", *criteria)
    tiers = _tiers(said.get("tiers"), fields, where)
    if "completeness" in criteria and said.get("tiers") is None and len(fields) > 1:
        raise bad(f"{where} asks for completeness and names no tiers")
    _check_times(criteria, [golden[field] for field in fields], where)
    return Unit(name, fields, criteria, tiers, roles)


def _alone(entity: Entity, field: Field, criteria: Any) -> Unit:
    """A field on its own, or a list."""
    where = f"`{entity}.{field.name}`"
    if field.multi:
        chosen = _criteria(["frequency", "recency"] if criteria is None else criteria, where, OF_LISTS)
    else:
        chosen = _criteria(criteria, where, CRITERIA)
        _check_times(chosen, [field], where)
    return Unit(field.name, (field.name,), chosen, ((field.name,),))


def _criteria(said: Any, where: str, allowed: tuple[str, ...]) -> tuple[Criterion, ...]:
    criteria = words(said, f"{where} criteria")
    for criterion in criteria:
        if criterion not in allowed:
            raise bad(f"`{criterion}` is no criterion of {where}: there are {', '.join(allowed)}")
    return cast("tuple[Criterion, ...]", criteria)


def _tiers(said: Any, fields: tuple[str, ...], where: str) -> tuple[tuple[str, ...], ...]:
    if said is None:
        return tuple((field,) for field in fields)
    if not isinstance(said, list) or not said:
        raise bad(f"the tiers of {where} have to be lists of its fields")
    tiers = tuple(words(tier, f"{where} tiers") for tier in said)
    strange = sorted({field for tier in tiers for field in tier} - {*fields})
    if strange:
        raise bad(f"`{strange[0]}` in the tiers of {where} is none of its fields")
    return tiers


def _check_times(criteria: tuple[Criterion, ...], fields: list[Field], where: str) -> None:
    if set(criteria) & set(OF_TIMES) and (len(fields) > 1 or fields[0].kind not in TIMES):
        raise bad(f"{where} is no time: earliest and latest cannot compare it")


def _check_field(entity: Entity, name: str, golden: dict[str, Field]) -> None:
    if name not in golden:
        raise bad(f"`{name}` is no golden field of {entity}: there are {', '.join(golden)}")


def _trust(said: Any) -> dict[str, int]:
    ranks = table_or_nothing(said, "`trust`")
    for source, rank in ranks.items():
        if not WORD.fullmatch(source):
            raise bad("`trust` has to give ranks to sources, whose names are small letters, digits and _")
        whole(rank, f"`trust.{source}`", -MOST, MOST)
    return ranks
