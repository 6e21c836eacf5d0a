"""A mapping: which column of a source's export feeds which field of an entity.

Not here: mappings that we ship (`identity.profiles`), and how values are cleaned (`identity.standardise`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import yaml

from identity.dates import is_zone
from identity.errors import BadInputError
from identity.fields import ENTITIES, FIELDS, Entity, Field
from identity.habits import Habits
from identity.keys import check_name

OWN_PREFIX = "_rejected_"  # columns that we add to a file of rejected rows, which no mapping has to speak of
OWN_BATCH, OWN_LINE = f"{OWN_PREFIX}batch", f"{OWN_PREFIX}line"  # which row it was, when it comes back mended
HABITS = {"dates", "time_zone", "decimal", "placeholders"}
KNOWN = {
    "source", "entity", "key", "key_optional", "updated_at", "deleted", "deduplicated", "columns", "ignore", *HABITS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deleted:
    """The column that marks deletions, and its values (compared in lower case) that mean deleted."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the rows of one table of one source are read. `key` is empty for keyless rows; where it is optional, rows
    that lack theirs are keyless too. `bad_name` where the source has no name of ours.
    """

    source: str
    entity: Entity
    key: tuple[str, ...]
    columns: dict[str, str]  # column: field, or the name of an attribute
    updated_at: str | None = None
    deleted: Deleted | None = None
    ignore: tuple[str, ...] = field(default=())
    deduplicated: bool = False  # the source says that it holds nobody twice
    key_optional: bool = False
    habits: Habits = field(default=Habits())  # how it writes values

    def __post_init__(self) -> None:
        check_name(self.source, "source")

    @property
    def version(self) -> str:
        """16 hex digits of SHA-256 over the canonical JSON of the mapping."""
        text = json.dumps(self.as_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def named(self) -> list[str]:
        """Every column that the mapping reads, in its order."""
        marks = [self.updated_at] if self.updated_at else []
        marks += [self.deleted.column] if self.deleted else []
        return list(dict.fromkeys([*self.key, *self.columns, *marks]))

    def feeding(self, target: str) -> list[str]:
        """The columns that feed a field, in the order of the mapping."""
        columns = [column for column, to in self.columns.items() if to == target]
        return [*columns, self.updated_at] if target == "updated_at" and self.updated_at else columns

    def fields(self) -> list[Field]:
        """The fields of the entity that some column feeds."""
        return [f for f in FIELDS[self.entity] if self.feeding(f.name)]

    def attributes(self) -> list[str]:
        """Columns whose target is no field: kept as attributes."""
        known = {f.name for f in FIELDS[self.entity]}
        return [column for column, to in self.columns.items() if to not in known]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON from which `from_dict` makes the mapping again; columns as pairs, which keep their order."""
        plain = {**asdict(self), "columns": list(self.columns.items())}
        seldom = {**plain.pop("habits"), "key_optional": plain.pop("key_optional")}  # said only where it is so
        return json.loads(json.dumps({**plain, **{name: value for name, value in seldom.items() if value}}))  # type: ignore[no-any-return]

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Mapping:
        """The mapping of plain JSON or YAML; `bad_mapping` says what is wrong with it."""
        unknown = sorted(str(name) for name in set(facts) - KNOWN)
        if unknown:
            raise bad(f"`{unknown[0]}` is not part of a mapping")
        updated_at = _texts(facts.get("updated_at"), "updated_at")
        if len(updated_at) > 1:
            raise bad("`updated_at` has to name one column")
        mapping = cls(
            source=str(facts.get("source") or ""),
            entity=_entity(facts.get("entity")),
            key=_texts(facts.get("key"), "key"),
            columns=_columns(facts.get("columns")),
            updated_at=updated_at[0] if updated_at else None,
            deleted=_deleted(facts.get("deleted")),
            ignore=_texts(facts.get("ignore"), "ignore"),
            deduplicated=_yes(facts.get("deduplicated", False), "deduplicated"),
            key_optional=_yes(facts.get("key_optional", False), "key_optional"),
            habits=_habits(facts),
        )
        _check_targets(mapping)
        return mapping


@dataclass(frozen=True, slots=True)
class Gap:
    """Columns that the mapping names and the file lacks, and columns that the mapping does not speak of."""

    missing: list[str]
    unmapped: list[str]


def bad(what: str) -> BadInputError:
    """The one form in which a mapping is refused."""
    return BadInputError("bad_mapping", f"the mapping cannot be used: {what}", "mend the mapping file")


def parse_mapping(text: str) -> Mapping:
    """A mapping from the text of its YAML file."""
    try:
        facts = yaml.safe_load(text)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        raise bad(f"it is no YAML{f' at line {where.line + 1}' if where else ''}") from None
    if not isinstance(facts, dict):
        raise bad("it has no `source`, `entity` and `columns`")
    return Mapping.from_dict(facts)


