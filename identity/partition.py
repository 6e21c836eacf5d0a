"""Taking one component apart at its weakest edges, until nothing in a part stands against something else in it.

Not here: what stands against what (`identity.guards`), and finding components (`identity.clustering`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

DECISION, ONE_PER_SOURCE, CONTRADICTION, BRIDGE = "decision", "one_per_source", "contradiction", "bridge"
REASONS = (DECISION, ONE_PER_SOURCE, CONTRADICTION, BRIDGE)  # the first that applies is given


class Edge(NamedTuple):
    """A joining pair of rows and its bits, in thousandths."""

    left: int
    right: int
    bits: int


Pair = tuple[int, int]
Against = Mapping[str, Mapping[str, str]]  # mark: the marks that it stands against, and the reason; symmetric


@dataclass(slots=True)
class _Group:
    """Records that stand together, and their marks: what they say, or what was said of them."""

    rows: set[int]
    marks: set[str]


def divide(
    edges: Sequence[Edge], units: Mapping[int, int], marks: Mapping[int, set[str]], against: Against, bridge: int
) -> dict[Pair, str]:
    """The edges of a component that do not hold, with the reason of each; the rest joins its parts.

    Records of the same unit (rows without one are their own) are together from the start, whatever they say. Then, from
    the strongest edge to the weakest (ties: by rows), two groups are joined unless a mark of one stands against a mark
    of the other, or both hold several records and this edge, weaker than `bridge`, is the only one between them. So the
    outcome depends on the set of edges alone.
    """
    near: dict[int, set[int]] = {}
    for edge in edges:
        near.setdefault(edge.left, set()).add(edge.right)
        near.setdefault(edge.right, set()).add(edge.left)
    group = _units(near, units, marks)
    cuts: dict[Pair, str] = {}
    for edge in sorted(edges, key=lambda e: (-e.bits, e.left, e.right)):
        small, large = sorted((group[edge.left], group[edge.right]), key=lambda g: len(g.rows))
        if small is large:
            continue
        reason = _against(small, large, against)
        if reason is None and edge.bits < bridge and len(small.rows) > 1 and _edges_between(small, large, near) == 1:
            reason = BRIDGE
        if reason is None:
            _join(small, large, group)
        else:
            cuts[edge.left, edge.right] = reason
    return {pair: reason for pair, reason in cuts.items() if group[pair[0]] is not group[pair[1]]}


def _units(near: Mapping[int, object], units: Mapping[int, int], marks: Mapping[int, set[str]]) -> dict[int, _Group]:
    groups: dict[int, _Group] = {}
    for row in near:
        unit = groups.setdefault(units.get(row, row), _Group(set(), set()))
        unit.rows.add(row)
        unit.marks |= marks.get(row, set())
    return {row: groups[units.get(row, row)] for row in near}


def _against(small: _Group, large: _Group, against: Against) -> str | None:
    found = (against[mark] for mark in small.marks if mark in against)
    reasons = {others[mark] for others in found for mark in others if mark in large.marks}
    return min(reasons, key=REASONS.index, default=None)


def _edges_between(small: _Group, large: _Group, near: Mapping[int, set[int]]) -> int:
    return sum(len(near[row] & large.rows) for row in small.rows)


def _join(small: _Group, large: _Group, group: dict[int, _Group]) -> None:
    large.rows |= small.rows
    large.marks |= small.marks
    for row in small.rows:
        group[row] = large
