"""Family names and the forms they are known in: of women and men, with particles or without, in other spellings.

`family_names.txt` has groups of spellings, one line a group. Endings stand here as rules. A form that is no name but a
key (of a rule whose stems are no names) ends in `~`.

Not here: how related names are weighed (`identity.contact_model`).
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from identity.words import PARTICLES

_SPELLINGS = [
    (re.compile(pattern), written)
    for pattern, written in (
        ("ue", "u"), ("oe", "o"), ("ae", "a"), ("aa", "a"), ("(?<=[oe])(?:ff|w)$", "v"), ("ye", "e"), ("w", "v"),
        ("(?:[iy]y|[io]j|ii|(?<=o)i)$", "y"), ("^(?:saint|sankt|sainte)", "st"),
    )
]  # fmt: skip
_BY_LETTER = {
    "y": [("sk[iy]$", "sk~"), ("ck[iy]$", "ck~"), ("dzk[iy]$", "dzk~")],
    "i": [("sk[iy]$", "sk~"), ("ck[iy]$", "ck~"), ("dzk[iy]$", "dzk~"), ("(?<=ad|ak|id)i$", "~g")],
    "a": [
        ("ska(?:[jiy]a)?$", "sk~"), ("cka(?:[jiy]a)?$", "ck~"), ("dzka$", "dzk~"),
        ("(?<=...)ova$", ""), ("(?<=...)ova$", "ov"), ("(?<=...)eva$", "ev"), ("(?<=...)[iy]na$", "in"),
        ("(?<=...[b-df-hj-np-tv-z])a$", "y"), ("(?<=...)ina$", "in~"),
    ],
    "n": [("(?<=...)yn$", "in")],
    "e": [("(?<=....)(?:uv)?iene$|(?<=....)(?:ai|y|u)te$", "~l")],
    "s": [("(?<=....)[aiuy]s$", "~l"), ("(?<=...)ins$", "in~"), ("(?<=opoul)os$", "~"), ("(?<=ad|ak|id)is$", "~g")],
    "u": [("(?<=opoul)ou$", "~")],
}  # fmt: skip
_ENDINGS = {
    letter: [(re.compile(pattern), written) for pattern, written in rules] for letter, rules in _BY_LETTER.items()
}
_FLEETING = re.compile(r"(?<=[aeiouy])?([bcdfghklmnprstvz])([clkmnr])$")  # Havlová is of a Havel
_PARTICLES = frozenset(PARTICLES)


def family_forms(name: str) -> list[str]:
    """The forms of a folded family name, sorted: itself written together, and those that other people may know."""
    spelled = name.split(" ")
    core = _without_particles(spelled)
    forms = {"".join(spelled), "".join(core)}
    if len(core) == 1:
        forms |= {bare for form in tuple(forms) if (bare := _without_article(form))}
    for form in tuple(forms):
        forms |= _related(form)
    return sorted(forms)


def family_parts(name: str) -> list[str] | None:
    """The names that a folded double name is made of, sorted, in all their forms; null where it is a single one."""
    core = _without_particles(name.split(" "))
    parts = [word for word in core if len(word) > 2]
    return sorted({form for word in parts for form in family_forms(word)}) if len(core) > 1 and parts else None


def _without_particles(words: list[str]) -> list[str]:
    return [word for word in words if word not in _PARTICLES] or words


def _without_article(name: str) -> str | None:
    """An Arabic name less an article that is written with it: `alsayed`, `elmasri`."""
    found = re.match(r"^(?:al|el|ul)(?=[^aeiou])(.{4,})$", name)
    return found[1] if found else None


def _related(name: str) -> set[str]:
    spelling = name
    for pattern, written in _SPELLINGS:
        spelling = pattern.sub(written, spelling)
    found = {spelling} | _groups().get(name, set()) | _groups().get(spelling, set())
    found |= {pattern.sub(written, spelling) for pattern, written in _ENDINGS.get(spelling[-1:], ())}
    if spelling.endswith("ova"):
        found.add(_FLEETING.sub(r"\1e\2", spelling[:-3]))
    return {form for form in found if len(form) > 1}


@cache
def _groups() -> dict[str, set[str]]:
    """Spelling -> the spellings of its groups."""
    groups: dict[str, set[str]] = {}
    for line in (files("identity") / "family_names.txt").read_text("utf-8").splitlines():
        for name in line.split():
            groups.setdefault(name, set()).update(line.split())
    return groups
