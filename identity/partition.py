"""Taking one component apart at its weakest edges, until nothing in a part contradicts.

Not here: what contradicts what (`identity.guards`), and finding components (`identity.clustering`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

CONTRADICTION, BRIDGE = "contradiction", "bridge"


class Edge(NamedTuple):
    """A joining pair of record keys and its bits, in thousandths."""

    left: str
    right: str
    bits: int


Pair = tuple[str, str]
Conflicts = Mapping[int, set[int]]  # signature -> the signatures that contradict it


@dataclass(slots=True)
class _Group:
    """Records that stand together, and what they say of themselves."""

    keys: set[str]
    signatures: set[int]


def divide(edges: Sequence[Edge], signature: Mapping[str, int], conflicts: Conflicts, bridge: int) -> dict[Pair, str]:
    """The edges of a component that do not hold, with the reason of each; the rest joins its parts.

    From the strongest edge to the weakest (ties: by keys) two groups are joined unless a record of one contradicts a
    record of the other, by their signatures, or both hold several records and this edge, weaker than `bridge`, is the
    only one between them. So the outcome depends on the set of edges alone.
    """
    near: dict[str, set[str]] = {}
    for edge in edges:
        near.setdefault(edge.left, set()).add(edge.right)
        near.setdefault(edge.right, set()).add(edge.left)
    group = {key: _Group({key}, {signature[key]}) for key in near}
    cuts: dict[Pair, str] = {}
    for edge in sorted(edges, key=lambda e: (-e.bits, e.left, e.right)):
        small, large = sorted((group[edge.left], group[edge.right]), key=lambda g: len(g.keys))
        if small is large:
            continue
        if _contradict(small, large, conflicts):
            cuts[edge.left, edge.right] = CONTRADICTION
        elif edge.bits < bridge and len(small.keys) > 1 and _edges_between(small, large, near) == 1:
            cuts[edge.left, edge.right] = BRIDGE
        else:
            _join(small, large, group)
    return {pair: reason for pair, reason in cuts.items() if group[pair[0]] is not group[pair[1]]}


def _contradict(small: _Group, large: _Group, conflicts: Conflicts) -> bool:
    return any(not conflicts.get(s, set()).isdisjoint(large.signatures) for s in small.signatures)


def _edges_between(small: _Group, large: _Group, near: Mapping[str, set[str]]) -> int:
    return sum(len(near[key] & large.keys) for key in small.keys)


def _join(small: _Group, large: _Group, group: dict[str, _Group]) -> None:
    large.keys |= small.keys
    large.signatures |= small.signatures
    for key in small.keys:
        group[key] = large
