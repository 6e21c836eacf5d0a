"""What people's decisions amount to: which records they hold together, which apart, and which decisions clash.

A decision judges one or several pairs of record keys and stands or falls as a whole. It sleeps while its records are
gone. *Same* and *different* hold transitively; one that contradicts the closure of earlier ones has no effect.

Not here: how decisions are kept (`resources.decisions`), and what they do to clusters (`identity.clustering`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Word = Literal["same", "different", "unsure"]
State = Literal["holds", "asleep", "conflict"]
Pair = tuple[str, str]  # record keys, smaller first


class Judgement(NamedTuple):
    """What is said of a pair of record keys."""

    word: Word
    left: str
    right: str


class Decision(NamedTuple):
    """A person's word: its number in the log, and its judgements."""

    seq: int
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """`groups`: record key to the smallest key of its group, for records that are the same as another one. `apart`:
    pairs of groups that are different, by their smallest keys, smaller first. `pairs`: the word on each pair of records
    that a holding decision judges. `states`: of each decision by its number. `clashes`: for each conflict the numbers
    of the earlier decisions that it contradicts together, none of which can be spared.
    """

    groups: dict[str, str] = field(default_factory=dict)
    apart: frozenset[Pair] = frozenset()
    pairs: dict[Pair, Word] = field(default_factory=dict)
    states: dict[int, State] = field(default_factory=dict)
    clashes: dict[int, tuple[int, ...]] = field(default_factory=dict)


def standing(decisions: Iterable[Decision], current: Collection[str]) -> Standing:
    """Fold decisions (none of them retracted; any order) over the keys of the records that are there."""
    closure, states, clashes = _Closure(), dict[int, State](), dict[int, tuple[int, ...]]()
    held: list[Decision] = []
    for decision in sorted(decisions):
        awake = _awake(decision, current)
        if not awake.judgements:
            states[decision.seq] = "asleep"
        elif closure.contradicts(awake.judgements):
            states[decision.seq] = "conflict"
            clashes[decision.seq] = _clash(held, awake)
        else:
            states[decision.seq] = "holds"
            closure.add(awake.judgements)
            held.append(awake)
    groups, apart = closure.result()
    return Standing(groups, apart, _pairs(held), states, clashes)


def _pairs(held: Iterable[Decision]) -> dict[Pair, Word]:
    """The word on each pair; *unsure* gives way to another."""
    judged = [j for decision in held for j in decision.judgements]
    judged.sort(key=lambda j: j.word != "unsure")
    return {(min(j.left, j.right), max(j.left, j.right)): j.word for j in judged}


def _awake(decision: Decision, current: Collection[str]) -> Decision:
    there = tuple(j for j in decision.judgements if j.left in current and j.right in current)
    return Decision(decision.seq, there)


def _clash(held: Sequence[Decision], new: Decision) -> tuple[int, ...]:
    """Numbers of earlier decisions that together contradict the new one, while no part of them does.

    The last decision of the shortest prefix that contradicts belongs to the set; then the prefix before it is searched
    with that one given (Junker, QuickXplain: preferred explanations and relaxations, AAAI 2004).
    """
    core: list[Decision] = []
    suspects = list(held)
    while not _contradicts(core, new):
        length = bisect_left(range(len(suspects) + 1), True, key=lambda n: _contradicts([*core, *suspects[:n]], new))
        core.append(suspects[length - 1])
        suspects = suspects[: length - 1]
    return tuple(sorted(decision.seq for decision in core))


def _contradicts(held: Iterable[Decision], new: Decision) -> bool:
    closure = _Closure()
    for decision in held:
        closure.add(decision.judgements)
    return closure.contradicts(new.judgements)


class _Closure:
    """Groups of records that are the same, and which groups are different."""

    def __init__(self) -> None:
        self._members: dict[str, list[str]] = {}
        self._root: dict[str, str] = {}
        self._apart: dict[str, set[str]] = defaultdict(set)

    def contradicts(self, judgements: Sequence[Judgement]) -> bool:
        """Whether these, taken together, cannot be added."""
        new = _Closure()  # over the groups of this one
        pairs = [Judgement(j.word, self.root(j.left), self.root(j.right)) for j in judgements]
        for pair in pairs:
            if pair.word == "same":
                new._unite(pair.left, pair.right)
        known = [(root, other) for root in list(new._root) for other in self._apart.get(root, ())]
        wanted = [(pair.left, pair.right) for pair in pairs if pair.word == "different"]
        return any(new.root(left) == new.root(right) for left, right in (*known, *wanted))

    def add(self, judgements: Sequence[Judgement]) -> None:
        """Take judgements in that do not contradict."""
        for judgement in judgements:
            if judgement.word == "same":
                self._unite(judgement.left, judgement.right)
        for judgement in judgements:
            if judgement.word == "different":
                left, right = self.root(judgement.left), self.root(judgement.right)
                self._apart[left].add(right)
                self._apart[right].add(left)

    def root(self, key: str) -> str:
        """The representative of a record's group."""
        return self._root.get(key, key)

    def result(self) -> tuple[dict[str, str], frozenset[Pair]]:
        """`groups` and `apart` of the standing."""
        smallest = {root: min(members) for root, members in self._members.items()}
        groups = {key: smallest[root] for key, root in self._root.items()}
        pairs = ((groups.get(a, a), groups.get(b, b)) for a, others in self._apart.items() for b in others)
        return groups, frozenset((a, b) for a, b in pairs if a < b)

    def _unite(self, left: str, right: str) -> None:
        left, right = self.root(left), self.root(right)
        if left == right:
            return
        small, large = sorted((left, right), key=lambda root: len(self._members.get(root, (root,))))
        moved = self._members.pop(small, [small])
        self._members.setdefault(large, [large]).extend(moved)
        self._root.setdefault(large, large)
        self._root.update(dict.fromkeys(moved, large))
        for other in self._apart.pop(small, set()):
            self._apart[other].discard(small)
            self._apart[other].add(large)
            self._apart[large].add(other)
