"""Mappings that we ship, recognised by the header of a file.

One YAML a source and entity stands beside this module. Not here: what a mapping is (`identity.mapping`), and proposals
for headers that nobody knows (`identity.suggesting`).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from identity.mapping import Mapping, parse_mapping, without_columns

__all__ = ["detect", "shipped"]

LEAST_SHARE = 0.6  # of a file's columns that the mapping has to know
LEAST_KNOWN = 4  # columns: fewer may be anybody's


@cache
def shipped() -> tuple[Mapping, ...]:
    """Every mapping that we ship."""
    found = sorted((f for f in files(__name__).iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return tuple(parse_mapping(f.read_text(encoding="utf-8")) for f in found)


def detect(header: tuple[str, ...], source: str | None = None, entity: str | None = None) -> Mapping | None:
    """The shipped mapping that knows the most of a header, less the columns that the file lacks; None if none fits.

    Exports leave out columns that nobody chose, so only the key has to be there, and most of the file's columns known.
    """
    fitting = [m for m in shipped() if source in (None, m.source) and entity in (None, m.entity)]
    ranked = sorted(((_share(m, header), m.source, m.entity, m) for m in fitting), key=lambda r: r[:3], reverse=True)
    return without_columns(ranked[0][3], header) if ranked and ranked[0][0] >= LEAST_SHARE else None


def _share(mapping: Mapping, header: tuple[str, ...]) -> float:
    known = {*mapping.named, *mapping.ignore}
    count = sum(h in known for h in header)
    return count / len(header) if count >= LEAST_KNOWN and not set(mapping.key) - set(header) else 0.0
