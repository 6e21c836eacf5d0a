"""Random golden cells, each held against the bytes that it came from.

Not here: reading them again (`velocity_pipelines.tracing`).
"""

from __future__ import annotations

import polars as pl

from identity import survivorship_rules
from identity.fields import FIELDS, RESOLVED, Entity
from identity.survivorship import provenance
from resources.publishing import published_frame
from resources.workspace import Workspace
from velocity_pipelines.tracing import trace

PLACE = ("canonical_id", "field", "rank")


def random_cells(workspace: Workspace, count: int, seed: int) -> pl.DataFrame:
    """So many cells of the newest version, the same for a seed, less those that people set: `canonical_id`, `rank`,
    `key`, `rule`, CELLS and TRACED. `verified`: the bytes give the published value.
    """
    golden = {entity: published_frame(workspace, entity) for entity in RESOLVED}
    ids = pl.concat([golden[entity].select("canonical_id", entity=pl.lit(entity)) for entity in RESOLVED])
    some = ids.sort("canonical_id").sample(min(count, ids.height), seed=seed, shuffle=True)
    cells = pl.concat([_cells(golden[e].join(some, on="canonical_id", how="semi"), e) for e in RESOLVED])
    chosen = cells.sort("entity", *PLACE).sample(min(count, cells.height), seed=seed, shuffle=True)
    return trace(workspace, pl.concat([_placed(workspace, chosen.filter(entity=e), e) for e in RESOLVED]))


def _cells(golden: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Golden rows, a cell a row; of a list a row for each value."""
    fields = [f for f in FIELDS[entity] if f.ref is None]
    single, multi = ([f.name for f in fields if f.multi is several] for several in (False, True))
    alone = golden.unpivot(single, index="canonical_id", variable_name="field").with_columns(rank=pl.lit(1, pl.Int64))
    lists = golden.unpivot(multi, index="canonical_id", variable_name="field").drop_nulls("value").explode("value")
    ranked = lists.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("canonical_id", "field"))
    return pl.concat([alone, ranked]).drop_nulls("value").with_columns(entity=pl.lit(entity))


def _placed(workspace: Workspace, cells: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Cells with the record that each came from, and where that stands."""
    walk = published_frame(workspace, "crosswalk").filter(entity=entity)
    mine = walk.join(cells, on="canonical_id", how="semi").select("key", id="canonical_id")
    records = published_frame(workspace, f"{entity}_records").join(mine, on="key", how="semi")
    rules = survivorship_rules.of(published_frame(workspace, "contracts"))[entity]
    told = provenance(records, mine, entity, rules, published_frame(workspace, "overrides")).drop("value")
    known = cells.join(told, on=PLACE, how="left").filter(pl.col("decision").is_null()).drop("decision")
    return known.join(records.select("key", "batch", "line", "derived"), on="key", how="left")
