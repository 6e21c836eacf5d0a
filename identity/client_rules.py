"""What the contracts `client360` and `completeness` may say, checked as they are read.

Not here: the signals of `qualification` (`identity.signals`), and what the rules do (`identity.client360`,
`identity.completeness`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from identity.contracts.forms import CURRENCY, MOST_DAYS, bad, share, table, whole, words
from identity.fields import ENTITIES, FIELDS, RESOLVED
from identity.frames import Schema

LIMITS: Schema = {"cadence_days": pl.Int64(), "rejected_share": pl.Float64()}


def client360(said: Any) -> dict[str, Any]:
    """The contract as it is: `currency` (an ISO 4217 code or null), `matters` {entity: [field, …]}; `bad_contract`."""
    found = table(said, "the contract", ("currency", "matters"), whole=True)
    currency = found["currency"]
    if currency is not None and not CURRENCY.fullmatch(str(currency)):
        raise bad("its currency is no code of three capitals")
    matters = table(found["matters"], "`matters`", RESOLVED, whole=True)
    for entity in RESOLVED:
        if matters[entity] != []:  # it may be that nothing does
            words(matters[entity], f"`matters.{entity}`", [f.name for f in FIELDS[entity] if f.ref is None])
    return found


def completeness(said: Any) -> dict[str, Any]:
    """The contract as it is: both LIMITS, and `sources` {source: {entity: {limit: …}}}; `bad_contract`."""
    found = table(said, "the contract", (*LIMITS, "sources"), whole=True)
    _limits({name: found[name] for name in LIMITS}, "the contract")
    for source, of_source in table(found["sources"], "`sources`").items():
        for entity, limits in table(of_source, f"`sources.{source}`", ENTITIES).items():
            _limits(limits, f"`sources.{source}.{entity}`")
    return found


def _limits(said: Any, where: str) -> None:
    found = table(said, where, LIMITS)
    if found.get("cadence_days") is not None:
        whole(found["cadence_days"], f"`cadence_days` of {where}", 1, MOST_DAYS)
    share(found.get("rejected_share", 0), f"`rejected_share` of {where}")
