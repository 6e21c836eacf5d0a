"""What contracts of client-360 and completeness may say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from identity import contracts
from identity.client_rules import client360, completeness
from identity.errors import BadInputError

MATTERS = {"contact": ["email"], "account": []}
EXPECTED = {"cadence_days": 7, "rejected_share": 0.1, "sources": {"crm": {"activity": {"cadence_days": None}}}}


def test_what_is_shipped_and_what_is_meant_can_be_read() -> None:
    assert client360(json.loads(contracts.shipped("client360")))["currency"] is None
    assert completeness(json.loads(contracts.shipped("completeness")))["rejected_share"] == 0.2
    assert client360({"currency": "EUR", "matters": MATTERS})["matters"] == MATTERS
    assert completeness(EXPECTED) == EXPECTED


@pytest.mark.parametrize(
    "said",
    [
        None, [], {}, {"currency": "EUR"}, {"currency": "euro", "matters": MATTERS},
        {"currency": 1, "matters": MATTERS},
        {"currency": None, "matters": {"contact": []}}, {"currency": None, "matters": {**MATTERS, "account": "name"}},
        {"currency": None, "matters": {**MATTERS, "contact": ["shoe_size"]}},
        {"currency": None, "matters": MATTERS, "more": 1},
    ],
)  # fmt: skip
def test_another_client360_is_refused(said: Any) -> None:
    with pytest.raises(BadInputError) as refused:
        client360(said)
    assert refused.value.code == "bad_contract"


@pytest.mark.parametrize(
    "change",
    [
        {"cadence_days": 0}, {"cadence_days": 1.5}, {"cadence_days": True}, {"rejected_share": 2},
        {"rejected_share": None},
        {"sources": []}, {"sources": {"crm": 1}}, {"sources": {"crm": {"lead": {}}}}, {"more": 1},
        {"sources": {"crm": {"contact": {"days": 1}}}}, {"sources": {"crm": {"contact": {"rejected_share": -1}}}},
    ],
)  # fmt: skip
def test_another_completeness_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadInputError) as refused:
        completeness({**EXPECTED, **change})
    assert refused.value.code == "bad_contract"
