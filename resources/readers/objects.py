"""JSON objects as rows: nested ones flattened, every value as text.

Not here: where the objects stand in a file (`json_lines`, `json_document`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from identity.errors import BadInputError
from resources.readers.header import MOST_COLUMNS, name_columns

DEEPEST = 20  # objects in objects that become columns; what is deeper stays JSON
MOST_NESTED = 100  # objects and lists in each other


class Number(str):
    """A number as it is written: no digit of an id or an amount is rounded away."""

    __slots__ = ()


DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=Number)


class Columns(NamedTuple):
    """The keys of all rows, in the order in which they are first seen, and the names of their columns."""

    keys: tuple[str, ...]
    names: tuple[str, ...]

    def cells(self, row: Mapping[str, str | None]) -> list[str | None]:
        """The cells of a row; null where it lacks a key."""
        return [row.get(key) for key in self.keys]


def columns_of(rows: Iterable[Mapping[str, object]], name: str) -> Columns:
    """The columns of all rows. Refuses `empty_file`, `too_many_columns` and what `name_columns` refuses."""
    found: dict[str, None] = {}
    for row in rows:
        found.update(dict.fromkeys(row))
        if len(found) > MOST_COLUMNS:
            break
    if not found:
        raise BadInputError("empty_file", f"{name} has no rows", "export it again")
    return Columns(tuple(found), name_columns(tuple(key.replace("\0", "") for key in found), name))


def flatten(value: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str | None]:
    """`{"a": {"b": 1}}` as `{"a.b": "1"}`; lists of plain values joined by "; ", other lists as JSON."""
    found: dict[str, str | None] = {}
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, dict) and item and depth < DEEPEST:
            found |= flatten(item, f"{name}.", depth + 1)
        else:
            found[name] = text_of(item)
    return found


def row_of(value: Mapping[str, Any], text: str) -> dict[str, str | None]:
    """An object as a row; `text` is what it was read from. Raises RecursionError where it is nested too deep.

    Halves of characters, which JSON can write and nothing can store, become question marks.
    """
    check_depth(value, text)
    row = flatten(value)
    if "\\u" not in text:
        return row
    return {_sound(key): cell and _sound(cell) for key, cell in row.items()}


def check_depth(value: object, text: str) -> None:
    """Raises RecursionError where objects and lists stand in each other deeper than anybody means."""
    if text.count("{") + text.count("[") <= MOST_NESTED:
        return
    level: Sequence[Any] = [value]
    depth = 0
    while level:
        depth += 1
        if depth > MOST_NESTED:
            raise RecursionError
        inner = [one for item in level for one in (item.values() if isinstance(item, dict) else item)]
        level = [one for one in inner if isinstance(one, dict | list)]


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def text_of(item: Any) -> str | None:
    """A value of JSON as text; null stays null."""
    match item:
        case None:
            return None
        case bool():
            return "true" if item else "false"
        case list() if not any(isinstance(one, dict | list) for one in item):
            return "; ".join(filter(None, map(text_of, item)))
        case dict() | list():
            return _json(item)
    return str(item).replace("\0", "")


def _json(item: Any) -> str:
    """JSON text in which numbers stand as they were written."""
    match item:
        case dict():
            return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_json(v)}" for k, v in item.items()) + "}"
        case list():
            return "[" + ", ".join(map(_json, item)) + "]"
        case None | bool():
            return json.dumps(item)
        case str() if not isinstance(item, Number):
            return json.dumps(item, ensure_ascii=False)
    return str(item)
