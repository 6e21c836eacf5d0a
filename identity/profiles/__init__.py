"""Mappings that we ship, recognised by the header of a file.

One YAML a source and entity stands beside this module: a mapping and, under `aliases`, what its tool also calls a
column, or has called it. The source `generic` stands for tools that nobody named. Not here: what a mapping is
(`identity.mapping`), and proposals for headers that nobody knows (`identity.suggesting`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import yaml

from identity.mapping import Mapping, renamed, without_columns

__all__ = ["GENERIC", "detect", "detect_generic", "shipped"]

GENERIC = "generic"
LEAST_SHARE = 0.6  # of a file's columns that the mapping has to know
LEAST_KNOWN = 4  # columns: fewer may be anybody's


@dataclass(frozen=True, slots=True)
class _Profile:
    """A mapping, and the other names of its columns: the first that a header has is taken."""

    mapping: Mapping
    aliases: dict[str, list[str]]

    def called(self, header: tuple[str, ...]) -> Mapping:
        """The mapping with its columns called as in a header."""
        names = {
            column: next((other for other in others if other in header), column)
            for column, others in self.aliases.items()
            if column not in header
        }
        return renamed(self.mapping, names) if names else self.mapping

    @property
    def known(self) -> set[str]:
        """Every name that it has for a column."""
        return {*self.mapping.named, *self.mapping.ignore, *(name for names in self.aliases.values() for name in names)}


@cache
def _profiles() -> tuple[_Profile, ...]:
    found = sorted((f for f in files(__name__).iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    facts = [yaml.safe_load(f.read_text(encoding="utf-8")) for f in found]
    return tuple(_Profile(Mapping.from_dict(f), aliases) for f in facts for aliases in [f.pop("aliases", {})])


@cache
def _plain() -> set[str]:
    """Names of columns that are nobody's own."""
    return {name for profile in _profiles() if profile.mapping.source == GENERIC for name in profile.known}


def shipped() -> tuple[Mapping, ...]:
    """Every mapping that we ship."""
    return tuple(profile.mapping for profile in _profiles())


def detect(header: tuple[str, ...], source: str | None = None, entity: str | None = None) -> Mapping | None:
    """The mapping of the tool that a header tells, less the columns that the file lacks; None if none fits.

    Exports leave out columns that nobody chose, so only the key has to be there, and most of the file's columns known.
    """
    named = [p.called(header) for p in _profiles() if p.mapping.source != GENERIC]
    said = [m for m in named if source in (None, m.source) and entity in (None, m.entity)]
    return _best([m for m in said if _is_own(m, header)], header)


def detect_generic(header: tuple[str, ...], source: str | None = None, entity: str | None = None) -> Mapping | None:
    """The mapping of a header of plain names, for a tool that `detect` does not know; None if none fits.

    Ids of unknown tools would be taken for each other's: where the file has some, the sender has to name its source.
    """
    plain = [without_columns(p.called(header), header) for p in _profiles() if p.mapping.source == GENERIC]
    found = [m for m in plain if entity in (None, m.entity) and (source or not m.key)]
    return _best([replace(m, source=source or GENERIC) for m in found], header)


def _best(mappings: list[Mapping], header: tuple[str, ...]) -> Mapping | None:
    """The one that knows the most; None where two of different entities know as much: nobody can tell then."""
    most = max((_share(m, header) for m in mappings), default=0.0)
    found = [m for m in mappings if _share(m, header) == most]
    is_told = most >= LEAST_SHARE and len({m.entity for m in found}) == 1
    return without_columns(max(found, key=lambda m: m.source), header) if is_told else None


def _is_own(mapping: Mapping, header: tuple[str, ...]) -> bool:
    """Whether a header has anything that is of this tool alone: the key, or a name that is not everybody's."""
    keyed = bool(mapping.key) and set(mapping.key) <= {*header}
    return keyed or bool(({*header} & _knows(mapping)) - _plain())


def _knows(mapping: Mapping) -> set[str]:
    return {*mapping.named, *mapping.ignore}


def _share(mapping: Mapping, header: tuple[str, ...]) -> float:
    known = _knows(mapping)
    count = sum(h in known for h in header)
    has_key = mapping.key_optional or set(mapping.key) <= {*header}
    return count / len(header) if count >= LEAST_KNOWN and has_key else 0.0
