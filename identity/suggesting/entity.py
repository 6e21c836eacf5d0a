"""What a table is about: contacts, accounts, opportunities or activities, by what its columns say together.

Not here: single columns (`identity.suggesting.headers`, `identity.suggesting.values`).
"""

from __future__ import annotations

from collections.abc import Mapping

from identity.fields import ENTITIES, Entity

VOTES: dict[Entity, dict[str, float]] = {
    "contact": {
        "first_name": 4, "last_name": 3, "full_name": 2, "middle_name": 2, "salutation": 2, "suffix": 1, "nickname": 1,
        "email": 2, "phone": 0.5, "name": 0.5, "title": 1.5, "department": 1, "company_name": 0.5, "linkedin_url": 2,
        "date_of_birth": 3, "gender": 2, "national_id": 2, "contact_id": 1.5, "lifecycle_stage": 1, "consent": 1,
    },
    "account": {
        "company_name": 2, "name": 0.5, "domain": 2, "website": 1.5, "industry": 4, "industry_code": 2, "parent": 3,
        "employee_count": 4, "annual_revenue": 3, "tax_id": 4, "company_linkedin": 2, "company_phone": 1,
        "company_id": 1.5, "street": 0.2, "phone": 0.2, "city": 0.2,
    },
    "opportunity": {
        "deal_name": 4, "amount": 4, "close_date": 4, "stage": 3, "probability": 3, "currency": 2, "pipeline": 2,
        "opportunity_id": 1.5, "status": 0.5, "company_id": 0.5, "contact_id": 0.3,
    },
    "activity": {
        "subject": 4, "kind": 4, "direction": 4, "duration": 3, "at": 3, "activity_id": 3, "date": 1.5, "type": 1,
        "opportunity_id": 1, "notes": 0.5, "contact_id": 0.5,
    },
}  # fmt: skip
ABOUT: dict[str, Entity] = {"person": "contact", "company": "account", "deal": "opportunity", "activity": "activity"}
A_PERSON = 8.0  # that a table has which names a person in each row
ALL_ABOUT = 6.0  # votes that a table has for what all of its columns name


def entity_of(columns: Mapping[str, tuple[str, float, frozenset[str]]], said: str | None) -> Entity:
    """The entity of a table, by the concept of each column, how sure that is, and its qualifiers."""
    for entity in ENTITIES:
        if said == entity:
            return entity
    votes = dict.fromkeys(ENTITIES, 0.0)
    seen: set[str] = set()
    for concept, sure, about in columns.values():
        for kind in about & ABOUT.keys():
            votes[ABOUT[kind]] += ALL_ABOUT / len(columns)
        for entity in ENTITIES if concept not in seen else ():
            votes[entity] += VOTES[entity].get(concept, 0.0) * sure
        seen.add(concept)
    if {"first_name", "last_name"} <= seen or ("company_name" in seen and seen & {"full_name", "first_name"}):
        votes["contact"] += A_PERSON
    elif {"company_name", "name"} <= seen:
        votes["contact"] += A_PERSON / 2  # the firm has a column of its own
    return max(votes, key=lambda entity: votes[entity])
