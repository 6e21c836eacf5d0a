"""A proposed mapping, column by column with a confidence and the reason for it.

What a column feeds follows from the concept of its header, if its values do not speak against it, and from what the
table is about; else from its values. Not here: words (`headers`), values (`values`), the entity (`entity`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import polars as pl
import yaml

from identity.dates import Order, order_of
from identity.fields import FIELDS, Entity
from identity.habits import Habits
from identity.mapping import Deleted, Mapping
from identity.suggesting.entity import entity_of
from identity.suggesting.headers import Reading, attribute_name, read_header
from identity.suggesting.values import Evidence, read_values

SURE = 0.9
ADDRESS = ("street", "city", "region", "postcode", "country")
NAMES = ("first_name", "last_name", "full_name", "name", "city", "region", "country", "company_name", "title", "owner")
IDS = {"contact": "contact_id", "account": "company_id", "opportunity": "opportunity_id", "activity": "activity_id"}
DATES = ("date_of_birth", "created_at", "updated_at", "close_date", "at", "date")
EXPECTED = {  # kinds of values that a concept has
    **dict.fromkeys(DATES, ("date",)),
    "email": ("email",),
    "phone": ("phone", "digits"),
    "website": ("url", "domain"),
    "domain": ("domain", "url"),
    "linkedin_url": ("linkedin", "url", "domain"),
    "amount": ("number",),
    "annual_revenue": ("number", "range"),
    "employee_count": ("number", "range"),
    "currency": ("currency",),
}
STRANGE = ("email", "url", "date")  # kinds of values that no other concept has
READ_BY_VALUES = (  # kind, share of it, concept, confidence
    ("email", 0.8, "email", 0.9), ("linkedin", 0.6, "linkedin_url", 0.9), ("country", 0.9, "country", 0.7),
    ("company", 0.4, "company_name", 0.6), ("person", 0.5, "full_name", 0.6), ("given", 0.6, "first_name", 0.5),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """What is proposed for a column: the field or attribute it feeds, or its part (`key`, `updated_at`, `deleted`,
    `ignore`); how sure that is, 0 to 1, and why.
    """

    title: str
    target: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to look over, column by column."""

    mapping: Mapping
    columns: list[Column]

    @property
    def confident(self) -> bool:
        """Whether each column is placed for sure."""
        return bool(self.columns) and all(column.confidence >= SURE for column in self.columns)

    def as_yaml(self) -> str:
        """The mapping file, with a remark for each column that wants a look."""
        facts = self.mapping.as_dict()
        order = ("source", "entity", "key", "updated_at", "deleted", "dates", "columns", "ignore")
        body = {name: facts[name] for name in order if facts.get(name)}
        body["columns"] = dict(facts["columns"])
        unsure = [c for c in self.columns if c.confidence < SURE]
        head = "".join(f"# Look at {c.title!r}: {c.target}? ({c.confidence:.0%}, {c.reason})\n" for c in unsure)
        return head + yaml.safe_dump(body, sort_keys=False, allow_unicode=True)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A column as it was read: header, values, and the concept that both give."""

    title: str
    reading: Reading
    evidence: Evidence
    concept: str
    sure: float
    reason: str


def propose(
    header: tuple[str, ...], head: pl.DataFrame, source: str | None = None, entity: str | None = None
) -> Proposal:
    """A mapping for a table, by its header and first rows (text columns of these names)."""
    seen = [_seen(title, read_header(title), read_values(head[title])) for title in header]
    of = entity_of({one.title: (one.concept, one.sure, one.reading.about) for one in seen}, entity)
    seen = _names(seen)
    key = _key(seen, of)
    updated = next((one for one in _ranked(seen) if one.concept == "updated_at" and one.sure >= 0.6), None)
    deleted = next((one for one in seen if one.concept == "deleted" and one.evidence.share("flag") > 0.9), None)
    marks = {one.title: part for part, one in (("key", key), ("updated_at", updated), ("deleted", deleted)) if one}
    order, doubtful = _date_order(head, [one.title for one in seen if one.concept in DATES])
    columns = [_doubted(c) if c.title in doubtful else c for c in _placed(seen, of, marks)]
    mapping = Mapping(
        source or "export",
        of,
        (key.title,) if key else (),
        {c.title: c.target for c in columns if c.target != "ignore" and c.title not in marks},
        updated.title if updated else None,
        Deleted(deleted.title, ("true", "1", "yes", "y")) if deleted else None,
        tuple(c.title for c in columns if c.target == "ignore"),
        habits=Habits(dates=order),
    )
    return Proposal(mapping, columns)


def _date_order(head: pl.DataFrame, titles: list[str]) -> tuple[Order | None, list[str]]:
    """Which of day and month comes first in these columns, and where that is a guess: 3/4/2026 as in the States."""
    told = {title: order_of(head[title]) for title in titles}
    orders = {order for order, _ in told.values() if order}
    if len(orders) == 1:
        return orders.pop(), []
    untold = [title for title, (_, is_untold) in told.items() if is_untold]
    return ("mdy" if untold and not orders else None), untold


def _doubted(column: Column) -> Column:
    return replace(column, confidence=min(column.confidence, 0.7), reason="day or month may come first")


def _seen(title: str, reading: Reading, evidence: Evidence) -> _Seen:
    """The concept of a column by its header, unless its values are of another kind; else by its values."""
    concept, sure = reading.concept, reading.fit
    if concept in ("email", "phone", "street", "title", "website") and "label" in reading.about and sure < 1:
        concept, sure = "type", 0.9  # the label of a value, not the value
    concept = _by_both(concept, evidence)
    if concept and _agrees(concept, evidence):
        return _Seen(title, reading, evidence, concept, sure, f"its header says {concept.replace('_', ' ')}")
    for kind, share, by_value, confidence in READ_BY_VALUES:
        if evidence.share(kind) >= share:
            return _Seen(title, reading, evidence, by_value, confidence, f"its values read like {kind}")
    reason = "its values are not what its header says" if concept else "its header says nothing that we know"
    return _Seen(title, reading, evidence, "", 0.4 if concept else 0.6, reason)


def _by_both(concept: str, evidence: Evidence) -> str:
    """What values make of a header that may say several things."""
    if concept in ("website", "social") and evidence.share("linkedin") > 0.6:
        return "linkedin_url"
    if concept in ("name", "full_name") and evidence.share("company") > 0.5 > evidence.share("person"):
        return "company_name"
    if concept == "region" and evidence.share("country") > 0.8:
        return "country"
    return "salutation" if concept == "title" and evidence.share("salutation") > 0.6 else concept


def _agrees(concept: str, evidence: Evidence) -> bool:
    """Whether the values may be of the concept. Empty columns speak against nothing."""
    if not evidence.shares:
        return True
    if concept in EXPECTED:
        return evidence.share(*EXPECTED[concept]) >= 0.5
    if concept in NAMES and evidence.share("digits") > 0.8:
        return False
    loose = (
        "notes",
        "type",
        "photo",
        "social",
        "last_seen",
        "lead_source",
        "consent",
        "tags",
        "duration",
        "company_linkedin",
    )
    return concept in loose or evidence.share(*STRANGE) < 0.8


def _names(seen: list[_Seen]) -> list[_Seen]:
    """A bare `Name` beside a first name alone is the last name, and the other way round."""
    there = {one.concept for one in seen}
    if "name" in there and ("first_name" in there) != ("last_name" in there):
        missing = "last_name" if "first_name" in there else "first_name"
        return [_as(one, missing) if one.concept == "name" else one for one in seen]
    whole = "last_name" in there and "first_name" not in there
    return [
        _as(one, "full_name") if whole and one.concept == "last_name" and one.evidence.share("person") > 0.3 else one
        for one in seen
    ]


def _as(one: _Seen, concept: str) -> _Seen:
    return _Seen(
        one.title,
        one.reading,
        one.evidence,
        concept,
        min(one.sure, 0.95),
        f"it is the {concept.replace('_', ' ')} beside the others",
    )


def _key(seen: list[_Seen], entity: Entity) -> _Seen | None:
    """The column that tells records apart: the entity's own id, else any id; full, and no value twice."""
    whole = [one for one in seen if one.evidence.filled == 1 and one.evidence.distinct == 1]
    for concept in (IDS[entity], "record_id", "contact_id") if entity == "account" else (IDS[entity], "record_id"):
        found = [one for one in whole if one.concept == concept]
        if found:
            return max(found, key=lambda one: (one.sure, -seen.index(one)))
    return None


