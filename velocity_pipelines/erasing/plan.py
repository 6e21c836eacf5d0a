"""What an erasure would destroy, found before anything is written. A record goes with all its versions.

Not here: what is done with it (`velocity_pipelines.erasing.doing`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import polars as pl
from sqlalchemy import select

from identity.errors import BadInputError
from resources import erasures
from resources.tables import RecordHome
from resources.workspace import Workspace
from velocity_pipelines.erasing import person, rows
from velocity_pipelines.showing import follow


@dataclass(frozen=True, slots=True)
class Plan:
    """`rows` (ROW), the `keys` of records, texts that name the person (`names`), the `tokens` by which they are known
    again, and the `accounts` that only they told of.
    """

    canonical_id: str
    rows: pl.DataFrame
    keys: frozenset[str]
    names: frozenset[str]
    tokens: pl.Series
    accounts: list[str]

    @property
    def batches(self) -> dict[str, list[int]]:
        """Lines by batch."""
        grouped = self.rows.sort("batch", "line").group_by("batch", maintain_order=True).agg("line")
        return dict(grouped.iter_rows())

    @property
    def effect(self) -> str:
        """A hash over the batches and lines."""
        return hashlib.sha256(json.dumps([self.canonical_id, self.batches], sort_keys=True).encode()).hexdigest()


def plan(workspace: Workspace, name: str) -> Plan:
    """What is to be erased of the contact that an id names; `unknown_id`, `bad_entity`."""
    with workspace.database.transaction() as connection:
        issued = follow(connection, name.rpartition(":")[2])
    if issued["entity"] != "contact":
        raise BadInputError("bad_entity", f"{name} is no contact", "a person is a contact: contact:c_…")
    whole = _again if issued["state"] == "erased" else _whole
    return whole(workspace, issued["canonical_id"])


def _whole(workspace: Workspace, canonical_id: str) -> Plan:
    records = rows.all_records(workspace)
    contacts = records["contact"]
    with workspace.database.transaction() as connection:
        own = person.keys_of(connection, canonical_id)
    versions, others = (contacts.filter(pl.col("key").is_in(own) == is_own) for is_own in (True, False))
    marks = sorted(person.alone(person.marks_of(versions), person.marks_of(others)))
    names = sorted({*marks, *person.alone(person.names_of(versions), person.names_of(others))})
    keys = own.union(*(rows.keys_about(records[entity], own, names) for entity in rows.TOLD))
    derived = person.derived_only(contacts, versions)
    found = [rows.accepted(records, keys), *rows.not_taken(workspace, rows.Sought(own, keys, marks, names))]
    known = person.known_by(versions, others, {*keys, *derived})
    named = {*person.names_of(versions), *person.marks_of(versions), *person.telling_ids(own)}
    every = rows.in_all_batches(workspace, pl.concat(found))
    return Plan(canonical_id, every, frozenset({*keys, *derived}), frozenset(named), known, _homes(workspace, derived))


def _again(workspace: Workspace, canonical_id: str) -> Plan:
    """Of somebody who is erased: what came in since and is held."""
    entries = erasures.read(workspace).of("erases")
    hashes = {digest for _, said in entries if said["erases"] == canonical_id for digest in said["hashes"]}
    every = rows.in_all_batches(workspace, rows.held(workspace, hashes))
    return Plan(canonical_id, every, frozenset(), frozenset(), pl.Series([], dtype=pl.String), [])


def _homes(workspace: Workspace, keys: set[str]) -> list[str]:
    with workspace.database.transaction() as connection:
        homes = connection.execute(select(RecordHome.home).where(RecordHome.key.in_(keys))).scalars()
        return sorted(set(homes))
