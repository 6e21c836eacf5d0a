"""People's words on pairs of records and on golden values, as entries of the log.

Not here: what they amount to together (`identity.judgements`), and withdrawn batches (`resources.catalog`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, select

from identity.errors import BadInputError
from identity.fields import RESOLVED, Entity
from identity.frames import JUDGED, OVERRIDES
from identity.judgements import Decision, Judgement
from resources import log
from resources.database import Database, lock_transaction
from resources.tables import LogEntry


@dataclass(frozen=True, slots=True)
class Said:
    """A decision as it stands in the log; `shown`: the state of each record (hex) when it was made."""

    decision: Decision
    actor: str
    at: dt.datetime
    reason: str
    shown: dict[str, str]


def judge(
    database: Database, judgements: Sequence[Judgement], actor: str, reason: str, shown: dict[str, str]
) -> Decision:
    """Enter a decision. `bad_decision` where it judges a record against itself, or records of different entities."""
    for judgement in judgements:
        _check(judgement)
    payload = {"judgements": [list(j) for j in judgements], "reason": reason, "shown": shown}
    with database.transaction() as connection:
        return Decision(log.append(connection, "decision", payload, actor), tuple(judgements))


def _check(judgement: Judgement) -> None:
    entities = {key.split(":", 2)[1] if key.count(":") >= 2 else "" for key in judgement[1:]}
    if judgement.left == judgement.right:
        raise BadInputError("bad_decision", f"{judgement.left} is one record, not two", "name two records")
    if len(entities) > 1 or not entities <= set(RESOLVED):
        raise BadInputError(
            "bad_decision", "both must be contacts, or both accounts", "name records as source:entity:id"
        )


@dataclass(frozen=True, slots=True)
class Override:
    """A golden value as a person set it; it hangs on the record key, whatever cluster that is in."""

    entity: Entity
    key: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class SaidOfField:
    """An override as it stands in the log."""

    seq: int
    override: Override
    actor: str
    at: dt.datetime
    reason: str


def override(database: Database, said: Override, actor: str, reason: str) -> int:
    """Enter an override, whose value is one of its field; the number of the entry."""
    with database.transaction() as connection:
        return log.append(connection, "decision", {"overrides": asdict(said), "reason": reason}, actor)


def retract(database: Database, seq: int, actor: str, reason: str) -> None:
    """Take a decision back. `unknown_decision` where there is none of that number, or it is taken back already."""
    with database.transaction() as connection:
        lock_transaction(connection, "log")
        if seq not in {seq for seq, _ in _standing(connection)}:
            raise BadInputError(
                "unknown_decision", f"no decision {seq} is in force", "`velocity decisions list` lists them"
            )
        log.append(connection, "decision", {"retracts": seq, "reason": reason}, actor)


def read(connection: Connection, upto: int | None = None) -> list[Said]:
    """The decisions that are not retracted, oldest first, up to a cut."""
    heads = _heads(connection)
    return [
        Said(_decision(seq, said), heads[seq].actor, heads[seq].at, said["reason"], said["shown"])
        for seq, said in _standing(connection, upto)
        if "judgements" in said
    ]


def set_by_people(connection: Connection, upto: int | None = None) -> list[SaidOfField]:
    """The overrides that are not retracted, oldest first, up to a cut."""
    heads = _heads(connection)
    return [
        SaidOfField(seq, Override(**said["overrides"]), heads[seq].actor, heads[seq].at, said["reason"])
        for seq, said in _standing(connection, upto)
        if "overrides" in said
    ]


def ever_set(connection: Connection) -> list[Override]:
    """Every override, oldest first, those that were retracted too."""
    found = log.payloads(connection, "decision")
    return [Override(**said["overrides"]) for _, said in found if "overrides" in said]


def overrides(connection: Connection, upto: int | None = None) -> pl.DataFrame:
    """The same as a frame (OVERRIDES)."""
    found = [(seq, said["overrides"]) for seq, said in _standing(connection, upto) if "overrides" in said]
    rows = [(seq, *(said[name] for name in ("entity", "key", "field", "value"))) for seq, said in found]
    return pl.DataFrame(rows, schema=OVERRIDES, orient="row")


def _standing(connection: Connection, upto: int | None = None) -> list[tuple[int, dict[str, Any]]]:
    """Numbers and payloads of what people judged and set and did not take back."""
    found = log.payloads(connection, "decision", upto)
    retracted = {said.get("retracts") for _, said in found}
    own = ("judgements", "overrides")
    return [(seq, said) for seq, said in found if seq not in retracted and any(name in said for name in own)]


def _heads(connection: Connection) -> dict[int, Row[int, str, dt.datetime]]:
    query = select(LogEntry.seq, LogEntry.actor, LogEntry.at).where(LogEntry.kind == "decision")
    return {entry.seq: entry for entry in connection.execute(query)}


def judged(connection: Connection, upto: int | None = None) -> pl.DataFrame:
    """Their judgements (JUDGED), one a row."""
    rows = [
        (said.decision.seq, *judgement) for said in read(connection, upto) for judgement in said.decision.judgements
    ]
    return pl.DataFrame(rows, schema=JUDGED, orient="row")


def _decision(seq: int, said: dict[str, Any]) -> Decision:
    return Decision(seq, tuple(Judgement(*judgement) for judgement in said["judgements"]))
