"""What people see of an evaluation in Dagster: counts that it plots over time, and charts without a value of anybody.

Records are called r1, r2, … in them. Not here: what is drawn (`identity.charts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
import polars as pl

from identity import charts
from identity.charts import Spec
from identity.epoch import Epoch, thousandths
from identity.explanation import Level
from identity.fields import Entity
from identity.outgrown import histogram

NEAR = 2  # pairs near the threshold that are drawn
MOST = 40  # records of a cluster that is drawn
ANSWERS = ("join", "review", "apart")


def of_clusters(frames: Mapping[str, pl.DataFrame], entity: Entity) -> dict[str, Any]:
    """Numbers of the clusters of an entity, how large they are, and the graph of the largest."""
    clusters, edges = frames[f"{entity}_clusters"], frames[f"{entity}_live_edges"]
    sizes = clusters.group_by("cluster").len("records")
    counts = dict(sizes.group_by("records").len("clusters").sort("records").iter_rows())
    largest = sizes.filter(pl.col("records") == pl.col("records").max())["cluster"].min()
    facts = {"clusters": dg.MetadataValue.int(sizes.height), "largest": dg.MetadataValue.int(max(counts, default=0))}
    if max(counts, default=0) < 2:
        return facts
    keys = clusters.filter(pl.col("cluster") == largest)["key"].head(MOST).to_list()
    among = edges.filter(pl.col("left").is_in(keys) & pl.col("right").is_in(keys))
    names = [f"r{number}" for number in range(1, len(keys) + 1)]
    return {
        **facts,
        "sizes": _drawn(charts.sizes(f"{entity} clusters", counts)),
        "largest_cluster": _drawn(charts.cluster(f"the largest {entity} cluster", keys, among, names)),
    }


def of_edges(frames: Mapping[str, pl.DataFrame], entity: Entity, epoch: Epoch) -> dict[str, Any]:
    """Numbers of the live edges of an entity by answer and cut, what they weigh, and those nearest to the threshold."""
    edges = frames[f"{entity}_live_edges"]
    counts = {**dict.fromkeys(ANSWERS, 0), **dict(edges["answer"].value_counts().iter_rows())}
    cuts = dict(edges["cut"].drop_nulls().value_counts().sort("cut").iter_rows())
    facts: dict[str, Any] = {f"pairs_{answer}": dg.MetadataValue.int(count) for answer, count in counts.items()}
    facts |= {f"cut_{reason}": dg.MetadataValue.int(count) for reason, count in cuts.items()}
    facts["epoch"] = dg.MetadataValue.text(epoch.id)
    if edges.is_empty():
        return facts
    limits = {name: thousandths(getattr(epoch.model, name)) for name in ("join", "review")}
    facts["weights"] = _drawn(charts.histogram(f"{entity} pairs", histogram(edges), limits))
    for number, pair in enumerate(_nearest(edges, limits["join"]).iter_rows(named=True), start=1):
        spec = charts.waterfall(f"pair {number} near the threshold", epoch.prior, _levels(pair, epoch), limits)
        facts[f"near_threshold_{number}"] = _drawn(spec)
    return facts


def _nearest(edges: pl.DataFrame, limit: int) -> pl.DataFrame:
    """The pairs nearest to a limit; only those that may be among them are sorted."""
    away = (pl.col("bits") - limit).abs()
    return edges.filter(away <= away.bottom_k(NEAR).max()).sort(away, "left", "right").head(NEAR)


def _levels(pair: Mapping[str, Any], epoch: Epoch) -> list[Level]:
    bits = {c.name: pair[f"bits_{c.name}"] for c in epoch.model.comparisons}
    return [Level(name, epoch.level_at(name, value), value) for name, value in bits.items()]


def _drawn(spec: Spec) -> dg.MarkdownMetadataValue:
    from resources.charts import as_markdown  # noqa: PLC0415 - loads only where something is drawn

    return dg.MetadataValue.md(as_markdown(spec))
