"""Why a golden value won and the others lost: all candidates of one entity's field in their order, with reasons.

Not here: the order itself (`identity.survivorship_candidates`), and where the candidates stand in files
(`velocity_pipelines.tracing`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import polars as pl

from identity.survivorship import OVERRIDE
from identity.survivorship_candidates import BY, Candidates, candidates, of_unit, ranking, values_of
from identity.survivorship_rules import MAIN, Rules, Unit

INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Candidate(NamedTuple):
    """One candidate. `key` is the record that says it (of a list the latest), `held_by` all that do.

    `scores`: by criterion what is compared. `lost_by`: the first criterion in which it is behind the value that was
    asked for, `won_by` (of lists) in which it is before it; where all are equal, `key` or `value`, which end a tie.
    """

    rank: int
    value: str | None
    key: str
    role: str
    held_by: list[str]
    scores: dict[str, Any]
    lost_by: str | None
    won_by: str | None
    decision: int | None  # that set the value


def contest(
    records: pl.DataFrame, field: str, rules: Rules, overrides: pl.DataFrame, asked: int = 1
) -> list[Candidate]:
    """The candidates for a field of the one entity that these records are; `asked`: the rank that others are told
    against.
    """
    pool = candidates(records, records.select("key", id=pl.lit("")))
    unit = rules.unit_of(field)
    rows = _of_list(pool, unit, rules) if unit in rules.lists else _of_unit(pool, unit, field, rules)
    mine = (pl.col("entity") == rules.entity) & (pl.col("field") == field) & pl.col("key").is_in(pool.keys.implode())
    said = overrides.filter(mine).sort("seq", descending=True).to_dicts()
    if unit in rules.lists and said:  # it stands there once
        said, rows = said[:1], [row for row in rows if row["value"] != said[0]["value"]]
    found = [_by_person(one) for one in said] + rows
    against = found[asked - 1] if asked <= len(found) else None
    tie = "value" if unit in rules.lists else "key"
    return [_told(number, row, asked, against, unit, tie) for number, row in enumerate(found, start=1)]


def _by_person(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "value": said["value"], "key": said["key"], "role": MAIN, "held_by": [said["key"]], "decision": said["seq"],
        "compared": {}, "scores": {OVERRIDE: said["seq"]},
    }  # fmt: skip


def _of_unit(pool: Candidates, unit: Unit, field: str, rules: Rules) -> list[dict[str, Any]]:
    own = of_unit(pool, unit, rules.entity)
    ranked = ranking(own, unit, rules)
    ranked = ranked.with_columns(value=own.values[field].gather(ranked["r"]), key=pool.keys.gather(ranked["record"]))
    return [_row(row, unit, pool, unit.roles[row["role"]], [row["key"]]) for row in ranked.to_dicts()]


def _of_list(pool: Candidates, unit: Unit, rules: Rules) -> list[dict[str, Any]]:
    ranked = values_of(of_unit(pool, unit, rules.entity), unit, rules)
    ranked = ranked.with_columns(key=pool.keys.gather(ranked["r"]), record="r")
    held = pool.values.select("key", value=unit.name).explode("value", empty_as_null=False, keep_nulls=False)
    holders = dict(held.sort("key").group_by("value", maintain_order=True).agg("key").iter_rows())
    return [_row(row, unit, pool, MAIN, holders[row["value"]]) for row in ranked.to_dicts()]


def _row(row: dict[str, Any], unit: Unit, pool: Candidates, role: str, held_by: list[str]) -> dict[str, Any]:
    compared = {criterion: row[BY + criterion] for criterion in unit.criteria}
    at = pool.values["version_at"][row["record"]].strftime(INSTANT)
    readable = {
        "role": role,
        "validity": bool(compared.get("validity")),
        "completeness": list(unit.tiers[-(compared.get("completeness") or 1)]),
        "recency": at,
        "earliest": row["value"],
        "latest": row["value"],
    }
    scores = {name: readable.get(name, score) for name, score in compared.items()}
    return {
        "value": row["value"], "key": row["key"], "role": role, "held_by": held_by, "decision": None,
        "compared": compared, "scores": scores,
    }  # fmt: skip


def _told(
    rank: int, row: dict[str, Any], asked: int, against: dict[str, Any] | None, unit: Unit, tie: str
) -> Candidate:
    reason = None if against is None or rank == asked else _differs(row, against, unit, tie)
    facts = {name: row[name] for name in ("value", "key", "role", "held_by", "scores", "decision")}
    return Candidate(
        rank=rank, lost_by=reason if rank > asked else None, won_by=reason if rank < asked else None, **facts
    )


def _differs(one: dict[str, Any], other: dict[str, Any], unit: Unit, tie: str) -> str:
    """The first criterion that tells two candidates apart."""
    if one["decision"] or other["decision"]:
        return OVERRIDE
    told = (name for name in unit.criteria if one["compared"][name] != other["compared"][name])
    return next(told, tie)
