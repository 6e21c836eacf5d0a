"""Contracts of the log: versions of rules that were proposed, who approved them, and which are in force.

An activation has the text with it, so what was put in force stays so when a later package ships another.

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
    """A version of a contract. One that comes or came with the package needs nobody's approval; it has an entry (`seq`,
    `at`, `actor`, `reason`) only where somebody proposed or activated it.
    """

    name: str
    version: str
    seq: int | None
    at: dt.datetime | None
    actor: str | None
    reason: str
    approved_by: str | None
    active: bool
    shipped: bool


def propose(database: Database, name: str, text: str, actor: str, reason: str) -> Known:
    """Enter a contract (canonical JSON, checked) in the log; `already_known` where it is there."""
    made = version(text)
    with database.transaction() as connection:
        lock_transaction(connection, "log")
        if any((one.name, one.version) == (name, made) for one in listed(connection)):
            raise BadInputError("already_known", f"{made} says the same", "`velocity contract list` lists it")
        log.append(connection, "contract", {"name": name, "version": made, "text": text, "reason": reason}, actor)
        return _exact(connection, name, made)


def approve(database: Database, named: str, actor: str, reason: str, *, alone: bool) -> Known:
    """Say that a proposed contract may come into force: somebody else than its author, unless `alone` may do.

    `unknown_contract`, `already_approved`, `own_proposal`.
    """
    with database.transaction() as connection:
        lock_transaction(connection, "log")
        known = find(listed(connection), named)
        if known.shipped or known.approved_by is not None:
            raise BadInputError("already_approved", f"{known.version} is approved", "`velocity contract activate` it")
        if known.actor == actor and not alone:
            raise BadInputError("own_proposal", f"{actor} proposed it", "somebody else has to approve it")
        payload = {"name": known.name, "approves": known.version, "reason": reason}
        log.append(connection, "contract", payload, actor)
        return _exact(connection, known.name, known.version)


def activate(database: Database, named: str, actor: str, reason: str) -> Known:
    """Let an approved contract be in force from the next publication on; that of the one before undoes it.

    `unknown_contract`, `not_approved`, `already_active`.
    """
    with database.transaction() as connection:
        lock_transaction(connection, "log")
        known = find(listed(connection), named)
        if known.active:
            raise BadInputError("already_active", f"{known.version} is in force", "nothing is to be done")
        if not known.shipped and known.approved_by is None:
            raise BadInputError("not_approved", f"nobody approved {known.version}", "`velocity contract approve` it")
        said = {"name": known.name, "activates": known.version, "text": text(connection, known), "reason": reason}
        log.append(connection, "contract", said, actor)
        return _exact(connection, known.name, known.version)


def find(known: list[Known], named: str) -> Known:
    """The contract of that version, or of one that begins so; `NAME:VERSION` as well. `unknown_contract`."""
    name, _, start = named.rpartition(":")
    found = [one for one in known if one.version.startswith(start) and name in ("", one.name)] if start else []
    if not found:
        hint = "`velocity contract list` lists them"
        raise BadInputError("unknown_contract", f"no contract has the version {named}", hint)
    if len(found) > 1:
        raise BadInputError("unknown_contract", f"several contracts have the version {named}", _hint(found))
    return found[0]


def _hint(found: list[Known]) -> str:
    return "write more of it" if len({one.version for one in found}) > 1 else "write it as NAME:VERSION"


def _exact(connection: Connection, name: str, of: str) -> Known:
    return next(one for one in listed(connection) if (one.name, one.version) == (name, of))


def text(connection: Connection, known: Known) -> str:
    """What a contract says, as canonical JSON."""
    return shipped(known.name) if known.seq is None else str(log.payload(connection, known.seq)["text"])


def listed(connection: Connection, upto: int | None = None) -> list[Known]:
    """All contracts by name and version, up to a cut of the log: what is shipped now, then others, oldest first."""
    entries = log.payloads(connection, "contract", upto)
    query = select(LogEntry.seq, LogEntry.at, LogEntry.actor).where(LogEntry.kind == "contract")
    heads = {entry.seq: entry for entry in connection.execute(query)}
    own = {name: version(shipped(name)) for name in NAMES}
    active = own | {said["name"]: said["activates"] for _, said in entries if "activates" in said}
    approved = {(said["name"], said["approves"]): heads[seq].actor for seq, said in entries if "approves" in said}
    proposed = {(said["name"], said["version"]) for _, said in entries if "version" in said}
    found = {
        (name, of): Known(name, of, None, None, None, "", None, active[name] == of, True) for name, of in own.items()
    }
    for seq, said in reversed(entries):  # of several entries the first counts
        if "text" in said:
            name, of, head = said["name"], said.get("version") or said["activates"], heads[seq]
            came = of == own[name] or (name, of) not in proposed
            facts = (head.at, head.actor, said["reason"], approved.get((name, of)), active[name] == of, came)
            found[name, of] = Known(name, of, seq, *facts)
    return sorted(found.values(), key=lambda one: (one.name, one.version != own[one.name], one.seq or 0))


def in_force(connection: Connection, upto: int | None = None) -> pl.DataFrame:
    """The contracts of a cut (CONTRACTS), as they were activated; one of which nobody said so has no row."""
    entries = [said for _, said in log.payloads(connection, "contract", upto)]
    texts = {(said["name"], said["version"]): said["text"] for said in entries if "version" in said}
    active = {said["name"]: said for said in entries if "activates" in said}
    named = [(name, said["activates"], said.get("text")) for name, said in active.items()]
    rows = [(name, of, said or texts.get((name, of))) for name, of, said in named]  # older activations have no text
    return pl.DataFrame([row for row in rows if row[2]], schema=CONTRACTS, orient="row")
