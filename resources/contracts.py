"""Contracts of the log: versions of rules that were proposed, who approved them, and which are in force.

Not here: what they say (`identity.contracts`), and whether it can be used (`identity.contracts.checking`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection, select

from identity.contracts import NAMES, shipped, version
from identity.errors import BadInputError
from identity.frames import CONTRACTS
from resources import log
from resources.database import Database, lock_transaction
from resources.tables import LogEntry


@dataclass(frozen=True, slots=True)
class Known:
    """A version of a contract; the shipped one has no entry of its own, and needs nobody's approval."""

    name: str
    version: str
    seq: int | None
    at: dt.datetime | None
    actor: str | None
    reason: str
    approved_by: str | None
    active: bool

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with the package."""
        return self.seq is None


def propose(database: Database, name: str, text: str, actor: str, reason: str) -> Known:
    """Enter a contract (canonical JSON, checked) in the log; `already_known` where it is there."""
    made = version(text)
    with database.transaction() as connection:
        lock_transaction(connection, "log")
        if any((one.name, one.version) == (name, made) for one in listed(connection)):
            raise BadInputError("already_known", f"{made} says the same", "`velocity contract list` lists it")
        log.append(connection, "contract", {"name": name, "version": made, "text": text, "reason": reason}, actor)
        return find(listed(connection), made)


def approve(database: Database, named: str, actor: str, reason: str, *, alone: bool) -> Known:
    """Say that a proposed contract may come into force: somebody else than its author, unless `alone` may do.

    `unknown_contract`, `already_approved`, `own_proposal`.
    """
    with database.transaction() as connection:
        lock_transaction(connection, "log")
        known = find(listed(connection), named)
        if known.is_shipped or known.approved_by is not None:
            raise BadInputError("already_approved", f"{known.version} is approved", "`velocity contract activate` it")
        if known.actor == actor and not alone:
            raise BadInputError("own_proposal", f"{actor} proposed it", "somebody else has to approve it")
        payload = {"name": known.name, "approves": known.version, "reason": reason}
        log.append(connection, "contract", payload, actor)
        return find(listed(connection), known.version)


def activate(database: Database, named: str, actor: str, reason: str) -> Known:
    """Let an approved contract be in force from the next publication on; that of the one before undoes it.

    `unknown_contract`, `not_approved`, `already_active`.
    """
    with database.transaction() as connection:
        lock_transaction(connection, "log")
        known = find(listed(connection), named)
        if known.active:
            raise BadInputError("already_active", f"{known.version} is in force", "nothing is to be done")
        if not known.is_shipped and known.approved_by is None:
            raise BadInputError("not_approved", f"nobody approved {known.version}", "`velocity contract approve` it")
        payload = {"name": known.name, "activates": known.version, "reason": reason}
        log.append(connection, "contract", payload, actor)
        return find(listed(connection), known.version)


def find(known: list[Known], named: str) -> Known:
    """The contract of that version, or of one that begins so; `unknown_contract`."""
    found = [one for one in known if one.version.startswith(named)] if named else []
    if len(found) != 1:
        what = "no contract has" if not found else "several contracts have"
        raise BadInputError("unknown_contract", f"{what} the version {named}", "`velocity contract list` lists them")
    return found[0]


def text(connection: Connection, known: Known) -> str:
    """What a contract says, as canonical JSON."""
    return shipped(known.name) if known.seq is None else str(log.payload(connection, known.seq)["text"])


def listed(connection: Connection, upto: int | None = None) -> list[Known]:
    """All contracts by name: the shipped one, then those proposed, oldest first, up to a cut of the log."""
    entries = log.payloads(connection, "contract", upto)
    query = select(LogEntry.seq, LogEntry.at, LogEntry.actor).where(LogEntry.kind == "contract")
    heads = {entry.seq: entry for entry in connection.execute(query)}
    active = {said["name"]: said["activates"] for _, said in entries if "activates" in said}
    approved = {(said["name"], said["approves"]): heads[seq].actor for seq, said in entries if "approves" in said}
    found = [_shipped(name, active) for name in NAMES]
    for seq, said in entries:
        if "text" in said:
            name, of, head = said["name"], said["version"], heads[seq]
            by, is_active = approved.get((name, of)), active.get(name) == of
            found.append(Known(name, of, seq, head.at, head.actor, said["reason"], by, is_active))
    return sorted(found, key=lambda one: (one.name, one.seq or 0))


def _shipped(name: str, active: dict[str, str]) -> Known:
    own = version(shipped(name))
    return Known(name, own, None, None, None, "", None, active.get(name, own) == own)


def in_force(connection: Connection, upto: int | None = None) -> pl.DataFrame:
    """The contracts of a cut (CONTRACTS); one whose shipped version is in force has no row."""
    entries = [said for _, said in log.payloads(connection, "contract", upto)]
    active = {said["name"]: said["activates"] for said in entries if "activates" in said}
    texts = {(said["name"], said["version"]): said["text"] for said in entries if "text" in said}
    rows = [(*chosen, texts[chosen]) for chosen in active.items() if chosen in texts]
    return pl.DataFrame(rows, schema=CONTRACTS, orient="row")
