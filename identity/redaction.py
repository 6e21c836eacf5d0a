"""What may stay of an entry of the log that names an erased person: what it says of others.

Not here: which entries there are (`resources.log`), and that they stay verifiable (`resources.erasing`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import polars as pl

ERASED = "(erased)"
OF_OTHERS = frozenset({"retracts", "withdraws", "requests", "erases", "of", "completes", "releases"})  # it acts
UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # here words stand side by side


def naming(texts: Collection[str]) -> str:
    """The Polars pattern of cells and JSON that name one of these in whole words: Ann Hill is not in Joann Hillman."""
    spaced = [pl.escape_regex(text) for text in texts if not UNSPACED.search(text)]
    others = [pl.escape_regex(text) for text in texts if UNSPACED.search(text)]
    words = [rf"(?:^|[\W_]|\\[nrtbf])(?:{'|'.join(spaced)})(?:$|[\W_])"] if spaced else []
    return "(?i)" + "|".join([*words, *others])


@dataclass(frozen=True, slots=True)
class Person:
    """By what an entry names a person: the canonical id and those that lead to it (`ids`), which may stay, record keys
    (`names`), and `values`: texts that are theirs alone, the longest first, so that none leaves a rest of another.
    """

    ids: frozenset[str]
    names: frozenset[str]
    values: tuple[str, ...]

    @classmethod
    def of(cls, ids: Collection[str], names: Collection[str], values: Collection[str]) -> Person:
        """From ids, keys and texts in any order."""
        texts = sorted({*names, *values}, key=lambda text: (-len(text), text))
        return cls(frozenset(ids), frozenset(names), tuple(texts))

    def hides(self, text: str) -> str:
        """A text without the person."""
        for value in self.values:
            word = re.escape(value) if UNSPACED.search(value) else rf"(?<![^\W_]){re.escape(value)}(?![^\W_])"
            text = re.sub(word, ERASED, text, flags=re.IGNORECASE)
        return text


def redacted(said: dict[str, Any], person: Person) -> dict[str, Any] | None:
    """A payload as it may stay, the same where it does not name the person; None where nothing of it is of others."""
    if "rules" in said:  # a batch: by all else than its name it is found and read
        return {**said, "file": person.hides(said["file"])}
    if "overrides" in said:  # what people set on the records of others is theirs, whatever it says
        is_theirs = said["overrides"]["key"] in person.names
        return None if is_theirs else {**said, "reason": person.hides(said["reason"])}
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
    return isinstance(value, str) and value in person.names | person.ids


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
