"""Models: tell of it, compare two by what they would make of the current records, put one in force.

Not here: how an epoch is trained (`identity.training`) and kept (`resources.epochs`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import polars as pl

from identity.epoch import Epoch, load
from identity.errors import BadInputError
from identity.fields import Entity
from identity.guards import guards_of
from identity.repartition import changes
from resources import epochs
from resources.epochs import Known
from resources.memory import recall
from resources.publishing import published_frame
from resources.workspace import Workspace

EXAMPLES = 20  # changes that are told one by one


def listed(workspace: Workspace) -> list[dict[str, Any]]:
    """Every epoch: id, entity, records trained on, when, by whom, and whether it is in force."""
    return [_told(known) for known in _known(workspace)]


def _known(workspace: Workspace) -> list[Known]:
    with workspace.database.transaction() as connection:
        return epochs.listed(connection)


def _told(known: Known) -> dict[str, Any]:
    facts = asdict(known)
    facts["epoch"] = facts.pop("id")
    facts["at"] = known.at.isoformat() if known.at else None
    return {**facts, "shipped": known.sha256 is None}


def show(workspace: Workspace, name: str) -> dict[str, Any]:
    """What was chosen and why: thresholds, prior, and each level with its weight and what it was learned from."""
    known = epochs.find(_known(workspace), name)
    epoch = load(epochs.read(workspace.storage, known))
    model = epoch.model
    thresholds = {name: getattr(model, name) for name in ("join", "review", "hold", "floor")}
    return {
        **_told(known),
        "source": epoch.origin["source"],
        "pairs": epoch.origin["pairs"],
        "prior": epoch.prior,
        "thresholds": {name: round(1000 * bits) for name, bits in thresholds.items()},
        "levels": list(_levels(epoch)),
        "blocks": [{"features": list(block.features), "cap": block.cap} for block in model.blocks],
        "limits": model.limits,
        "guards": [guard.reason for guard in guards_of(epoch)],
        "counted": {column: len(table) for column, table in epoch.frequencies.items()},
    }


def _levels(epoch: Epoch) -> Iterator[dict[str, Any]]:
    """By comparison and level: bits, how often it stands between matches and others, and whether that was learned."""
    assumed = set(epoch.origin["assumed"])
    for comparison in epoch.model.comparisons:
        for level in comparison.levels:
            seen = epoch.origin["levels"][comparison.name][level.name]
            yield {
                "comparison": comparison.name,
                "level": level.name,
                "bits": epoch.weights[comparison.name][level.name],
                "thought": round(1000 * level.bits),
                "learned": f"{comparison.name}.{level.name}" not in assumed,
                **seen,
            }


def compare(workspace: Workspace, one: str, other: str) -> dict[str, Any]:
    """Which clusters of the current records would merge, split or move from one epoch to another, and how many pairs a
    person would be asked about. Nothing is written.
    """
    known = _known(workspace)
    both = [epochs.find(known, name) for name in (one, other)]
    if both[0].entity != both[1].entity:
        raise BadInputError("different_entities", "these are epochs of contacts and of accounts", "name two of a kind")
    entity = both[0].entity
    (before, was), (after, now) = (_clusters(workspace, entity, epoch) for epoch in both)
    changed = changes(before, after)
    counts = dict(changed.group_by("kind").len().iter_rows())
    return {
        "entity": entity,
        "epochs": [epoch.id for epoch in both],
        "records": before.height,
        "clusters": [frame["cluster"].n_unique() for frame in (before, after)],
        "review": [was, now],
        **{kind: counts.get(kind, 0) for kind in ("merge", "split", "move")},
        "examples": changed.head(EXAMPLES).to_dicts(),
    }


def _clusters(workspace: Workspace, entity: Entity, known: Known) -> tuple[pl.DataFrame, int]:
    """The clusters of the current records by an epoch, and how many pairs are in doubt."""
    from identity import matching, stages  # noqa: PLC0415 - SciPy and Splink load only where they are used
    from identity.clustering import doubtful  # noqa: PLC0415

    text = epochs.read(workspace.storage, known)
    chosen = pl.DataFrame([(entity, known.id, text)], schema=["entity", "epoch", "text"], orient="row")
    frames = {name: published_frame(workspace, name) for name in (f"{entity}_records", "cut", "judged")}
    rules = stages.rules({**frames, "epochs": chosen}, entity)
    before = recall(workspace).get(entity)
    scored = matching.score(frames[f"{entity}_records"], rules, before)
    found = matching.join(scored.features, scored.edges, rules, before)
    return found.clusters, doubtful(found.edges, found.clusters).height


def activate(workspace: Workspace, name: str, actor: str, reason: str) -> dict[str, Any]:
    """Put an epoch in force; what follows from it shows with the next publication."""
    return {**_told(epochs.activate(workspace, name, actor, reason)), "active": True}
