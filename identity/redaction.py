"""What may stay of an entry of the log that names an erased person: what it says of others.

Not here: which entries there are (`resources.log`), and that they stay verifiable (`resources.erasing`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

ERASED = "(erased)"


@dataclass(frozen=True, slots=True)
class Person:
    """By what an entry names a person: `names` are record keys and ids, `values` texts that may stand inside others."""

    names: frozenset[str]
    values: tuple[str, ...]

    @classmethod
    def of(cls, names: Collection[str], values: Collection[str]) -> Person:
        """Longer texts go first, so that none leaves a rest of another behind."""
        return cls(frozenset(names), tuple(sorted({*names, *values}, key=lambda text: (-len(text), text))))

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
    rest: dict[str, Any] = _walk(said, person)
    if rest == said:
        return said
    if "judgements" in said:
        return rest if rest["judgements"] else None
    if said.keys() & {"retracts", "withdraws", "erases", "requests", "of", "file", "releases"}:
        return rest
    return None if _names(said, person) else rest


def _names(value: Any, person: Person) -> bool:
    if isinstance(value, dict):
        return any(key in person.names or _names(item, person) for key, item in value.items())
    if isinstance(value, list):
        return any(_names(item, person) for item in value)
    return value in person.names if isinstance(value, str) else False


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
