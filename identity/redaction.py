"""What may stay of an entry of the log that names an erased person: what it says of others.

Not here: which entries there are (`resources.log`), and that they stay verifiable (`resources.erasing`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

ERASED = "(erased)"
OF_OTHERS = frozenset({"retracts", "withdraws", "requests", "erases", "of", "completes", "releases"})  # it acts


@dataclass(frozen=True, slots=True)
class Person:
    """By what an entry names a person: the canonical id, which may stay, record keys (`names`), and `values`: texts
    that may stand inside others, the longest first, so that none leaves a rest of another behind.
    """

    canonical_id: str
    names: frozenset[str]
    values: tuple[str, ...]

    @classmethod
    def of(cls, canonical_id: str, names: Collection[str], values: Collection[str]) -> Person:
        """From keys and texts in any order."""
        texts = sorted({*names, *values}, key=lambda text: (-len(text), text))
        return cls(canonical_id, frozenset(names), tuple(texts))

    def hides(self, text: str) -> str:
        """A text without the person."""
        lower = text.lower()
        for value in self.values:
            if value.lower() in lower:
                text, lower = _without(text, value)
        return text


def _without(text: str, value: str) -> tuple[str, str]:
    found, lower, part = "", text.lower(), value.lower()
    if len(lower) != len(text):  # letters that grow when they are made small: no place is sure
        return ERASED, ERASED
    at = 0
    while (begin := lower.find(part, at)) >= 0:
        found, at = found + text[at:begin] + ERASED, begin + len(part)
    found += text[at:]
    return found, found.lower()


def redacted(said: dict[str, Any], person: Person) -> dict[str, Any] | None:
    """A payload as it may stay, the same where it does not name the person; None where nothing of it is of others."""
    if "rules" in said:  # a batch: by all else than its name it is found and read
        return {**said, "file": person.hides(said["file"])}
    rest: dict[str, Any] = _walk(said, person)
    if "judgements" in said:
        return rest if rest["judgements"] else None
    if said.keys() & OF_OTHERS:
        return rest
    return None if _names(said, person) else rest


def _names(value: Any, person: Person) -> bool:
    if isinstance(value, dict):
        return any(key in person.names or _names(item, person) for key, item in value.items())
    if isinstance(value, list):
        return any(_names(item, person) for item in value)
    return isinstance(value, str) and (value in person.names or value == person.canonical_id)


def _walk(value: Any, person: Person) -> Any:
    if isinstance(value, dict):
        rest = {key: _walk(item, person) for key, item in value.items() if key not in person.names}
        if "judgements" in value:
            rest["judgements"] = [said for said in value["judgements"] if not set(said[1:]) & person.names]
            if rest != value and "reason" in rest:
                rest["reason"] = ERASED
        return rest
    if isinstance(value, list):
        return [_walk(item, person) for item in value]
    return person.hides(value) if isinstance(value, str) else value
