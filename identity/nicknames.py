"""Given names and their other forms, short, familiar, or of another language, one line a name in `given_names.txt`.

A form may stand under several names (`alex`): it is related to each, while these stay strangers to each other. Two
names of the table without relation are two names, however alike (`maria`, `mario`).
All forms are folded as `identity.features` folds names.

Not here: how related names are weighed (`identity.contact_model`).
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

SPELLINGS = [
    (re.compile(pattern), written)
    for pattern, written in (
        (r"^abd(?:[aeu]?ll?a[sh]?h?$)", "abdullah"), (r"^abd(?:[aeu]?[dlnrsz])?(?=[bcdfghjklmnpqrstwyz]\w{3})", "abd"),
        (r"ue", "u"), (r"oe", "o"), (r"ae", "a"), (r"ou", "u"), (r"oo", "u"), (r"ee", "i"), (r"ij$|iy$|ii$|y$", "i"),
        (r"ph", "f"), (r"dj", "j"), (r"q", "k"), (r"([b-df-hj-np-tv-z])\1", r"\1"), (r"(?<=[aiu])h$", ""),
    )
]  # fmt: skip


@cache
def _names() -> dict[str, set[str]]:
    """Form -> the formal names that it may stand for; a name stands for itself too."""
    names: dict[str, set[str]] = {}
    for formal, forms in _rows():
        for form in (formal, *forms):
            names.setdefault(form, {form}).add(formal)
    return names


def _rows() -> list[tuple[str, list[str]]]:
    text = (files("identity") / "given_names.txt").read_text("utf-8")
    lines = (line.partition(":") for line in text.splitlines())
    return [(formal, forms.split()) for formal, _, forms in lines]


def formal_names(name: str) -> list[str]:
    """The formal names that a folded name may stand for, itself among them, sorted; of several words, of any."""
    return sorted(set[str]().union(*(_formal(word) for word in name.split())))


def _formal(name: str) -> set[str]:
    """Of one word. A name that the table does not have is looked for in other spellings too."""
    names = _names()
    if name in names:
        return names[name]
    spelling = _spelled(name)
    return {name, spelling, *(formal for known in _by_spelling().get(spelling, ()) for formal in names[known])}


@cache
def _by_spelling() -> dict[str, set[str]]:
    """Spelling -> the known names that are spelled like that."""
    found: dict[str, set[str]] = {}
    for name in _names():
        found.setdefault(_spelled(name), set()).add(name)
    return found


def _spelled(name: str) -> str:
    """A name in one spelling of many: of umlauts, of what other scripts were written in, of `abd` and its article."""
    for pattern, written in SPELLINGS:
        name = pattern.sub(written, name)
    return name


def known_names() -> list[str]:
    """All names of the table, folded."""
    return list(_names())


def guessed_names(name: str) -> list[str]:
    """The formal names that a folded name may stand for, were there a slip of the keyboard in it, sorted.

    Only a name of four letters or more that the table does not have is guessed at.
    """
    if len(name) < 4 or name in _names():
        return formal_names(name)
    near = set[str]().union(*(_slips().get(spelling, ()) for spelling in _spellings(name)))
    return sorted({name}.union(*(_names()[known] for known in near)))


@cache
def _slips() -> dict[str, set[str]]:
    """What is left of each known name when a letter is lost -> the names; two names a slip apart meet in one."""
    left: dict[str, set[str]] = {}
    for name in _names():
        if len(name) > 3:
            for spelling in _spellings(name):
                left.setdefault(spelling, set()).add(name)
    return left


def _spellings(name: str) -> set[str]:
    return {name, *(name[:i] + name[i + 1 :] for i in range(len(name)))}
