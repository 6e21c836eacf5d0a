"""Reading `multipart/form-data`, for uploads of a few pictures.

Not here: what is done with them (`resources.comfy.standin.transfer`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
NAME = re.compile(r'\bname="([^"]*)"')
FILENAME = re.compile(r'\bfilename="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a form; `filename` is None for one that is no file."""

    data: bytes
    filename: str | None


def parse(content_type: str, body: bytes) -> dict[str, Part]:
    """Fields by name; none where it is no form."""
    boundary = BOUNDARY.search(content_type)
    if boundary is None:
        return {}
    parts = {}
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())[1:-1]:
        head, _, data = piece.partition(b"\r\n\r\n")
        text = head.decode("utf-8", "replace")
        name, filename = NAME.search(text), FILENAME.search(text)
        if name:
            parts[name[1]] = Part(data, filename[1] if filename else None)
    return parts