def check_columns(mapping: Mapping, header: tuple[str, ...]) -> Gap:
    """Compare a mapping with the header of a file."""
    known = {*mapping.named, *mapping.ignore}
    unmapped = [h for h in header if h not in known and not h.startswith(OWN_PREFIX)]
    return Gap([c for c in mapping.named if c not in header], unmapped)


def theirs(header: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that the source wrote."""
    return tuple(column for column in header if not column.startswith(OWN_PREFIX))


def keep_unmapped(mapping: Mapping, header: tuple[str, ...]) -> Mapping:
    """The mapping with every column that it does not speak of kept as an attribute of the column's own name."""
    extra = {column: column for column in check_columns(mapping, header).unmapped}
    return replace(mapping, columns={**mapping.columns, **extra})


def without_columns(mapping: Mapping, header: tuple[str, ...]) -> Mapping:
    """The mapping less the columns that a header lacks; the key stays, unless it is optional."""
    marks = mapping.deleted if mapping.deleted and mapping.deleted.column in header else None
    return replace(
        mapping,
        key=() if mapping.key_optional and not set(mapping.key) <= {*header} else mapping.key,
        columns={column: target for column, target in mapping.columns.items() if column in header},
        updated_at=mapping.updated_at if mapping.updated_at in header else None,
        deleted=marks,
        ignore=tuple(column for column in mapping.ignore if column in header),
    )


def renamed(mapping: Mapping, names: dict[str, str]) -> Mapping:
    """The mapping with columns called by other names."""
    call = {column: names.get(column, column) for column in [*mapping.named, *mapping.ignore]}
    marks = mapping.deleted and replace(mapping.deleted, column=call[mapping.deleted.column])
    return replace(
        mapping,
        key=tuple(call[column] for column in mapping.key),
        columns={call[column]: target for column, target in mapping.columns.items()},
        updated_at=mapping.updated_at and call[mapping.updated_at],
        deleted=marks,
        ignore=tuple(call[column] for column in mapping.ignore),
    )


def _entity(value: object) -> Entity:
    for entity in ENTITIES:
        if value == entity:
            return entity
    raise bad(f"its entity is not one of {', '.join(ENTITIES)}")


def _texts(value: object, part: str) -> tuple[str, ...]:
    """A text or a list of texts."""
    texts = [value] if isinstance(value, str) else value or []
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) and text for text in texts):
        raise bad(f"`{part}` has to name columns")
    return tuple(texts)


def _habits(facts: dict[str, Any]) -> Habits:
    dates, decimal, zone = facts.get("dates"), facts.get("decimal"), facts.get("time_zone") or "UTC"
    if dates not in (None, "dmy", "mdy"):
        raise bad("`dates` has to be dmy or mdy: which of day and month comes first")
    if decimal not in (None, "comma", "point"):
        raise bad("`decimal` has to be comma or point")
    if not isinstance(zone, str) or not is_zone(zone):
        raise bad("`time_zone` has to be one of the IANA names, as Europe/Berlin")
    empty = tuple(text.strip().lower() for text in _texts(facts.get("placeholders"), "placeholders"))
    return Habits(dates, "" if zone == "UTC" else zone, decimal, empty)


def _yes(value: object, part: str) -> bool:
    if isinstance(value, bool):
        return value
    raise bad(f"`{part}` has to be true or false")


def _columns(value: object) -> dict[str, str]:
    """From YAML a mapping, from the log pairs in its order."""
    pairs = list(value.items()) if isinstance(value, dict) else value
    if not pairs or not isinstance(pairs, list) or not all(map(_is_pair, pairs)):
        raise bad("`columns` has to name a field for each column")
    return {str(column): target for column, target in pairs}


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[1], str) and bool(pair[1])


def _deleted(value: Any) -> Deleted | None:
    if value is None:
        return None
    said = {"values": ["true", "1"], **value} if isinstance(value, dict) else {}
    values = said.get("values")
    if set(said) != {"column", "values"} or not isinstance(said["column"], str) or not isinstance(values, list | tuple):
        raise bad("`deleted` has to name a column and a list of values")
    return Deleted(said["column"], tuple(str(v).strip().lower() for v in values))


def _check_targets(mapping: Mapping) -> None:
    for f in FIELDS[mapping.entity]:
        columns = [c for c, to in mapping.columns.items() if to == f.name]
        if len(columns) > 1 and not f.multi:
            raise bad(f"{len(columns)} columns feed `{f.name}`, which holds one value")
    attributes = [mapping.columns[column] for column in mapping.attributes()]
    twice = sorted({name for name in attributes if attributes.count(name) > 1})
    if twice:
        raise bad(f"several columns are kept as the attribute `{twice[0]}`")
