"""Golden values that people set: enter one, and how those of the log stand now.

Not here: how they win (`identity.survivorship`), and how they enter the log (`resources.decisions`).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import polars as pl
from sqlalchemy import select

from identity.cells import cell_value, golden_field
from identity.errors import BadInputError
from quality_checks.validation import LONG, LONGEST, TOO_LONG
from resources import decisions
from resources.decisions import Override, SaidOfField
from resources.publishing import published_frame
from resources.tables import Crosswalk
from resources.workspace import Workspace
from velocity_pipelines.deciding import Author
from velocity_pipelines.naming import Cluster, cluster_of


def override(workspace: Workspace, name: str, field: str, value: str, who: Author) -> dict[str, Any]:
    """Set a golden value: it hangs on the oldest record of the id. `unknown_id`, `unknown_field`, `bad_value`."""
    cluster = cluster_of(workspace, name)
    of = golden_field(cluster.entity, field)
    clean = cell_value(of, value, _country(workspace, cluster) if of.kind == "phone" else None)
    if len(clean) > LONGEST and field not in LONG:
        raise BadInputError("bad_value", f"this cannot be the {field} of anybody: {TOO_LONG}", "mend the value")
    said = Override(cluster.entity, cluster.keys[0], field, clean)
    seq = decisions.override(workspace.database, said, who.actor, who.reason)
    return next(one for one in listed(workspace) if one["decision"] == seq)


def _country(workspace: Workspace, cluster: Cluster) -> str | None:
    """By which a number without its code is read: the golden country, else the one that its records agree on."""
    golden = published_frame(workspace, cluster.entity, pl.col("canonical_id") == cluster.canonical_id)
    records = published_frame(workspace, f"{cluster.entity}_records", pl.col("key").is_in(cluster.keys))
    said = [frame["country"].drop_nulls().unique().to_list() for frame in (golden, records)]
    return next((countries[0] for countries in said if len(countries) == 1), None)


def listed(workspace: Workspace) -> list[dict[str, Any]]:
    """Every override that is not retracted, oldest first: it holds, is asleep (its record is gone) or overruled by a
    later one of the same field and id, which `clashes` names.
    """
    with workspace.database.transaction() as connection:
        said = decisions.set_by_people(connection)
        keys = [one.override.key for one in said]
        query = select(Crosswalk.key, Crosswalk.canonical_id).where(Crosswalk.key.in_(keys))
        ids = {row.key: row.canonical_id for row in connection.execute(query)}
    last = {(ids.get(one.override.key), one.override.field): one.seq for one in said}
    return [_listed(one, ids.get(one.override.key), last) for one in said]


def _listed(one: SaidOfField, canonical_id: str | None, last: dict[tuple[str | None, str], int]) -> dict[str, Any]:
    holds = last[canonical_id, one.override.field]
    state = "asleep" if canonical_id is None else "holds" if holds == one.seq else "overruled"
    return {
        "decision": one.seq,
        "at": one.at.isoformat(),
        "actor": one.actor,
        "reason": one.reason,
        "judgements": [],
        "override": {**asdict(one.override), "canonical_id": canonical_id},
        "state": state,
        "clashes": [holds] if state == "overruled" else [],
        "stale": False,
    }
