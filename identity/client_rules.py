"""What the contracts `client360` and `completeness` may say, checked as they are read.

Not here: the signals of `qualification` (`identity.signals`), and what the rules do (`identity.client360`,
`identity.completeness`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from identity.errors import BadInputError
from identity.fields import ENTITIES, FIELDS, RESOLVED

LIMITS = ("cadence_days", "rejected_share")


def client360(said: Any) -> dict[str, Any]:
    """The contract as it is: `currency` (an ISO 4217 code or null), `matters` {entity: [field, …]}; `bad_contract`."""
    found = _table(said, "the contract", ("currency", "matters"))
    currency = found["currency"]
    if currency is not None and not re.fullmatch("[A-Z]{3}", str(currency)):
        raise _bad("its currency is no code of three capitals")
    matters = _table(found["matters"], "`matters`", RESOLVED)
    for entity in RESOLVED:
        known = {field.name for field in FIELDS[entity] if field.ref is None}
        names = matters[entity]
        if not isinstance(names, list) or not known.issuperset(names):
            raise _bad(f"what matters of {entity} is no list of its fields")
    return found


def completeness(said: Any) -> dict[str, Any]:
    """The contract as it is: both LIMITS, and `sources` {source: {entity: {limit: …}}}; `bad_contract`."""
    found = _table(said, "the contract", (*LIMITS, "sources"))
    _limits({name: found[name] for name in LIMITS})
    for of_source in _table(found["sources"], "`sources`").values():
        for entity, limits in _table(of_source, "a source").items():
            if entity not in ENTITIES:
                raise _bad("a source has an entity that there is not")
            _limits(_table(limits, "a source's entity"))
    return found


def _limits(said: dict[str, Any]) -> None:
    if not set(said) <= set(LIMITS):
        raise _bad(f"limits are {' and '.join(LIMITS)}")
    days, share = said.get("cadence_days"), said.get("rejected_share", 0)
    if days is not None and (type(days) is not int or not 1 <= days <= 3650):
        raise _bad("a cadence is null or a number of days, up to 3650")
    if type(share) not in (int, float) or not 0 <= share <= 1:
        raise _bad("a rejected share is between 0 and 1")


def _table(said: Any, what: str, names: Iterable[str] | None = None) -> dict[str, Any]:
    if not isinstance(said, dict) or (names is not None and set(said) != set(names)):
        raise _bad(f"{what} is no table{'' if names is None else ' of ' + ', '.join(names)}")
    return said


def _bad(why: str) -> BadInputError:
    return BadInputError("bad_contract", f"the contract cannot be used: {why}", "mend the file")
