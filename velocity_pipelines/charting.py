"""Charts of explanations, with the values of the records in them: for a file of one's own.

Not here: what is drawn (`identity.charts`), and the facts (`velocity_pipelines.explaining`, `modelling`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from identity import charts
from identity.charts import Spec
from identity.epoch import Epoch
from identity.explanation import Level
from identity.screening import unscreened
from identity.stages import epoch_of
from resources.publishing import live_edges, published_frame
from resources.workspace import Workspace


def of_pair(workspace: Workspace, found: dict[str, Any]) -> Spec:
    """The waterfall of what `explaining.pair` gives."""
    epoch = epoch_of(published_frame(workspace, "epochs"), found["entity"])
    levels = [Level(**level) for level in found["levels"]]
    title = f"{found['left']} and {found['right']}"
    return charts.waterfall(title, found["prior"], levels, found["thresholds"], _said(workspace, found, epoch))


def _said(workspace: Workspace, found: dict[str, Any], epoch: Epoch) -> dict[str, str]:
    """By comparison, what both records say."""
    asked = pl.col("key").is_in([found["left"], found["right"]])
    features = unscreened(published_frame(workspace, f"{found['entity']}_features", asked), epoch.model)
    both = {row["key"]: row for row in features.to_dicts()}
    return {
        comparison.name: " / ".join(_words(both[found[side]], comparison.columns) for side in ("left", "right"))
        for comparison in epoch.model.comparisons
    }


def _words(row: dict[str, Any], columns: list[str]) -> str:
    cells = (row.get(column) for column in columns)
    return ", ".join(", ".join(cell) if isinstance(cell, list) else str(cell) for cell in cells if cell is not None)


def of_entity(workspace: Workspace, built: dict[str, Any]) -> Spec:
    """The graph of what `explaining.entity` gives: its records, those that were kept out, and the pairs among them."""
    inside = [record["key"] for record in built["records"]]
    names = [*inside, *sorted({out["outside"] for out in built["kept_out"]} - {*inside})]
    edges = live_edges(workspace, built["entity"])
    among = edges.filter(pl.col("left").is_in(names) & pl.col("right").is_in(names))
    return charts.cluster(f"{built['entity']} {built['canonical_id']}", names, among)


def of_epoch(found: dict[str, Any]) -> Spec:
    """The weights of what `modelling.show` gives."""
    return charts.weights(found["epoch"], found["levels"])
