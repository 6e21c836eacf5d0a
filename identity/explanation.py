"""Why two records are together or not, and how a cluster came about.

Everything is read from what an evaluation left: features, edges with their answers and cuts, clusters. Not here: words
for people (`velocity_pipelines.explaining`), and the evaluation itself (`identity.matching`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from identity.epoch import thousandths
from identity.judgements import Pair, Standing
from identity.matcher import Matcher
from identity.model import Block


class Level(NamedTuple):
    """Where a pair stands in one comparison; `bits` in thousandths."""

    comparison: str
    level: str
    bits: int


class Shared(NamedTuple):
    """A block that both records are in: how many records it holds, and how many it may (`cap`) to propose pairs."""

    features: tuple[str, ...]
    records: int
    cap: int


@dataclass(frozen=True, slots=True)
class PairFacts:
    """What two records have in common. `bits`: prior and levels, in thousandths. `over_limit`: features of which both
    hold a value that so many records share that it says nothing, and that was left out.
    """

    levels: tuple[Level, ...]
    bits: int
    blocks: tuple[Shared, ...]
    over_limit: tuple[str, ...]


class Step(NamedTuple):
    """Two groups become one: by an edge or by a decision; how many records are together then."""

    left: str
    right: str
    by: str  # edge | decision
    bits: int | None
    records: int


class KeptOut(NamedTuple):
    """A joining pair that does not hold: one of its records is in the cluster, the other is not."""

    inside: str
    outside: str
    bits: int
    reason: str


def pair_facts(records: pl.DataFrame, features: pl.DataFrame, matcher: Matcher) -> PairFacts:
    """Facts of the two records in `records`; `features` are those of all current records (`identity.edges.states`)."""
    whole = matcher.features(records)
    both = features.filter(pl.col("key").is_in(whole["key"].implode())).drop("state")
    made = matcher.compare(both, pl.DataFrame({"l": [0], "r": [1]}, schema={"l": pl.UInt32, "r": pl.UInt32}))
    epoch = matcher.epoch
    bits = {name.removeprefix("bits_"): value for name, value in made.row(0, named=True).items()}
    levels = tuple(Level(name, epoch.level_at(name, value), value) for name, value in bits.items())
    blocks = tuple(s for b in epoch.model.blocks for s in [_shared(both, features, b)] if s is not None)
    over = tuple(c for c in epoch.model.limits if _in_common(whole, c) - _in_common(both, c))
    return PairFacts(levels, epoch.prior + sum(bits.values()), blocks, over)


def _in_common(both: pl.DataFrame, column: str) -> set[str]:
    left, right = ({cell} if isinstance(cell, str) else set(cell or ()) for cell in both[column].to_list())
    return left & right


def _shared(both: pl.DataFrame, features: pl.DataFrame, block: Block) -> Shared | None:
    """The smallest of a block's values that both records are in."""
    common = [_in_common(both, feature) for feature in block.features]
    if not all(common):
        return None
    sizes = [_size(features, block, dict(zip(block.features, values, strict=True))) for values in _product(common)]
    return Shared(block.features, min(sizes), block.cap)


def _product(common: list[set[str]]) -> Iterable[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for values in common:
        found = [(*head, value) for head in found for value in sorted(values)]
    return found


def _size(features: pl.DataFrame, block: Block, values: Mapping[str, str]) -> int:
    listed = {name for name in block.features if features.schema[name] == pl.List(pl.String)}
    tests = [pl.col(n).list.contains(v) if n in listed else pl.col(n) == v for n, v in values.items()]
    return features.lazy().filter(*tests).select(pl.len()).collect().item()  # type: ignore[no-any-return]


def steps(members: Iterable[str], edges: pl.DataFrame, standing: Standing) -> list[Step]:
    """How a cluster was put together: what a person said, then the strongest edges first (ties: by keys)."""
    group = {key: {key} for key in members}
    found: list[Step] = []
    for key in sorted(group):
        head = standing.groups.get(key, key)
        if head != key and head in group and _unite(group, head, key):
            found.append(Step(head, key, "decision", None, len(group[key])))
    holding = edges.filter((pl.col("answer") == "join") & pl.col("cut").is_null())
    inside = holding.filter(pl.col("left").is_in(list(group)) & pl.col("right").is_in(list(group)))
    ordered = inside.sort("bits", "left", "right", descending=[True, False, False])
    for left, right, bits in ordered.select("left", "right", "bits").iter_rows():
        if _unite(group, left, right):
            found.append(Step(left, right, "edge", bits, len(group[left])))
    return found


def _unite(group: dict[str, set[str]], left: str, right: str) -> bool:
    if group[left] is group[right]:
        return False
    small, large = sorted((group[left], group[right]), key=len)
    large |= small
    group.update(dict.fromkeys(small, large))
    return True


def kept_out(members: Iterable[str], edges: pl.DataFrame) -> list[KeptOut]:
    """The joining pairs at the border of a cluster, strongest first."""
    inside = set(members)
    cut = edges.filter(pl.col("cut").is_not_null()).sort("bits", "left", "right", descending=[True, False, False])
    found = (
        (left, right, bits, why) if left in inside else (right, left, bits, why)
        for left, right, bits, why in cut.select("left", "right", "bits", "cut").iter_rows()
        if (left in inside) != (right in inside)
    )
    return [KeptOut(*row) for row in found]


def path(start: str, end: str, found: list[Step]) -> list[str]:
    """The keys that lead from one record to another along the steps of their cluster."""
    near: dict[str, list[str]] = {}
    for step in found:
        near.setdefault(step.left, []).append(step.right)
        near.setdefault(step.right, []).append(step.left)
    came: dict[str, str] = {start: start}
    queue = deque([start])
    while queue and end not in came:
        key = queue.popleft()
        for other in near.get(key, ()):
            if other not in came:
                came[other] = key
                queue.append(other)
    way = [end]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]


def why(facts: PairFacts, edge: Mapping[str, object] | None, matcher: Matcher, *, together: bool) -> str:
    """The reason in one of a few words: same, different, unsure, joined, through_others, not_compared, hub, too_weak,
    review, lacking, or the reason of a cut (household, decision, one_per_source, outweighed, …).
    """
    if edge is not None and edge["judged"] in ("same", "different"):
        return str(edge["judged"])
    if together:
        return "joined" if edge is not None and edge["answer"] == "join" else "through_others"
    if edge is not None and edge["cut"] is not None:
        return str(edge["cut"])
    if edge is not None and edge["answer"] == "review" and facts.bits >= thousandths(matcher.epoch.model.join):
        return "lacking"
    if not any(1 < block.records <= block.cap for block in facts.blocks):
        return "hub" if facts.blocks else "not_compared"
    return "review" if facts.bits >= thousandths(matcher.epoch.model.review) else "too_weak"


def ordered(left: str, right: str) -> Pair:
    """A pair as edges have it: smaller key first."""
    return (min(left, right), max(left, right))
