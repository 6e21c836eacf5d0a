"""Trained epochs and which of them are in force: objects in the storage root, and entries of the log.

Not here: how weights are learned (`identity.training`), and what follows from one (`identity.stages`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection, select

from identity.account_model import ACCOUNT
from identity.contact_model import CONTACT
from identity.epoch import Epoch, shipped
from identity.errors import BadInputError
from identity.fields import RESOLVED, Entity
from identity.frames import EPOCHS
from identity.model import Model
from resources import log
from resources.database import lock_transaction
from resources.publishing import newest_run, published_frame
from resources.storage import Storage
from resources.tables import LogEntry
from resources.workspace import Workspace

MODELS: dict[Entity, Model] = {"contact": CONTACT, "account": ACCOUNT}


@dataclass(frozen=True, slots=True)
class Known:
    """An epoch that may be activated; those that come with the package have no entry."""

    id: str
    entity: Entity
    records: int  # that it was trained on
    sha256: str | None
    seq: int | None
    at: dt.datetime | None
    actor: str | None
    active: bool


def train(workspace: Workspace, entity: Entity, actor: str) -> Epoch:
    """Train an epoch on the current records, keep it and enter it in the log; errors of `identity.training.train`."""
    from identity.training import train as learn  # noqa: PLC0415 - Splink and DuckDB load only where they are used

    if newest_run(workspace.database) is None:
        raise BadInputError("too_small", "nothing is published yet", "import a file first")
    epoch = learn(published_frame(workspace, f"{entity}_records"), MODELS[entity], "the records of this platform")
    register(workspace, epoch, actor)
    return epoch


def register(workspace: Workspace, epoch: Epoch, actor: str) -> bool:
    """Keep a trained epoch and enter it in the log; False where it is known already."""
    text = epoch.dump().encode()
    facts = {"epoch": epoch.id, "entity": epoch.entity, "records": epoch.origin["records"]}
    stored = {**facts, "sha256": workspace.storage.put("epochs", text)}
    with workspace.database.transaction() as connection:
        lock_transaction(connection, "log")
        if epoch.id in {known.id for known in listed(connection)}:
            return False
        log.append(connection, "epoch", {"trained": stored}, actor)
    return True


def activate(workspace: Workspace, name: str, actor: str, reason: str) -> Known:
    """Let an epoch be in force from the next publication on; activating the one before is what undoes it.

    `unknown_epoch`, `already_active`.
    """
    with workspace.database.transaction() as connection:
        lock_transaction(connection, "log")
        known = find(listed(connection), name)
        if known.active:
            raise BadInputError("already_active", f"{known.id} is in force", "nothing is to be done")
        payload = {"activates": known.id, "entity": known.entity, "reason": reason}
        log.append(connection, "epoch", payload, actor)
    return known


def find(known: list[Known], name: str) -> Known:
    """The epoch of that id, or of an id that begins so; `unknown_epoch`."""
    found = [one for one in known if one.id == name] or [one for one in known if one.id.startswith(name)]
    if len(found) != 1:
        what = "no epoch is" if not found else "several epochs are"
        raise BadInputError("unknown_epoch", f"{what} called {name}", "`velocity model list` lists them")
    return found[0]


def listed(connection: Connection, upto: int | None = None) -> list[Known]:
    """All epochs by entity: the shipped one, then those trained, oldest first, up to a cut of the log."""
    entries = log.payloads(connection, "epoch", upto)
    active = {said["entity"]: said["activates"] for _, said in entries if "activates" in said}
    query = select(LogEntry.seq, LogEntry.at, LogEntry.actor).where(LogEntry.kind == "epoch")
    heads = {e.seq: e for e in connection.execute(query)}
    found = [_shipped(entity, active) for entity in RESOLVED]
    for seq, said in entries:
        if "trained" in said:
            one, head = said["trained"], heads[seq]
            is_active = active.get(one["entity"]) == one["epoch"]
            stamp = (one["sha256"], seq, head.at, head.actor)
            found.append(Known(one["epoch"], one["entity"], one["records"], *stamp, is_active))
    return sorted(found, key=lambda one: (RESOLVED.index(one.entity), one.seq or 0))


def _shipped(entity: Entity, active: dict[str, str]) -> Known:
    epoch = shipped(entity)
    is_active = active.get(entity, epoch.id) == epoch.id
    return Known(epoch.id, entity, epoch.origin["records"], None, None, None, None, is_active)


def in_force(connection: Connection, storage: Storage, upto: int | None = None) -> pl.DataFrame:
    """The epochs of a cut (EPOCHS); an entity whose shipped epoch is in force has no row."""
    chosen = [one for one in listed(connection, upto) if one.active and one.sha256]
    rows = [(one.entity, one.id, storage.get("epochs", one.sha256 or "").decode()) for one in chosen]
    return pl.DataFrame(rows, schema=EPOCHS, orient="row")


def read(storage: Storage, known: Known) -> str:
    """The text of an epoch, as `identity.epoch.load` takes it."""
    return storage.get("epochs", known.sha256).decode() if known.sha256 else shipped(known.entity).dump()
