"""Names of many cultures, drawn as often as names are in life: few are common, most are rare.

Not here: the names themselves (`names.yaml`, `velocity_pipelines.synth.words`), nor who bears them
(`velocity_pipelines.synth.society`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from velocity_pipelines.synth import words
from velocity_pipelines.synth.world import Ints, Texts

Flags = npt.NDArray[np.bool_]
OFFSET = 20  # of ranks: the commonest names of a culture are not that much commoner than the next
MEN, WOMEN, FAMILY = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Names:
    """All names under numbers, and of each culture which numbers are its men's, women's and family names.

    `latin`, `native` (where it is `written` in another script) and `other` (a second spelling, or the same) have a
    column for men and one for women; `alike` is the number of another name of the culture that begins as this one does.
    """

    cultures: list[str]
    share: npt.NDArray[np.float64]
    spans: Ints  # by culture, and men, women or family: first number, count
    latin: Texts
    native: Texts
    other: Texts
    written: Flags
    alike: Ints
    family_first: Flags
    doubled: Flags
    mononym: Flags


@cache
def names() -> Names:
    """The pool of names."""
    read: dict[str, dict[str, Any]] = yaml.safe_load((files(__package__) / "names.yaml").read_text("utf-8"))
    entries: list[str] = []
    spans = []
    for culture in read.values():
        lists = _lists(culture)
        spans.append([[len(entries) + sum(map(len, lists[:i])), len(lists[i])] for i in range(len(lists))])
        entries += [name for part in lists for name in part]
    made = np.array([_forms(entry) for entry in entries], dtype=object)
    share = np.array([c["share"] for c in read.values()], dtype=float)
    flags = {f: np.array([c.get(f, False) for c in read.values()]) for f in ("family_first", "doubled", "mononym")}
    table = np.array(spans)
    alike = _alike(made[:, 0, 0], table)
    written = np.array([own is not None for own in made[:, 1, 0]])
    return Names(list(read), share / share.sum(), table, made[:, 0], made[:, 1], made[:, 2], written, alike, **flags)


def _lists(culture: dict[str, Any]) -> list[list[str]]:
    """Men's, women's and family names of a culture; the western ones are those of `words`."""
    family = culture["family"].split()
    if "men" not in culture:
        composed = [head + tail for tail in words.LAST_TAILS for head in words.LAST_HEADS]
        return [words.FIRST, words.FIRST, [*family, *words.LAST, *composed]]
    given = [culture["men"].split(), culture["women"].split()]
    return [*(_composed(g, culture["joint"]) if "composed" in culture else g for g in given), family]


def _composed(syllables: list[str], joint: str) -> list[str]:
    """Given names of two syllables, the first ones the commonest, in either script."""
    parts = [(s.split("=") * 2)[:2] for s in syllables]
    low = (lambda text: text) if joint == " " else str.lower
    pairs = sorted((i + j, i, j) for i in range(len(parts)) for j in range(len(parts)) if i != j)
    made = [(f"{parts[i][0]}{joint}{low(parts[j][0])}", parts[i][1] + parts[j][1]) for _, i, j in pairs]
    return [f"{latin}={native}" if "=" in syllables[0] else latin for latin, native in made]


def _forms(entry: str) -> list[list[str | None]]:
    """For men and women: the name, the name in its own script, its other spelling."""
    latin, _, native = entry.replace("_", " ").partition("=")
    spellings = [s.split("/") for s in latin.split("|")]
    own = native.split("/") if native else [None]
    return [[form[0], form[-1]] for form in (spellings[0], own, spellings[-1])]


def _alike(latin: Texts, spans: Ints) -> Ints:
    """By number, the next name of the same list with the same first letter; the next at all where there is none."""
    alike = np.arange(len(latin))
    for start, count in spans.reshape(-1, 2).tolist():
        ranked = sorted(range(start, start + count), key=lambda i: (latin[i][0], i))
        for here, after in zip(ranked, [*ranked[1:], ranked[0]], strict=True):
            alike[here] = after
    return alike


def draw(culture: Ints, kind: Ints, rng: np.random.Generator) -> Ints:
    """Numbers of names: for each element one of its culture's men's, women's or family names (`kind`)."""
    start, count = names().spans[culture, kind].T
    top = np.log((count + OFFSET) / OFFSET)  # ranks whose chance falls as 1 / (rank + OFFSET)
    rank = OFFSET * np.expm1(rng.random(len(culture)) * top)
    drawn: Ints = start + np.minimum(rank.astype(np.int64), count - 1)
    return drawn
