"""One cell that a person writes, a contract that a person writes, and what people read of an explanation."""

from __future__ import annotations

from typing import Any

import pytest

from identity import contracts
from identity.cells import cell_value, golden_field
from identity.contracts.checking import checked
from identity.errors import BadInputError
from identity.fields import FIELDS, RESOLVED, Entity
from resources.tables import Base
from velocity_pipelines import explaining_batch, explaining_cells, explaining_counts


@pytest.mark.parametrize(
    ("field", "text", "country", "value"),
    [
        ("email", " Mailto:ANN@a.example ", None, "ann@a.example"),
        ("phone", "020 7946 0018", "GB", "+442079460018"),
        ("phone", "+1 415 555 0100", None, "+14155550100"),
        ("country", "united kingdom", None, "GB"),
        ("date_of_birth", "1980-02-03", None, "1980-02-03"),
        ("title", "  Head   of Sales ", None, "Head of Sales"),
        ("company_domain", "https://www.acme.example/about", None, "acme.example"),
    ],
)
def test_a_cell_is_read_as_one_of_a_file_is(field: str, text: str, country: str | None, value: str) -> None:
    assert cell_value(golden_field("contact", field), text, country) == value


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("email", "ann at home", "not an e-mail address"),
        ("email", "a@a.example;b@a.example", "more than one value"),
        ("email", "  ", "not an e-mail address"),
        ("phone", "12", "no value of it"),
        ("date_of_birth", "yesterday", "not a date"),
        ("title", "n/a", "no value of it"),
        ("company_domain", "acme", "no value of it"),
    ],
)
def test_a_cell_that_cannot_be_read_says_why_and_not_what(field: str, text: str, why: str) -> None:
    with pytest.raises(BadInputError) as caught:
        cell_value(golden_field("contact", field), text, None)
    assert caught.value.code == "bad_value"
    assert why in caught.value.message
    assert text.strip() not in caught.value.message or not text.strip()


def test_only_golden_fields_can_be_set() -> None:
    for name in ("shoe_size", "account_source_id", "display_name", "records"):
        with pytest.raises(BadInputError) as caught:
            golden_field("contact", name)
        assert caught.value.code == "unknown_field"


def test_a_contract_is_kept_as_one_text_however_it_is_written() -> None:
    one = checked("survivorship", "contact: {others: [recency]}\naccount: {}\n")
    assert one == checked("survivorship", "account: {}\ncontact:\n  others:\n  - recency\n")
    assert one == '{"account":{},"contact":{"others":["recency"]}}'
    assert contracts.version(one) != contracts.version(contracts.shipped("survivorship"))


CANDIDATE: dict[str, Any] = {
    "rank": 1, "value": "Hull", "key": "shop:contact:7", "role": "main", "held_by": ["shop:contact:7"],
    "scores": {"completeness": ["city"], "recency": "2026-05-02T00:00:00.000000Z"}, "lost_by": None, "won_by": None,
    "won": True, "decision": None, "batch": "b", "line": 2, "file": "2.csv", "member": "", "sha256": "a" * 64,
    "cells": {"City": "Hull"}, "verified": True,
}  # fmt: skip
CELL: dict[str, Any] = {
    "entity": "contact", "canonical_id": "c_1", "field": "city", "value": "Hull", "silent": 1,
    "contract": {"name": "survivorship", "version": "0123456789ab"},
    "rule": {"fields": ["street", "city"], "criteria": ["completeness", "recency"]},
    "candidates": [
        CANDIDATE,
        {**CANDIDATE, "rank": 2, "value": None, "won": False, "lost_by": "recency", "role": "billing", "cells": {}},
    ],
}  # fmt: skip


