"""A proposed mapping for a header that nobody knows, column by column with a confidence.

Not here: mappings that are known (`identity.profiles`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from identity.fields import FIELDS, Entity
from identity.mapping import Mapping

SURE = 1.0

WORDS: dict[str, dict[str, str]] = {  # entity: words of a header, as a pattern, to a field
    "contact": {
        r"first ?name|given ?name|vorname|pr[ée]nom|nombre|imi[ęe]": "first_name",
        r"last ?name|sur ?name|family ?name|nachname|nom|apellidos?|nazwisko": "last_name",
        r"middle ?name": "middle_name",
        r"(full ?)?name|person name|contact name|attendee( name)?": "full_name",
        r".*e ?mail.*|mail|correo.*": "email",
        r".*(phone|mobile|telefon|tel|handy|t[ée]l[ée]phone|cell).*": "phone",
        r"company( name)?|organi[sz]ation|firma|account( name)?|employer|entreprise|empresa": "company_name",
        r"(company )?domain( name)?": "company_domain",
        r"account ?id|company ?id|organi[sz]ation ?id|associated company ids?": "account_source_id",
        r"(job )?title|position|role|funktion": "title",
        r"(mailing )?(street|address)|stra(ss|ß)e": "street",
        r"(mailing )?city|town|ort|stadt|ville|ciudad|miasto": "city",
        r"(mailing )?(state|region|province)": "region",
        r"(mailing )?(zip|postal ?code|post ?code|plz)( code)?": "postcode",
        r"(mailing )?country(/region)?|land|pays": "country",
        r"date of birth|birth ?day|birth ?date|dob|geburtstag": "date_of_birth",
        r"(contact )?owner": "owner",
        r"lifecycle ?stage": "lifecycle_stage",
        r"create ?d? ?(date|at)?": "source_created_at",
    },
    "account": {
        r"(company|account|organi[sz]ation)? ?name|firma": "name",
        r".*domain.*|web ?site.*": "domain",
        r".*phone.*|telefon": "phone",
        r"(billing )?(street|address)": "street",
        r"(billing )?city|ort|stadt": "city",
        r"(billing )?(state|region)": "region",
        r"(billing )?(zip|postal ?code|postcode)": "postcode",
        r"(billing )?country(/region)?|land": "country",
        r"industry|branche": "industry",
        r"(number of )?employees|employee ?count": "employee_count",
        r"annual ?revenue": "annual_revenue",
        r".*owner": "owner",
    },
    "opportunity": {
        r"(deal|opportunity)? ?(name|title)": "name",
        r"(deal )?stage": "stage",
        r"(deal )?status": "status",
        r"(deal )?(amount|value)": "amount",
        r"(deal )?currency": "currency",
        r".*close ?date": "close_date",
        r".*owner": "owner",
        r"account ?id|associated company ids?": "account_source_id",
        r"contact ?id|associated contact ids?": "contact_source_id",
    },
    "activity": {
        r"(activity )?(type|kind)": "kind",
        r"(activity )?(date|time|timestamp|at)": "at",
        r"subject|title": "subject",
        r"direction": "direction",
        r".*owner": "owner",
        r"(who|contact) ?id|associated contact ids?": "contact_source_id",
        r"account ?id|associated company ids?": "account_source_id",
    },
}
KEY = r"(record|contact|person|company|account|deal|opportunity|activity|attendee|lead)? ?(- )?id|uid|key|number"
UPDATED = r"(last )?(modified|updated?|changed)( (date|at|time|on))?|update time"
ENTITY_WORDS: dict[Entity, str] = {
    "opportunity": r"deal|opportunity|amount|close ?date",
    "activity": r"activity|subject|direction",
    "contact": r"first|last ?name|surname|full ?name|vorname|nachname|job ?title|e ?mail|attendee",
    "account": r"company|domain|industry|employees|organi[sz]ation",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to look over; `confidence` says for each column how sure it is, 0 to 1."""

    mapping: Mapping
    confidence: dict[str, float]

    @property
    def confident(self) -> bool:
        """Whether each column is placed for sure."""
        return bool(self.confidence) and min(self.confidence.values()) >= SURE

    def as_yaml(self) -> str:
        """The mapping file, with a remark at each column that wants a look."""
        facts = self.mapping.as_dict()
        order = ("source", "entity", "key", "updated_at", "columns", "ignore")
        body = {name: facts[name] for name in order if facts.get(name)}
        unsure = ", ".join(c for c, sure in self.confidence.items() if sure < SURE)
        head = f"# Look at: {unsure}\n" if unsure else ""
        return head + yaml.safe_dump(body, sort_keys=False, allow_unicode=True)


def propose(header: tuple[str, ...], source: str | None = None, entity: str | None = None) -> Proposal:
    """A mapping by the words of the header; columns that no word fits keep their name as an attribute."""
    of = _entity(header, entity)
    keys = [h for h in header if re.fullmatch(KEY, _words(h))][:1]
    updated = [h for h in header if re.fullmatch(UPDATED, _words(h))][:1]
    columns: dict[str, str] = {}
    confidence = dict.fromkeys([*keys, *updated], SURE)
    for column in header:
        if column not in confidence:
            columns[column], confidence[column] = _target(of, column, set(columns.values()))
    mapping = Mapping(source or "export", of, tuple(keys), columns, updated[0] if updated else None)
    return Proposal(mapping, confidence)


def _target(entity: Entity, column: str, taken: set[str]) -> tuple[str, float]:
    multi = {f.name for f in FIELDS[entity] if f.multi}
    for pattern, field in WORDS[entity].items():
        if re.fullmatch(pattern, _words(column)) and (field in multi or field not in taken):
            return field, SURE
    return re.sub(r"\W+", "_", column.lower()).strip("_") or "column", 0.0


def _entity(header: tuple[str, ...], said: str | None) -> Entity:
    for entity in ENTITY_WORDS:
        if said == entity:
            return entity
    votes = {e: sum(bool(re.search(p, _words(h))) for h in header) for e, p in ENTITY_WORDS.items()}
    return max(votes, key=lambda e: votes[e])


def _words(column: str) -> str:
    """A header in small letters, words apart: `FirstName`, `first_name` and `First Name` are one."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    return re.sub(r"[\s_\-.]+", " ", apart).strip().lower()