def _ranked(seen: list[_Seen]) -> list[_Seen]:
    """Those first that fit best; what is away, or not of the table's own, last."""

    def rank(one: _Seen) -> tuple[bool, bool, float, bool, int]:
        is_again = one.title.endswith(")")  # the second column of its name
        return "away" in one.reading.about, is_again, -one.sure, not one.evidence.filled, -len(one.title.split())

    return sorted(seen, key=rank)


def _placed(seen: list[_Seen], entity: Entity, marks: dict[str, str]) -> list[Column]:
    """Each column's place, in the order of the header; a field that takes one value takes the best column."""
    multi = {field.name for field in FIELDS[entity] if field.multi}
    taken: set[str] = set()
    found: dict[str, Column] = {}
    for one in _ranked(seen):
        target = _fields()[entity].get(one.concept)
        if one.title in marks:
            found[one.title] = Column(one.title, marks[one.title], min(1.0, one.sure + 0.05), one.reason)
        elif target and _may_feed(one, target, entity) and (target in multi or target not in taken):
            taken.add(target)
            found[one.title] = Column(one.title, target, one.sure, one.reason)
        else:
            found[one.title] = _attribute(one, target)
    return [found[one.title] for one in seen]


def _may_feed(one: _Seen, target: str, entity: Entity) -> bool:
    """Shipping addresses and the like are kept beside, and a parent by name is no reference."""
    about = one.reading.about
    if target in (*ADDRESS, "phone") and entity == "contact" and "company" in about and "person" not in about:
        return False
    if target in ADDRESS and "away" in about:
        return False
    return target != "parent_source_id" or "id" in one.title.lower()


def _attribute(one: _Seen, target: str | None) -> Column:
    """A column that feeds no field: kept under its own name, or left out where it is empty and unknown."""
    if not one.evidence.shares and not one.concept:
        return Column(one.title, "ignore", SURE, "it is empty")
    reason = f"another column is the {target}" if target else one.reason
    return Column(one.title, attribute_name(one.title), one.sure, reason)


@cache
def _fields() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = yaml.safe_load((files(__package__) / "fields.yaml").read_text(encoding="utf-8"))
    return found
