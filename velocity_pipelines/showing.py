"""The client-360 of one id, with its sources down to the line of a file, and its pictures.

Every id ever issued resolves: live, forwarded to another, or gone. Not here: how a 360 is made (`identity.client360`).
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, func, select

from identity.errors import BadInputError
from resources.catalog import newest_version
from resources.tables import (
    Account360,
    Batch,
    CanonicalId,
    Contact360,
    Crosswalk,
    EnrichmentArtefact,
    EnrichmentJob,
    table,
)
from resources.workspace import Workspace
from velocity_pipelines import deleted

TABLES = {"contact": table(Contact360), "account": table(Account360)}


def client(workspace: Workspace, name: str) -> dict[str, Any]:
    """The client-360 that an id names; `unknown_id` if it was never issued."""
    with workspace.database.transaction() as connection:
        issued = follow(connection, name.rpartition(":")[2])
        result: dict[str, Any] = {"asked": name, **issued, "version": newest_version(connection)}
        if issued["state"] != "live":
            return {**result, "deleted": deleted.deletions(connection, issued["canonical_id"])}
        of = TABLES[issued["entity"]]
        row = connection.execute(select(of).where(of.c.canonical_id == issued["canonical_id"])).mappings().one()
        columns = {k: v for k, v in row.items() if k not in ("payload", "version", "canonical_id")}
        payload = row["payload"] if isinstance(row["payload"], dict) else json.loads(row["payload"])
        return {
            **result,
            **columns,
            **payload,
            "evidence": evidence(connection, issued["canonical_id"]),
            "enrichment": _enrichment(connection, issued["canonical_id"]),
        }


def follow(connection: Connection, asked: str) -> dict[str, Any]:
    """Where an id leads: to a live id, or to the last that it was forwarded to before that was gone."""
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
    forwarded = current if current != asked else None
    return {"canonical_id": current, "entity": row.entity, "state": row.state, "forwarded_to": forwarded}


def evidence(connection: Connection, canonical_id: str) -> list[dict[str, Any]]:
    """The records of an id, each down to the line of its file."""
    query = (
        select(Crosswalk.key, Crosswalk.derived, Crosswalk.line, Batch.file, Batch.sha256, Batch.received_at)
        .join(Batch, Batch.batch == Crosswalk.batch)
        .where(Crosswalk.canonical_id == canonical_id)
        .order_by(Crosswalk.key)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _enrichment(connection: Connection, canonical_id: str) -> list[dict[str, Any]]:
    query = (
        select(EnrichmentJob.template, EnrichmentJob.state, EnrichmentJob.version_360, EnrichmentArtefact.sha256)
        .join(EnrichmentArtefact, EnrichmentArtefact.job == EnrichmentJob.job, isouter=True)
        .where(EnrichmentJob.canonical_id == canonical_id)
        .order_by(EnrichmentJob.planned_at)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


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


def words(shown: dict[str, Any]) -> str:
    """A client-360 for people."""
    if shown["state"] != "live":
        return "\n".join([f"{shown['asked']} is {shown['state']}", *deleted.words(shown["deleted"])])
    lines = [
        f"{shown['display_name'] or '(no name)'}  ({shown['entity']} {shown['canonical_id']})",
        f"  version          {shown['version']}",
    ]
    if shown["forwarded_to"]:
        lines.append(f"  asked for {shown['asked']}, which was merged into this one")
    for label in (
        "primary_email",
        "primary_domain",
        "primary_phone",
        "account_name",
        "industry",
        "lifecycle_stage",
        "owner",
    ):
        if shown.get(label):
            lines.append(f"  {label.replace('_', ' '):16} {shown[label]}")
    lines.append(f"  pipeline         {shown['open_count']} open, {shown['won_count']} won, {shown['lost_count']} lost")
    lines.append(f"  activities       {shown['activity_count']}, last {shown['last_activity_at'] or 'never'}")
    lines += [f"  from             {e['key']}, line {e['line']} of {e['file']}" for e in shown["evidence"]]
    lines += [f"  picture          {e['template']} {e['state']} {e['sha256'] or ''}" for e in shown["enrichment"]]
    return "\n".join(lines)
