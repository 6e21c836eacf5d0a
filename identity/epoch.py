"""A model with its weights, pinned under one hash: what each scored pair cites.

Not here: how weights are found (`identity.training`) or applied (`identity.scoring`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any

from identity.errors import VelocityError
from identity.fields import Entity
from identity.model import Block, Comparison, Guard, Level, Levels, Model

Weights = dict[str, dict[str, int]]  # thousandths of a bit, by comparison and level
NULL = "null"  # the level of a pair that cannot be compared; it weighs nothing


@dataclass(frozen=True)
class Epoch:
    """`weights` are distinct and not zero within a comparison, so that bits tell the level they came from.

    `prior` are the odds, in thousandths of a bit, that records which are compared at all are one. `normaliser` is the
    version of the features that the weights fit; `origin` says what they were trained on. `frequencies` say how many of
    the records trained on held a value, by feature; they have no value of fewer than five records.
    """

    model: Model
    weights: Weights
    prior: int
    normaliser: str
    origin: dict[str, Any]
    frequencies: dict[str, dict[str, int]]

    def __post_init__(self) -> None:
        for comparison in self.model.comparisons:
            weights = self.weights.get(comparison.name, {})
            if list(weights) != [level.name for level in comparison.levels]:
                raise VelocityError("epoch_invalid", f"the levels of {comparison.name!r} are not those of the model")
            if len({0, *weights.values()}) != len(weights) + 1:
                raise VelocityError("epoch_invalid", f"two levels of {comparison.name!r} weigh the same")

    @property
    def entity(self) -> Entity:
        """The entity whose records it scores."""
        return self.model.entity

    @cached_property
    def hash(self) -> str:
        """SHA-256 in hex of the canonical content."""
        return hashlib.sha256(_canonical(self._content()).encode()).hexdigest()

    @property
    def id(self) -> str:
        """The name that edges cite, such as `contact-0123456789ab`."""
        return f"{self.entity}-{self.hash[:12]}"

    @property
    def general(self) -> bool:
        """Whether it is meant for any records, not trained on those at hand."""
        return bool(self.origin.get("general"))

    def bits_at(self, levels: Levels) -> dict[str, list[int]]:
        """The weights of some levels, by comparison: how a pair's bits tell that it stands there."""
        return {name: [self.weights[name][level] for level in chosen] for name, chosen in levels.items()}

    def level_at(self, comparison: str, bits: int) -> str:
        """The level of a comparison whose weight this is; `null` for 0."""
        return next((level for level, weight in self.weights[comparison].items() if weight == bits), NULL)

    def dump(self) -> str:
        """Canonical JSON text with the hash of the rest in it."""
        return json.dumps({"hash": self.hash, **self._content()}, indent=1, sort_keys=False, ensure_ascii=False) + "\n"

    def _content(self) -> dict[str, Any]:
        return asdict(self)


@lru_cache(maxsize=4)  # of the few that an evaluation asks for at each stage
def load(text: str) -> Epoch:
    """The epoch that `dump` wrote; `VelocityError` where its hash is not that of its content."""
    stored = json.loads(text)
    try:
        parts = {name: stored[name] for name in ("weights", "prior", "normaliser", "origin", "frequencies")}
        epoch = Epoch(_model(stored["model"]), **parts)
    except (KeyError, TypeError):
        raise VelocityError("epoch_outdated", "an epoch was made by an earlier version", "train a new epoch") from None
    if stored["hash"] != epoch.hash:
        raise VelocityError(
            "epoch_damaged", f"an epoch of {epoch.entity} was changed after it was made", "restore its file"
        )
    return epoch


@cache
def shipped(entity: Entity) -> Epoch:
    """The epoch that comes with the package, for `contact` or `account`."""
    return load((files("identity") / "epochs" / f"{entity}.json").read_text("utf-8"))


def thousandths(bits: float) -> int:
    """Bits as an integer of thousandths."""
    return round(bits * 1000)


def _canonical(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _model(stored: dict[str, Any]) -> Model:
    comparisons = tuple(
        Comparison(c["name"], c["null"], tuple(Level(**level) for level in c["levels"]), c["differs"])
        for c in stored["comparisons"]
    )
    return Model(
        **{
            **stored,
            "comparisons": comparisons,
            "guards": _guards(stored["guards"]),
            "blocks": tuple(Block(tuple(b["features"]), b["cap"]) for b in stored["blocks"]),
            "rarities": tuple(stored["rarities"]),
        }
    )


def _guards(stored: list[dict[str, Any]]) -> tuple[Guard, ...]:
    return tuple(Guard(**{**g, "when": _levels(g["when"]), "unless": _levels(g["unless"])}) for g in stored)


def _levels(stored: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(levels) for name, levels in stored.items()}
