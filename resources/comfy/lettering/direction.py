"""Which way each letter of a line runs: the Unicode Bidirectional Algorithm (UAX 9) for one line without controls.

Levels are even from left to right and odd from right to left. Not here: shaping (`resources.comfy.lettering.line`).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar
from unicodedata import bidirectional

T = TypeVar("T")
BRACKETS = dict(zip("([{（［｛「『【〔〈《", ")]}）］｝」』】〕〉》", strict=True))
NUMBERS, STRONG = {"EN", "AN"}, {"L", "R"}


def levels(text: str) -> list[int]:
    """The level of each letter; the first strong letter tells the direction of the whole."""
    kinds = [bidirectional(letter) for letter in text]
    base = next((int(kind != "L") for kind in kinds if kind in {"L", "R", "AL"}), 0)
    outer = "LR"[base]
    marks = _weak(kinds, outer)
    _brackets(text, marks, kinds, outer)
    _neutral(marks, outer)
    return [_level(kind, base) for kind in marks]


def in_order(runs: list[T], level_of: Callable[[T], int]) -> list[T]:
    """Runs from left to right as they are seen: from the highest level down, what stands together is turned over."""
    turned = list(runs)
    for level in range(max(map(level_of, runs), default=0), 0, -1):
        for start, end in _spans([level_of(run) >= level for run in turned], {True}):
            turned[start:end] = reversed(turned[start:end])
    return turned


def _weak(given: list[str], outer: str) -> list[str]:
    """Rules W1 to W7: marks follow their letter, numbers and what stands in them follow the letters before."""
    kinds: list[str] = []
    strong = outer
    for kind in given:
        if kind in {"NSM", "BN"}:  # W1; joiners are carried along like marks
            found = kinds[-1] if kinds else outer
        else:
            found = "AN" if kind == "EN" and strong == "AL" else kind  # W2
            strong = kind if kind in {"L", "R", "AL"} else strong
        kinds.append(found)
    kinds = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for place in range(1, len(kinds) - 1):  # W4
        before, kind, after = kinds[place - 1 : place + 2]
        if before == after and ((kind == "ES" and before == "EN") or (kind == "CS" and before in NUMBERS)):
            kinds[place] = before
    for start, end in _spans(kinds, {"ET"}):  # W5
        if "EN" in (kinds[start - 1] if start else outer, kinds[end] if end < len(kinds) else outer):
            kinds[start:end] = ["EN"] * (end - start)
    kinds = ["ON" if kind in {"ES", "ET", "CS"} else kind for kind in kinds]  # W6
    strong = outer
    for place, kind in enumerate(kinds):  # W7
        strong = kind if kind in STRONG else strong
        kinds[place] = "L" if kind == "EN" and strong == "L" else kind
    return kinds


def _brackets(text: str, kinds: list[str], given: list[str], outer: str) -> None:
    """Rule N0: a pair of brackets runs as what it holds, or as what stands before it."""
    for start, end in _pairs(text, kinds):
        inside = {_strength(kind) for kind in kinds[start + 1 : end]} & STRONG
        if outer in inside:
            found = outer
        elif inside:
            before = next((s for kind in reversed(kinds[:start]) if (s := _strength(kind)) in STRONG), outer)
            found = before if before in inside else outer
        else:
            continue
        for place in (start, end):
            kinds[place] = found
            for after in range(place + 1, len(kinds)):  # marks of a bracket go with it
                if given[after] != "NSM":
                    break
                kinds[after] = found


def _pairs(text: str, kinds: list[str]) -> list[tuple[int, int]]:
    waiting: list[tuple[str, int]] = []
    found = []
    for place, letter in enumerate(text):
        if kinds[place] != "ON":
            continue
        if letter in BRACKETS:
            waiting.append((BRACKETS[letter], place))
        for depth in reversed(range(len(waiting))):
            if waiting[depth][0] == letter:
                found.append((waiting[depth][1], place))
                del waiting[depth:]
                break
    return sorted(found)


def _neutral(kinds: list[str], outer: str) -> None:
    """Rules N1 and N2: what has no direction takes that of both its neighbours, else of the whole."""
    for start, end in _spans(kinds, {"ON", "WS", "B", "S"}):
        before = _strength(kinds[start - 1]) if start else outer
        after = _strength(kinds[end]) if end < len(kinds) else outer
        kinds[start:end] = [before if before == after else outer] * (end - start)


def _strength(kind: str) -> str:
    return "R" if kind in NUMBERS else kind


def _level(kind: str, base: int) -> int:
    """Rules I1 and I2."""
    if base:
        return 1 if kind == "R" else 2
    return {"L": 0, "R": 1}.get(kind, 2)


def _spans(values: Sequence[Hashable], wanted: Container[Hashable]) -> Iterator[tuple[int, int]]:
    """Start and end of each stretch of wanted values, as they were when it began."""
    place = 0
    for is_wanted, group in groupby(list(values), lambda value: value in wanted):
        length = len(list(group))
        if is_wanted:
            yield place, place + length
        place += length
