"""Which records are one entity: components of joining pairs.

Not here: scoring.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from identity.epoch import Epoch


@dataclass(frozen=True, slots=True)
class Clustering:
    clusters: pl.DataFrame
    edges: pl.DataFrame


def cluster(edges: pl.DataFrame, records: pl.DataFrame, epoch: Epoch) -> Clustering:
    keys = records["key"].sort()
    n = len(keys)
    lookup = pl.DataFrame({"key": keys, "i": np.arange(n)})
    joins = edges.filter(pl.col("answer") == "join")
    l = joins.select(key="left").join(lookup, on="key", how="left", maintain_order="left")["i"].to_numpy()
    r = joins.select(key="right").join(lookup, on="key", how="left", maintain_order="left")["i"].to_numpy()
    _, labels = connected_components(coo_matrix((np.ones(len(l), dtype=bool), (l, r)), shape=(n, n)), directed=False)
    frame = pl.DataFrame({"key": keys, "label": labels}).with_columns(cluster=pl.col("key").min().over("label"))
    return Clustering(frame.select("key", "cluster"), edges)
