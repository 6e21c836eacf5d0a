"""What is published, compared with a known truth.

Not here: the metrics (`identity.evaluation`).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from identity.errors import BadInputError
from identity.evaluation import evaluate
from identity.fields import RESOLVED
from resources.publishing import live_edges, read_tables
from resources.workspace import Workspace

COLUMNS = ("source", "entity", "source_id", "true_id")


def score(workspace: Workspace, truth: Path) -> dict[str, Any]:
    """Scores by entity against a truth file (Parquet: source, entity, source_id, true_id)."""
    known = _read(truth)
    walk = read_tables(workspace.database, ("crosswalk",))["crosswalk"].filter(~pl.col("derived"))
    result: dict[str, Any] = {}
    for entity in RESOLVED:
        of_entity = known.filter(pl.col("entity") == entity)
        if of_entity.is_empty():
            continue
        keys = pl.concat_str(["source", "entity", "source_id"], separator=":").alias("key")
        clusters = walk.filter(pl.col("entity") == entity).select("key", cluster="canonical_id")
        edges = live_edges(workspace, entity).select("left", "right")
        result[entity] = asdict(evaluate(of_entity.select(keys, "true_id"), clusters, edges))
    return result


def _read(truth: Path) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(truth)
    except (OSError, pl.exceptions.PolarsError):
        raise BadInputError("bad_truth", f"{truth} is not a Parquet file", "see `velocity score --help`") from None
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise BadInputError("bad_truth", f"{truth} lacks the columns {', '.join(missing)}", "see `score --help`")
    return frame.select(pl.col(COLUMNS).cast(pl.String))


def words(found: dict[str, Any]) -> str:
    """Scores for people."""
    lines = []
    for entity, s in found.items():
        p = s["pairwise"]
        lines.append(
            f"{entity}s: precision {p['precision']:.4f}, recall {p['recall']:.4f}, F1 {p['f1']:.4f}; "
            f"{s['records']} records in {s['clusters']} clusters, largest {s['largest']}, {s['missing']} missing"
        )
    return "\n".join(lines) or "the truth names no contact and no account"
