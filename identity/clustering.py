"""Which records are one entity: components of joining pairs, guarded and taken apart where they do not hold together.

Not here: bits (`identity.scoring`), guards and contradictions (`identity.guards`), and how a component is divided
(`identity.partition`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from identity.epoch import Epoch, thousandths
from identity.frames import CLUSTER
from identity.guards import conflicts, guarded, signatures
from identity.partition import Edge, divide
from identity.screening import screened


@dataclass(frozen=True, slots=True)
class Clustering:
    """`clusters`: CLUSTER, every record once, sorted by key. `edges`: as scored, `cut` where a joining one is cut."""

    clusters: pl.DataFrame
    edges: pl.DataFrame


def cluster(edges: pl.DataFrame, records: pl.DataFrame, epoch: Epoch) -> Clustering:
    """Clusters of all records of the frame from the edges that `identity.scoring.score` gave of them.

    An edge whose records end up together has no `cut`, whatever guard it ran into: others hold them together.
    """
    judged = guarded(edges, epoch)
    holding = judged.filter((pl.col("answer") == "join") & pl.col("cut").is_null())
    cuts = _cuts(holding, _components(holding, records["key"]), records, epoch)
    held = holding.join(cuts, on=["left", "right"], how="anti")
    clusters = _components(held, records["key"])
    judged = judged.join(cuts, on=["left", "right"], how="left", maintain_order="left")
    judged = judged.with_columns(cut=pl.coalesce("reason", "cut")).drop("reason")
    return Clustering(clusters, _healed(judged, clusters))


def _components(edges: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """CLUSTER of the connected components, sorted by key."""
    keys = keys.sort()
    ends = [_rows(edges[side], keys) for side in ("left", "right")]
    graph = coo_array((np.ones(edges.height, dtype=np.int8), (ends[0], ends[1])), shape=(len(keys), len(keys)))
    _, component = connected_components(graph, directed=False)
    first = pl.col("key").first().over("component")  # keys are sorted: the first is the smallest
    return pl.DataFrame({"key": keys, "component": component}).select("key", cluster=first).cast(CLUSTER)  # type: ignore[arg-type]


def _rows(ends: pl.Series, keys: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return keys.search_sorted(ends).to_numpy().astype(np.int64)


def _cuts(holding: pl.DataFrame, components: pl.DataFrame, records: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """Columns `left`, `right`, `reason` of the edges to cut inside components."""
    grown = components.filter(pl.len().over("cluster") > 1)
    features = screened(records, epoch).join(grown, on="key", how="semi", maintain_order="left")
    members = grown.join(signatures(features, epoch), on="key")
    various = members.select(component="cluster", signature="signature").unique()
    various = various.filter(pl.len().over("component") > 1)
    contradictions = conflicts(features, various, epoch)
    bridge = thousandths(epoch.model.bridge)
    within = holding.join(components, left_on="left", right_on="key")
    weak = within.filter((pl.col("bits") < bridge) & (pl.len().over("cluster") > 2))["cluster"]
    torn = members.filter(pl.col("signature").is_in(list(contradictions)))["cluster"]
    doubtful = within.filter(pl.col("cluster").is_in(pl.concat([weak, torn]).unique().implode()))
    signature = dict(members.select("key", "signature").iter_rows())
    cuts = [
        (*pair, reason)
        for (_,), part in doubtful.group_by("cluster")
        for pair, reason in divide(
            [Edge(*row) for row in part.select("left", "right", "bits").iter_rows()], signature, contradictions, bridge
        ).items()
    ]
    return pl.DataFrame(cuts, schema={"left": pl.String, "right": pl.String, "reason": pl.String}, orient="row")


def _healed(edges: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """The edges without `cut` where both records are in one cluster after all."""
    home = [
        edges.select(key=side).join(clusters, on="key", how="left", maintain_order="left")["cluster"]
        for side in ("left", "right")
    ]
    return edges.with_columns(cut=pl.when(home[0] != home[1]).then(pl.col("cut")))
