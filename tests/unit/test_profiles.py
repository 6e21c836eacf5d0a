"""Mappings that we ship."""

from __future__ import annotations

import pytest

from identity.profiles import detect, shipped


def test_every_shipped_mapping_knows_its_own_export_and_no_two_are_alike() -> None:
    assert {m.source for m in shipped()} >= {
        "hubspot",
        "salesforce",
        "pipedrive",
        "google",
        "outlook",
        "linkedin",
        "vcard",
    }
    assert len({m.version for m in shipped()}) == len(shipped())
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
