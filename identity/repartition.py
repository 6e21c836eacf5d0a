"""What becomes of clusters when others are made of the same records: merged, split, or moved among each other.

Not here: how clusters are made (`identity.clustering`).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

CHANGED = {
    "kind": pl.String(),  # merge: several became one; split: one became several; move: records went between several
    "before": pl.List(pl.String()),  # the smallest record key of each cluster
    "after": pl.List(pl.String()),
    "records": pl.Int64(),
}


def changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Every change (CHANGED), those of most records first, from clusters (`key`, `cluster`) of the same records."""
    both = before.join(after.select("key", after="cluster"), on="key").rename({"cluster": "before"})
    ends = [both[side].rank("dense").to_numpy().astype(np.int64) - 1 for side in ("before", "after")]
    size = int(ends[0].max()) + 1 if both.height else 0
    nodes = size + (int(ends[1].max()) + 1 if both.height else 0)
    graph = coo_array((np.ones(both.height, dtype=np.int8), (ends[0], ends[1] + size)), shape=(nodes, nodes))
    part = connected_components(graph, directed=False)[1][ends[0]] if both.height else []
    lists = (pl.col(side).unique().sort() for side in ("before", "after"))
    found = (
        both.with_columns(part=pl.Series(part, dtype=pl.Int64))
        .group_by("part")
        .agg(*lists, pl.len().cast(pl.Int64).alias("records"))
    )
    was, now = pl.col("before").list.len(), pl.col("after").list.len()
    kind = pl.when(was == 1).then(pl.lit("split")).when(now == 1).then(pl.lit("merge")).otherwise(pl.lit("move"))
    changed = found.filter((was > 1) | (now > 1)).with_columns(kind=kind).select(list(CHANGED)).cast(CHANGED)  # type: ignore[arg-type]
    return changed.sort("records", pl.col("before").list.first(), descending=[True, False])
