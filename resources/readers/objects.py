"""JSON objects as rows: nested ones flattened, every value as text.

Not here: where the objects stand in a file (`json_lines`, `json_document`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from identity.errors import BadInputError
from resources.readers.header import MOST_COLUMNS, name_columns

DEEPEST = 20  # objects in objects that become columns; what is deeper stays JSON


def flatten(value: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str | None]:
    """`{"a": {"b": 1}}` as `{"a.b": "1"}`; lists of plain values joined by "; ", other lists as JSON."""
    found: dict[str, str | None] = {}
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, dict) and item and depth < DEEPEST:
            found |= flatten(item, f"{name}.", depth + 1)
        else:
            found[name] = _text(item)
    return found


def _text(item: Any) -> str | None:
    match item:
        case None:
            return None
        case bool():
            return "true" if item else "false"
        case list() if not any(isinstance(one, dict | list) for one in item):
            return "; ".join(filter(None, map(_text, item)))
        case dict() | list():
            return json.dumps(item, ensure_ascii=False, default=str)
    return str(item).replace("\0", "")


def columns_of(rows: Iterable[Mapping[str, object]], name: str) -> tuple[str, ...]:
    """The columns of all rows, in the order in which they are first seen."""
    found: dict[str, None] = {}
    for row in rows:
        found.update(dict.fromkeys(row))
        if len(found) > MOST_COLUMNS:
            break
    if not found:
        raise BadInputError("empty_file", f"{name} has no rows", "export it again")
    return name_columns(tuple(found), name)


def cells_of(row: Mapping[str, str | None], columns: Sequence[str]) -> list[str | None]:
    """The cells of a row by column."""
    return [row.get(column) for column in columns]
