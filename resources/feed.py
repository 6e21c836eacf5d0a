"""The feed of changes: which clients a publication added, updated and in what, or removed. For consumers, who read on
from the version that they know; what a client was before stands in the history.

Not here: what happened to ids (`resources.ledger`).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from sqlalchemy import Connection, text

from identity.fields import RESOLVED, Entity
from resources.database import copy
from resources.deltas import Delta
from resources.tables.history import columns_of, history_name

PAYLOAD = "payload"
UNSAID = ("canonical_id", "version", PAYLOAD)


def tell(connection: Connection, deltas: Mapping[str, Delta], version: int) -> None:
    """Write the feed of a version whose rows are written."""
    for entity in RESOLVED:
        for change, rows in {"added": deltas[entity].added, "removed": deltas[entity].removed}.items():
            facts = {"entity": pl.lit(entity), "change": pl.lit(change), "version": pl.lit(version, pl.Int64)}
            copy(connection, "change", rows.select("canonical_id", **facts))
        if deltas[entity].updated.height or deltas[f"{entity}_360"].updated.height:
            connection.execute(text(_updated(entity)), {"version": version, "entity": entity})


def _updated(entity: Entity) -> str:
    """Each client of which a row was replaced, and the names of what differs: columns, and sections of the payload."""
    differing = " union all ".join(_differing(name) for name in (entity, f"{entity}_360"))
    return f"""
        insert into change (version, canonical_id, entity, change, fields)
        select :version, canonical_id, :entity, 'updated',
            coalesce(array_agg(distinct field collate "C") filter (where field is not null), '{{}}')
        from ({differing}) differing left join lateral unnest(fields) field on true group by canonical_id"""


def _differing(name: str) -> str:
    columns = [c for c in columns_of(name) if c not in UNSAID]
    cases = ", ".join(f"""case when h."{c}"::text is distinct from t."{c}"::text then '{c}' end""" for c in columns)
    fields = f"array_remove(array[{cases}], null)"
    if PAYLOAD in columns_of(name):
        fields = f"""{fields} || array(
            select key from json_each_text(t.payload) n full join json_each_text(h.payload) o using (key)
            where n.value is distinct from o.value)"""
    return f"""
        select t.canonical_id, {fields} fields from "{history_name(name)}" h
        join "{name}" t using (canonical_id) where h.ended = :version"""
