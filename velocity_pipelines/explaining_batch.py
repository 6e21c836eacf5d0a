"""What rests on a file, or on a line of it: records, ids and golden cells, and what each cell would be without it.

On the clusters as they are: without a file earlier versions of its records become current, and ids may part, which
`velocity undo BATCH --dry-run` tells. Not here: that (`velocity_pipelines.undoing`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from identity import survivorship_rules
from identity.errors import BadInputError
from identity.fields import FIELDS, RESOLVED, Entity
from identity.survivorship import provenance
from resources import catalog
from resources.publishing import published_frame
from resources.workspace import Workspace
from velocity_pipelines.explaining_cells import shown

MOST = 50  # of each kind that are told one by one
NOTE = (
    "on the clusters as they are: `velocity undo {} --dry-run` tells the whole effect, with earlier versions of these "
    "records and what else would join or part"
)


def rests(workspace: Workspace, batch: str, line: int | None) -> dict[str, Any]:
    """Counts, and the first MOST, of the records, ids and cells; `unknown_batch`, `unknown_line`."""
    arrival = catalog.get(workspace.database, batch).arrival
    mine = _records(workspace, batch, line)
    if line is not None and mine.is_empty():
        raise BadInputError("unknown_line", f"no current record of batch {batch} begins on line {line}", "see `show`")
    walk = published_frame(workspace, "crosswalk")
    named = walk.filter(pl.col("key").is_in(mine["key"].implode()))
    cells = pl.concat([_cells(workspace, walk, named, entity) for entity in RESOLVED])
    ids = named["canonical_id"].unique().sort()
    left = walk.filter(pl.col("canonical_id").is_in(ids.implode())).join(named, on="key", how="anti")
    bound = _bound(workspace, arrival.entity, mine["key"]) if arrival.entity not in RESOLVED else ids
    told = [_plain(one) for one in cells.head(MOST).to_dicts()]
    return {
        "batch": batch,
        "line": line,
        "file": arrival.file,
        "sha256": arrival.sha256,
        "entity": arrival.entity,
        "records": {"count": mine.height, "first": mine.head(MOST).to_dicts()},
        "ids": {"count": bound.len(), "first": bound.head(MOST).to_list(),
                "left_empty": ids.len() - left["canonical_id"].n_unique()},
        "cells": {"count": cells.height, "changed": int(cells["changed"].sum()), "first": told},
        "note": NOTE.format(batch),
    }  # fmt: skip


def _records(workspace: Workspace, batch: str, line: int | None) -> pl.DataFrame:
    """The current records that stand in a batch: derived accounts among them, and of whichever entity."""
    names = ("contact", "account", "opportunity", "activity")
    frames = (published_frame(workspace, f"{entity}_records", pl.col("batch") == batch) for entity in names)
    found = pl.concat([frame.select("key", "line") for frame in frames]).sort("line", "key")
    return found if line is None else found.filter(pl.col("line") == line)


def _cells(workspace: Workspace, walk: pl.DataFrame, named: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Golden cells of which a value, or a rank, rests on these records: with them and without them."""
    of_ids = walk.filter(pl.col("canonical_id").is_in(named["canonical_id"].implode()), entity=entity)
    records = published_frame(workspace, f"{entity}_records").join(of_ids.select("key"), on="key", how="semi")
    rules = survivorship_rules.of(published_frame(workspace, "contracts"))[entity]
    overrides = published_frame(workspace, "overrides")
    ids = of_ids.select("key", id="canonical_id")
    now = _by_cell(provenance(records, ids, entity, rules, overrides))
    without = records.join(named.select("key"), on="key", how="anti")
    then = _by_cell(provenance(without, ids, entity, rules, overrides)).drop("keys").rename({"values": "without"})
    joined = now.join(then, on=["canonical_id", "field"], how="full", coalesce=True)
    touched = pl.col("keys").list.eval(pl.element().is_in(named["key"].implode())).list.any().fill_null(value=False)
    cells = joined.with_columns(changed=pl.col("values").ne_missing(pl.col("without")))
    rest = cells.filter(touched | pl.col("changed")).sort("canonical_id", "field")
    return rest.select("canonical_id", "field", "values", "without", "changed")


def _by_cell(told: pl.DataFrame) -> pl.DataFrame:
    by_cell = told.group_by("canonical_id", "field", maintain_order=True)
    return by_cell.agg(values=pl.col("value"), keys=pl.col("key"))


def _plain(one: dict[str, Any]) -> dict[str, Any]:
    """A cell as golden rows have it: a value, or a list of them."""
    multi = {f.name for entity in RESOLVED for f in FIELDS[entity] if f.multi}
    value, without = one.pop("values"), one.pop("without")
    if one["field"] not in multi:
        value, without = (values[0] if values else None for values in (value, without))
    return {**one, "value": value, "without": without}


def _bound(workspace: Workspace, entity: str, keys: pl.Series) -> pl.Series:
    """The ids that deals or touches are bound to."""
    rows = published_frame(workspace, entity, pl.col("key").is_in(keys.to_list()))
    return pl.concat([rows["account_id"], rows["contact_ids"].explode()]).drop_nulls().unique().sort()


def words(found: dict[str, Any]) -> str:
    """The same for people."""
    place = f"line {found['line']} of {found['file']}" if found["line"] is not None else found["file"]
    records, ids, cells = found["records"], found["ids"], found["cells"]
    lines = [
        f"on {place} rest {records['count']} records, {ids['count']} ids and {cells['count']} golden cells",
        f"  without it {cells['changed']} cells would change and {ids['left_empty']} ids have no record left",
    ]
    for one in cells["first"]:
        after = f"would be {shown(one['without'])}" if one["changed"] else "would stay, others say it too"
        lines.append(f"  {one['canonical_id']} {one['field']}: {shown(one['value'])}; {after}")
    if cells["count"] > MOST:
        lines.append(f"  and {cells['count'] - MOST} more cells")
    return "\n".join([*lines, f"  {found['note']}"])
