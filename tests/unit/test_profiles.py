"""Mappings that we ship and those that we propose."""

from __future__ import annotations

import pytest

from identity.mapping import parse_mapping
from identity.profiles import detect, propose, shipped


def test_every_shipped_mapping_knows_its_own_export_and_no_two_are_alike() -> None:
    names = [(m.source, m.entity) for m in shipped()]
    assert len(set(names)) == len(names) == 12
    for mapping in shipped():
        found = detect(tuple(dict.fromkeys([*mapping.named, *mapping.ignore])))
        assert found == mapping


def test_columns_that_were_not_exported_are_left_out() -> None:
    whole = next(m for m in shipped() if (m.source, m.entity) == ("hubspot", "contact"))
    found = detect((*whole.key, *list(whole.columns)[:4]))
    assert found is not None
    assert list(found.columns) == list(whole.columns)[:4]


@pytest.mark.parametrize("header", [("Id", "Name"), ("a", "b", "c"), ("Record ID",)])
def test_a_header_that_nobody_knows_is_not_guessed(header: tuple[str, ...]) -> None:
    found = detect(header)
    assert found is None or set(found.key) <= set(header)


def test_what_the_sender_says_narrows_the_choice() -> None:
    mapping = next(m for m in shipped() if (m.source, m.entity) == ("salesforce", "contact"))
    assert detect(tuple(mapping.named), "hubspot") is None
    assert detect(tuple(mapping.named), "salesforce", "account") is None


def test_a_proposal_goes_by_the_words_of_the_header() -> None:
    proposal = propose(("Contact ID", "Vorname", "surname", "E-Mail", "Mobile Phone", "Last Modified", "Shoe size"))
    mapping = proposal.mapping
    assert (mapping.source, mapping.entity, mapping.key, mapping.updated_at) == (
        "export",
        "contact",
        ("Contact ID",),
        "Last Modified",
    )
    assert mapping.columns == {
        "Vorname": "first_name",
        "surname": "last_name",
        "E-Mail": "email",
        "Mobile Phone": "phone",
        "Shoe size": "shoe_size",
    }
    assert not proposal.confident
    assert proposal.as_yaml().startswith("# Look at: Shoe size\n")


@pytest.mark.parametrize(
    ("header", "entity"),
    [
        (("Id", "First Name", "Company"), "contact"),
        (("Id", "Company Name", "Domain", "Industry"), "account"),
        (("Deal Name", "Amount", "Stage"), "opportunity"),
        (("Activity Type", "Subject", "Date"), "activity"),
    ],
)
def test_a_proposal_finds_the_entity(header: tuple[str, ...], entity: str) -> None:
    assert propose(header).mapping.entity == entity


def test_a_proposal_can_be_used_as_it_is() -> None:
    proposal = propose(("ID", "Name", "Email", "Phone"), "fair", "contact")
    assert proposal.confident
    assert parse_mapping(proposal.as_yaml()) == proposal.mapping
