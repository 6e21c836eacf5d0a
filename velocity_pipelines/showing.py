"""The client-360 of one id, as its view says it now, with its sources down to the line of a file.

Every id ever issued resolves: live, forwarded to another, or gone. Not here: how a 360 is made (`identity.client360`,
`resources.views`), nor how it is put in words (`velocity_pipelines.wording`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy import Connection, func, select

from identity.errors import BadInputError
from resources.catalog import newest_version
from resources.erasures import Erasures
from resources.publishing import published_frame
from resources.tables import Batch, CanonicalId, Contact360, Crosswalk, table
from resources.workspace import Workspace
from velocity_pipelines import deleted


def client(workspace: Workspace, name: str) -> dict[str, Any]:
    """The client-360 that an id names; `unknown_id` if it was never issued. `rows` are the lines of deals and touches
    that its signals rest on.
    """
    with workspace.database.transaction() as connection:
        issued = follow(connection, name)
        result: dict[str, Any] = {"asked": name, **issued, "version": newest_version(connection)}
        if issued["state"] != "live":
            return {**result, "deleted": deleted.deletions(connection, issued["canonical_id"])}
        shown = sections(connection, f"{issued['entity']}_client", issued["canonical_id"])
        result |= {**shown, "evidence": evidence(connection, issued["canonical_id"])}
    return {**result, "rows": rows(workspace, [k for s in shown["qualification"]["signals"] for k in s["evidence"]])}


def sections(connection: Connection, relation: str, canonical_id: str) -> dict[str, Any]:
    """Columns and sections of one client, as a relation says them: a view, or a query in brackets
    (`resources.views.client`) that shows clients of another time.
    """
    query = f"select * from {relation} client where canonical_id = %(id)s"
    row = connection.exec_driver_sql(query, {"id": canonical_id}).mappings().one()
    said = {name: amount_text(value) if isinstance(value, Decimal) else value for name, value in row.items()}
    said["sources"] = said.pop("source_records")
    return {name: value for name, value in said.items() if name not in ("version", "canonical_id")}


def amount_text(amount: Decimal) -> str:
    """An amount as people write it, to its last digit: arithmetic on decimals would round it to 28."""
    whole, point, places = f"{amount:f}".partition(".")
    return f"{whole}{point}{places}".rstrip("0").rstrip(".") if point else whole


def follow(connection: Connection, name: str) -> dict[str, Any]:
    """Where an id (`contact:c_…` or `c_…`) leads: to a live id, to the last that it was forwarded to before that was
    gone, or to the one of a person who was erased. `unknown_id`; `bad_entity` where the name says another kind.
    """
    kind, _, asked = name.rpartition(":")
    current = asked
    while True:
        row = connection.execute(select(table(CanonicalId)).where(CanonicalId.id == current)).first()
        if row is None:
            raise BadInputError(
                "unknown_id", f"no id {asked} was ever issued", "`velocity export crosswalk` lists them"
            )
        if row.state != "forwarded":
            break
        current = row.to
    if kind not in ("", row.entity):
        raise BadInputError("bad_entity", f"{asked} is no {kind}", f"say {row.entity}:{asked}")
    person = Erasures.read(connection).person(current) if row.state == "gone" else None
    found = person or current
    state = "erased" if person else row.state
    forwarded = found if found != asked else None
    return {"canonical_id": found, "entity": row.entity, "state": state, "forwarded_to": forwarded}


def evidence(connection: Connection, canonical_id: str) -> list[dict[str, Any]]:
    """The records of an id, each down to the line of its file."""
    query = (
        select(Crosswalk.key, Crosswalk.derived, Crosswalk.line, Batch.file, Batch.sha256, Batch.received_at)
        .join(Batch, Batch.batch == Crosswalk.batch)
        .where(Crosswalk.canonical_id == canonical_id)
        .order_by(Crosswalk.key)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def rows(workspace: Workspace, keys: list[str]) -> list[dict[str, Any]]:
    """The lines of files that these deals and touches stand on, by key."""
    found: list[dict[str, Any]] = []
    for entity in ("opportunity", "activity"):
        wanted = {key for key in keys if key.split(":", 2)[1] == entity}
        if wanted:
            records = published_frame(workspace, f"{entity}_records").select("key", "batch", "line")
            found += records.filter(pl.col("key").is_in(wanted)).to_dicts()
    with workspace.database.transaction() as connection:
        query = select(Batch.batch, Batch.file).where(Batch.batch.in_({row["batch"] for row in found}))
        files = {row.batch: row.file for row in connection.execute(query)}
    return [{**row, "file": files[row["batch"]]} for row in sorted(found, key=lambda row: row["key"])]


def busiest_contact(workspace: Workspace) -> str:
    """The contact of the most records: the first one worth a look."""
    query = select(Contact360.canonical_id).order_by(Contact360.records.desc(), Contact360.canonical_id).limit(1)
    with workspace.database.transaction() as connection:
        return connection.execute(query).scalar_one()


def totals(workspace: Workspace) -> str:
    """How many contacts and accounts there are, and how many records were merged into them."""
    query = select(Crosswalk.entity, func.count(), func.count(Crosswalk.canonical_id.distinct())).group_by(
        Crosswalk.entity
    )
    with workspace.database.transaction() as connection:
        counts = {entity: (records, ids) for entity, records, ids in connection.execute(query)}
    parts = [
        f"{ids} {entity}s from {records} records ({records - ids} merges)" for entity, (records, ids) in counts.items()
    ]
    return "; ".join(sorted(parts, reverse=True))
