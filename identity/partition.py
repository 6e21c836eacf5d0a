"""Taking one component apart, until its parts hold together and nothing in a part stands against something else in it.

Groups are joined by what all pairs between them say on average (Sokal and Michener 1958, "A statistical method for
evaluating systematic relationships"): so a group does not take in what agrees with one of its records and disagrees
with all others, and a chain of likenesses does not make one of two.

Not here: what stands against what (`identity.guards`), and finding components (`identity.clustering`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

DECISION, ONE_PER_SOURCE, OUTWEIGHED = "decision", "one_per_source", "outweighed"
REASONS = (DECISION, ONE_PER_SOURCE, OUTWEIGHED)  # the first that applies is given


class Edge(NamedTuple):
    """A compared pair of rows, its bits in thousandths, and whether it may hold its rows together by itself."""

    left: int
    right: int
    bits: int
    joins: bool = True


class Hold(NamedTuple):
    """Thousandths of a bit: the mean that holds groups together, and what a pair counts that is no edge."""

    mean: int
    absent: int


Pair = tuple[int, int]
Against = Mapping[str, Mapping[str, str]]  # mark: the marks that it stands against, and the reason; symmetric


class Between(NamedTuple):
    """The edges between two groups: the sum of their bits less what they would count if absent; do any join."""

    over: int
    joins: bool


@dataclass(slots=True)
class _Group:
    """Records that stand together, their marks (what they say, or what was said of them), and the groups beside."""

    first: int  # the smallest row: groups are told apart and sorted by it
    rows: list[int]
    marks: set[str]
    beside: dict[int, Between] = field(default_factory=dict)
    round: int = 0  # how often it grew: what is asked of an older self is not asked any more


def divide(
    edges: Sequence[Edge], units: Mapping[int, int], marks: Mapping[int, set[str]], against: Against, hold: Hold
) -> dict[Pair, str]:
    """The joining edges of a component that do not hold, with the reason of each; the rest joins its parts.

    Records of the same unit (rows without one are their own) are together from the start, whatever they say. Then, from
    the highest mean to the lowest (ties: by rows), two groups between which an edge joins are joined, unless their mean
    is below `hold` or a mark of one stands against a mark of the other. So the outcome depends on the set of edges
    alone.
    """
    groups = _units(edges, units, marks)
    _set_beside(groups, edges, hold)
    heap = [
        question
        for group in groups.values()
        for question in _questions(group, groups, hold)
        if question[1] < question[2]
    ]
    heapq.heapify(heap)
    while heap:
        _, one, other, *rounds = heapq.heappop(heap)
        if one not in groups or other not in groups or rounds != [groups[one].round, groups[other].round]:
            continue
        if _against(groups[one], groups[other], against):
            continue
        _join(groups, one, other)
        for question in _questions(groups[one], groups, hold):
            heapq.heappush(heap, question)
    return _cuts(edges, groups, against)


def _units(edges: Iterable[Edge], units: Mapping[int, int], marks: Mapping[int, set[str]]) -> dict[int, _Group]:
    members: dict[int, list[int]] = {}
    for row in sorted({row for edge in edges for row in edge[:2]}):
        members.setdefault(units.get(row, row), []).append(row)
    made = (_Group(rows[0], rows, set().union(*(marks.get(row, ()) for row in rows))) for rows in members.values())
    return {group.first: group for group in made}


def _set_beside(groups: dict[int, _Group], edges: Iterable[Edge], hold: Hold) -> None:
    home = {row: group.first for group in groups.values() for row in group.rows}
    for edge in edges:
        one, other = home[edge.left], home[edge.right]
        if one != other:
            found = Between(edge.bits - hold.absent, edge.joins)
            for a, b in ((one, other), (other, one)):
                groups[a].beside[b] = _sum(groups[a].beside.get(b), found)


def _sum(a: Between | None, b: Between) -> Between:
    return b if a is None else Between(a.over + b.over, a.joins or b.joins)


Question = tuple[int, int, int, int, int]  # minus the mean, both groups (the smaller first), the round of each


def _questions(group: _Group, groups: Mapping[int, _Group], hold: Hold) -> Iterable[Question]:
    """Whether it might join each of the groups beside it."""
    for first, between in group.beside.items():
        other = groups[first]
        mean = between.over // (len(group.rows) * len(other.rows)) + hold.absent
        if between.joins and mean >= hold.mean:
            one, two = (group, other) if group.first < other.first else (other, group)
            yield -mean, one.first, two.first, one.round, two.round


def _join(groups: dict[int, _Group], one: int, other: int) -> None:
    """The group of `other` becomes part of that of `one`."""
    group, gone = groups[one], groups.pop(other)
    group.rows += gone.rows
    group.marks |= gone.marks
    group.round += 1
    del group.beside[other], gone.beside[one]
    for first, between in gone.beside.items():
        group.beside[first] = _sum(group.beside.get(first), between)
        del groups[first].beside[other]
        groups[first].beside[one] = group.beside[first]


def _against(one: _Group, other: _Group, against: Against) -> str | None:
    found = (against[mark] for mark in one.marks if mark in against)
    reasons = {others[mark] for others in found for mark in others if mark in other.marks}
    return min(reasons, key=REASONS.index, default=None)


def _cuts(edges: Iterable[Edge], groups: Mapping[int, _Group], against: Against) -> dict[Pair, str]:
    """The joining edges between what became different groups; the reason is what these are in the end."""
    home = {row: group for group in groups.values() for row in group.rows}
    apart = ((edge, home[edge.left], home[edge.right]) for edge in edges if edge.joins)
    return {edge[:2]: _against(a, b, against) or OUTWEIGHED for edge, a, b in apart if a is not b}
