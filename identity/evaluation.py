"""How good a partition is against a known truth: pairwise, B-cubed, blocking.

Pairwise: over pairs of records of one cluster. B-cubed (Bagga and Baldwin 1998): over records, the share of each
record's cluster that is truly of its entity, and the other way round.

Not here: where truth and partition come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Quality:
    """Precision, recall and their harmonic mean, 0 to 1; nothing found or nothing to find counts as 1."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Scores:
    """`blocking_loss`: share of the true pairs that were never scored. `missing`: records without a cluster."""

    pairwise: Quality
    bcubed: Quality
    blocking_loss: float | None
    records: int
    missing: int
    clusters: int
    largest: int


def evaluate(truth: pl.DataFrame, clusters: pl.DataFrame, edges: pl.DataFrame | None = None) -> Scores:
    """Scores of clusters (`key`, `cluster`) against the truth (`key`, `true_id`) over the records of the truth.

    A record of the truth without a cluster counts as a cluster of its own. `edges` (`left`, `right`) are the pairs that
    were scored.
    """
    joined = truth.select("key", "true_id").unique("key").join(clusters.select("key", "cluster"), on="key", how="left")
    missing = int(joined["cluster"].null_count())
    alone = pl.concat_str(pl.lit("\0"), "key")
    both = joined.with_columns(cluster=pl.col("cluster").fill_null(alone))
    sizes = both.group_by("cluster").len()["len"]
    return Scores(
        pairwise=_pairwise(both),
        bcubed=_bcubed(both),
        blocking_loss=None if edges is None else _blocking_loss(both, edges),
        records=both.height,
        missing=missing,
        clusters=sizes.len(),
        largest=int(sizes.max() or 0),  # type: ignore[arg-type]
    )


def _pairs(frame: pl.DataFrame, by: list[str]) -> int:
    size = frame.group_by(by).len()["len"].cast(pl.Int64)
    return int((size * (size - 1) // 2).sum())


def _pairwise(both: pl.DataFrame) -> Quality:
    found, true = _pairs(both, ["cluster"]), _pairs(both, ["true_id"])
    right = _pairs(both, ["cluster", "true_id"])
    return _quality(right / found if found else 1.0, right / true if true else 1.0)


def _bcubed(both: pl.DataFrame) -> Quality:
    if both.is_empty():
        return _quality(1.0, 1.0)
    shared = both.select(
        right=pl.len().over("cluster", "true_id"), found=pl.len().over("cluster"), true=pl.len().over("true_id")
    )
    means = shared.select(p=(pl.col("right") / pl.col("found")).mean(), r=(pl.col("right") / pl.col("true")).mean())
    return _quality(*means.row(0))


def _quality(precision: float, recall: float) -> Quality:
    total = precision + recall
    return Quality(precision, recall, 2 * precision * recall / total if total else 0.0)


def _blocking_loss(both: pl.DataFrame, edges: pl.DataFrame) -> float:
    true = _pairs(both, ["true_id"])
    ids = both.select("key", "true_id")
    ends = edges.select("left", "right").unique().join(ids, left_on="left", right_on="key")
    ends = ends.join(ids, left_on="right", right_on="key", suffix="_right")
    scored = ends.filter(pl.col("true_id") == pl.col("true_id_right")).height
    return 1 - scored / true if true else 0.0