def test_an_explanation_in_words() -> None:
    assert explaining_cells.words(CELL).splitlines() == [
        "city of contact c_1: Hull",
        "  by survivorship 0123456789ab: completeness, then recency",
        "  taken together from one record: street, city",
        "  1. Hull: won (completeness city, recency 2026-05-02T00:00:00.000000Z)",
        "     shop:contact:7, line 2 of 2.csv (aaaaaaaaaaaa)",
        "     City: Hull; the same when read again",
        "  2. nothing: lost by recency (completeness city, recency 2026-05-02T00:00:00.000000Z)",
        "     shop:contact:7, its billing address, line 2 of 2.csv (aaaaaaaaaaaa)",
        "     no column feeds it; the same when read again",
        "  1 records say nothing of it",
    ]


def test_what_a_person_set_in_words() -> None:
    said = {"decision": 9, "actor": "kim", "at": "2026-06-01T00:00:00+00:00", "reason": "she told us", "state": "holds"}
    row = {**CANDIDATE, "decision": said, "scores": {"override": 9}, "file": None, "sha256": None, "cells": None}
    assert explaining_cells.words({**CELL, "candidates": [row], "silent": 0}).splitlines()[3:] == [
        "  1. Hull: won (override 9)",
        "     set by kim on 2026-06-01, decision 9: she told us",
    ]
    row["decision"] = {**said, "state": "retracted"}
    assert explaining_cells.words({**CELL, "candidates": [row], "silent": 0}).splitlines()[4:] == [
        "     set by kim on 2026-06-01, decision 9, taken back since: she told us",
    ]


@pytest.mark.parametrize("entity", RESOLVED)
def test_every_column_of_the_client_360_has_an_explanation(entity: Entity) -> None:
    golden = {field.name for field in FIELDS[entity] if field.ref is None}
    others = set(Base.metadata.tables[f"{entity}_360"].columns.keys()) - golden - set(explaining_cells.NO_CELL)
    assert others - {"display_name", *explaining_cells.FIRST} <= set(explaining_counts._MAKERS)


def test_a_score_in_words() -> None:
    signals = [
        {"name": "customer", "points": 15, "until": None, "evidence_count": 1},
        {"name": "touched", "points": 10, "until": "2026-07-01T00:00:00.000000Z", "evidence_count": 4},
    ]
    found = {
        "entity": "contact", "canonical_id": "c_1", "field": "fit_score", "value": 25, "how": "signals", "count": 2,
        "records": [], "left_off": 0, "signals": signals,
    }  # fmt: skip
    assert explaining_cells.words(found).splitlines() == [
        "fit_score of contact c_1: 25",
        "  signals: 2 records",
        "  customer: 15 points, 1 records",
        "  touched: 10 points until 2026-07-01, 4 records",
    ]


def test_a_count_in_words() -> None:
    found = {
        "entity": "contact", "canonical_id": "c_1", "field": "won_count", "value": 52, "how": "deals", "count": 52,
        "records": [{"key": "crm:opportunity:1", "line": 4, "file": "deals.csv"}], "left_off": 51,
    }  # fmt: skip
    assert explaining_cells.words(found).splitlines() == [
        "won_count of contact c_1: 52",
        "  deals: 52 records",
        "  crm:opportunity:1, line 4 of deals.csv",
        "  and 51 more",
    ]


def test_what_rests_on_a_file_in_words() -> None:
    cells = [
        {"canonical_id": "c_1", "field": "city", "value": "Hull", "without": None, "changed": True},
        {"canonical_id": "c_1", "field": "owner", "value": "kim", "without": "kim", "changed": False},
    ]
    found = {
        "line": 2, "file": "2.csv", "records": {"count": 1}, "ids": {"count": 1, "left_empty": 0},
        "cells": {"count": 60, "changed": 31, "first": cells}, "note": "and so on",
    }  # fmt: skip
    assert explaining_batch.words(found).splitlines() == [
        "on line 2 of 2.csv rest 1 records, 1 ids and 60 golden cells",
        "  without it 31 cells would change and 0 ids have no record left",
        "  c_1 city: Hull; would be nothing",
        "  c_1 owner: kim; would stay, others say it too",
        "  and 10 more cells",
        "  and so on",
    ]
