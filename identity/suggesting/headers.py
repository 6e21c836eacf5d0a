"""What the words of a column's header say: a concept, and what only qualifies it.

The words stand in `words.yaml` and `qualifiers.yaml`. Not here: what the values say (`identity.suggesting.values`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import yaml
from anyascii import anyascii

EXACT, QUALIFIED, PART, ALIKE = 1.0, 0.95, 0.65, 0.6  # how well words fit
LEAST_ALIKE = 0.75  # share of letter pairs that a misspelt word has in common (Dice)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Reading:
    """The `concept` of a header (a name in `words.yaml`, empty if none fits), how well it fits, 0 to 1, and `about`:
    the kinds of its qualifiers.
    """

    concept: str
    fit: float
    about: frozenset[str]


def read_header(title: str) -> Reading:
    """What a header says, by its exact words, less its qualifiers, by a part of it, or by likeness."""
    words = _words(title)
    whole = "".join(words)
    pairs = [a + b for a, b in pairwise(words)]
    about = frozenset(kind for word in (*words, *pairs) for kind in _qualifiers().get(word, ()))
    if whole in _vocabulary():
        return Reading(_vocabulary()[whole], EXACT, about)
    found = next(_without_qualifiers(words), "") or _glued(whole)
    if found:
        return Reading(found, QUALIFIED, about)
    part = next((_vocabulary()[p] for p in _spans(words) if p in _vocabulary() and len(p) > 3), "")
    if part:
        return Reading(part, PART, about)
    alike = _alike(whole)
    return Reading(alike, ALIKE if alike else 0.0, about)


def attribute_name(title: str) -> str:
    """The name under which a column is kept that feeds no field."""
    return re.sub(r"\W+", "_", title.strip().lower()).strip("_") or "column"


def _words(title: str) -> list[str]:
    """The words of a header in small ASCII letters, however they are joined; what stands in brackets is left out."""
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]|__[cr]$", " ", title) or title
    apart = CAMEL.sub(" ", plain) if not plain.isupper() else plain
    folded = anyascii(re.sub(r"[#№]|n°", " number ", apart)).lower().replace("'", "")
    return re.findall(r"[a-z]+|[0-9]+", folded)


@cache
def _vocabulary() -> dict[str, str]:
    """Concepts by their phrases, without spaces; the first that claims a phrase has it."""
    found: dict[str, str] = {}
    for concept, phrases in _load("words.yaml").items():
        for phrase in phrases:
            found.setdefault("".join(_words(phrase)), concept)
    return found


@cache
def _qualifiers() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for kind, phrases in _load("qualifiers.yaml").items():
        for phrase in phrases:
            word = "".join(_words(phrase))
            found[word] = (*found.get(word, ()), kind)
    return found


def _load(name: str) -> dict[str, list[str]]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return {kind: [phrase.strip() for phrase in said.split(",")] for kind, said in yaml.safe_load(text).items()}


def _spans(words: list[str]) -> Iterator[str]:
    """Neighbouring words as one, the longest first."""
    for size in range(len(words), 0, -1):
        for at in range(len(words) - size + 1):
            yield "".join(words[at : at + size])


def _without_qualifiers(words: list[str]) -> Iterator[str]:
    """Concepts of what is left where all the other words only qualify."""
    for size in range(len(words) - 1, 0, -1):
        for at in range(len(words) - size, -1, -1):
            concept = _vocabulary().get("".join(words[at : at + size]))
            if concept and all(_qualifies(word) for word in (*words[:at], *words[at + size :])):
                yield concept
    bare = [word for word in words if not _qualifies(word)]
    concept = _vocabulary().get("".join(bare)) if bare else None
    if concept:
        yield concept


def _qualifies(word: str) -> bool:
    return word in _qualifiers() or word.isdigit()


def _glued(whole: str) -> str:
    """The concept of one long word that begins with a qualifier: MAILINGPOSTALCODE."""
    starts = (q for q in _qualifiers() if len(q) > 3 and whole.startswith(q))
    return next((_vocabulary()[whole[len(q) :]] for q in starts if whole[len(q) :] in _vocabulary()), "")


def _alike(whole: str) -> str:
    """The concept of the phrase that is most alike, for what is misspelt."""
    if len(whole) < 5:
        return ""
    mine = _pairs(whole)
    best, phrase = max(
        (2 * len(mine & _pairs(p)) / (len(mine) + len(_pairs(p))), p) for p in _vocabulary() if len(p) > 4
    )
    return _vocabulary()[phrase] if best >= LEAST_ALIKE else ""


@cache
def _pairs(word: str) -> frozenset[str]:
    return frozenset(word[i : i + 2] for i in range(len(word) - 1))
