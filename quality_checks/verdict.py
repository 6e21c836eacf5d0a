"""The verdict: have the records outgrown the epoch that resolves them? Nothing is stopped by it; a person should train.

Every limit stands in one table. What an epoch for any records was trained on says nothing of these, so of a shipped one
only what holds of all records is asked.

Not here: how an epoch is trained (`identity.training`), and what the measures are (`identity.outgrown`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from identity.epoch import Epoch, thousandths
from identity.fields import Entity
from identity.outgrown import drift, histogram, unseen

Frames = Mapping[str, pl.DataFrame]
Measure = Callable[[Frames, Entity, Epoch], float]


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` is what a measure may be. `own`: asked only of an epoch that was trained on records of this platform."""

    measure: Measure
    most: float
    text: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Outgrown:
    """One measure of an entity's records: its `value`, the `most` that it may be, and what mends it."""

    check: str
    entity: Entity
    value: float
    most: float

    @property
    def ok(self) -> bool:
        """Whether the epoch still fits in this."""
        return self.value <= self.most

    @property
    def mend(self) -> str:
        """The command that mends it."""
        return f"velocity model train --entity {self.entity} --activate"


def _size(frames: Frames, entity: Entity, epoch: Epoch) -> float:
    return frames[f"{entity}_records"].height / int(epoch.origin["records"])


def _unseen(frames: Frames, entity: Entity, epoch: Epoch) -> float:
    now = unseen(frames[f"{entity}_features"], epoch.frequencies)
    grown = [share - int(epoch.origin["unseen"].get(column, 0)) for column, share in now.items()]
    return max(grown, default=0) / 1000


def _weights(frames: Frames, entity: Entity, epoch: Epoch) -> float:
    edges = frames[f"{entity}_live_edges"].filter(pl.col("bits") >= thousandths(epoch.model.floor))
    return drift(epoch.origin["histogram"], histogram(edges))


def _largest(frames: Frames, entity: Entity, _epoch: Epoch) -> float:
    clusters = frames[f"{entity}_clusters"]
    return 0 if clusters.is_empty() else float(clusters["cluster"].value_counts()["count"].max())  # type: ignore[arg-type]


def _matches(frames: Frames, entity: Entity, epoch: Epoch) -> float:
    """How many times more, or fewer, joining pairs a record has."""
    joining = sum(n for bar, n in epoch.origin["histogram"].items() if int(bar) >= epoch.model.join)
    then = joining / max(epoch.origin["records"], 1)
    edges, records = frames[f"{entity}_live_edges"], frames[f"{entity}_records"].height
    now = edges.filter(pl.col("bits") >= thousandths(epoch.model.join)).height / max(records, 1)
    return max(now / then, then / now) if now and then else 1.0


def _blocking(frames: Frames, entity: Entity, epoch: Epoch) -> float:
    """Of the pairs that people called the same, those that are no candidates, whose bits say so little."""
    said = frames[f"{entity}_live_edges"].filter(pl.col("judged") == "same")
    lost = said.filter(pl.col("bits") < thousandths(epoch.model.floor)).height
    return lost / said.height if said.height else 0.0


LIMITS: dict[str, Limit] = {
    "epoch_fits_size": Limit(_size, 3, "There are at most three times as many records as it was trained on."),
    "epoch_knows_values": Limit(
        _unseen, 0.2, "The share of values beyond its tables grew by a fifth at most.", own=True
    ),
    "epoch_fits_weights": Limit(_weights, 0.25, "Pairs weigh about what they did (population stability).", own=True),
    "no_giant_cluster": Limit(_largest, 60, "No cluster holds more records than are compared each with each."),
    "epoch_fits_matches": Limit(_matches, 2, "A record has about as many joining pairs as it had.", own=True),
    "blocks_lose_little": Limit(_blocking, 0.05, "Of the pairs that people called the same few are beyond its reach."),
}


def verdict(frames: Frames, entity: Entity, epoch: Epoch) -> list[Outgrown]:
    """Every limit for the records of an entity, from the frames of an evaluation."""
    asked = {name: limit for name, limit in LIMITS.items() if not (epoch.general and limit.own)}
    measured = {name: limit.measure(frames, entity, epoch) for name, limit in asked.items()}
    return [
        Outgrown(name, entity, round(measured.get(name, 0.0), 4), float(limit.most)) for name, limit in LIMITS.items()
    ]
