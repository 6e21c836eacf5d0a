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
from resources import decisions, erasures
from resources.tables import RecordHome
from resources.workspace import Workspace
from velocity_pipelines.erasing import person, rows
from velocity_pipelines.showing import follow


@dataclass(frozen=True, slots=True)
class Plan:
    """`rows` (ROW), the `ids` that lead to the person and the other ones that `stood` for them (id, from version, to
    before), the `keys` of records, texts that only they bear (`names`) and that others may bear too (`spoken`), the
    `tokens` by which they are known again, and the `accounts` that only they told of.
    """

    canonical_id: str
    ids: list[str]
    stood: list[tuple[str, int, int]]
    rows: pl.DataFrame
    keys: frozenset[str]
    names: frozenset[str]
    spoken: frozenset[str]
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
        issued = follow(connection, name)
    if issued["entity"] != "contact":
        raise BadInputError("bad_entity", f"{name} is no contact", "a person is a contact: contact:c_…")
    whole = _again if issued["state"] == "erased" else _whole
    return whole(workspace, issued["canonical_id"])


def _whole(workspace: Workspace, canonical_id: str) -> Plan:
    records = rows.all_records(workspace)
    with workspace.database.transaction() as connection:
        ids = person.ids_of(connection, canonical_id)
        own = person.keys_of(connection, ids)
        stood = person.stood(connection, own, ids)
        said = decisions.ever_set(connection)
    versions, others = (records["contact"].filter(pl.col("key").is_in(own) == is_own) for is_own in (True, False))
    mine = person.as_set(versions, (one for one in said if one.key in own))
    theirs = person.as_set(others, (one for one in said if one.key not in own))
    marks = sorted(person.alone(person.marks_of(mine), person.marks_of(theirs)))
    names = sorted({*marks, *person.alone(person.names_of(mine), person.names_of(theirs))})
    keys = own.union(*(rows.keys_about(records[entity], own, names) for entity in rows.TOLD))
    derived = person.derived_only(records["contact"], versions)
    found = [rows.accepted(records, keys), *rows.not_taken(workspace, rows.Sought(own, keys, marks, names))]
    telling = person.telling_ids(own)
    return Plan(
        canonical_id,
        ids,
        stood,
        rows.in_all_batches(workspace, pl.concat(found)),
        keys=frozenset({*keys, *derived}),
        names=frozenset({*names, *person.alone(telling, person.among_ids(others, telling))}),
        spoken=frozenset({*person.names_of(mine), *person.marks_of(mine), *telling}),
        tokens=person.known_by(mine, theirs, {*keys, *derived}),
        accounts=_homes(workspace, derived),
    )


def _again(workspace: Workspace, canonical_id: str) -> Plan:
    """Of somebody who is erased: what came in since and is held."""
    entries = erasures.read(workspace).of("erases")
    hashes = {digest for _, said in entries if said["erases"] == canonical_id for digest in said["hashes"]}
    every = rows.in_all_batches(workspace, rows.held(workspace, hashes))
    nothing: frozenset[str] = frozenset()
    return Plan(canonical_id, [canonical_id], [], every, nothing, nothing, nothing, pl.Series([], dtype=pl.String), [])


def _homes(workspace: Workspace, keys: set[str]) -> list[str]:
    with workspace.database.transaction() as connection:
        homes = connection.execute(select(RecordHome.home).where(RecordHome.key.in_(keys))).scalars()
        return sorted(set(homes))
