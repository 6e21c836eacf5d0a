"""What of a record is compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.contact_model import CONTACT
from identity.features import features
from identity.fields import Entity
from identity.frames import record_schema
from identity.nicknames import formal_names, guessed_names
from identity.screening import screen, screened, unscreened
from tests.examples import examples


def made(entity: Entity, **fields: Any) -> dict[str, Any]:
    frame = pl.DataFrame([{"key": "k", **fields}], schema=record_schema(entity))
    return features(frame, entity).row(0, named=True)


@pytest.mark.parametrize(
    ("fields", "first", "last"),
    [
        ({"first_name": "Jürgen", "last_name": "von Müller-Straße"}, "jurgen", "vonmullerstrasse"),
        ({"full_name": "O’Brien, Dr. Bob"}, "bob", "obrien"),
        ({"full_name": "Prof. Anna Maria Schmidt, PhD"}, "anna", "schmidt"),
        ({"full_name": "Maria de la Cruz"}, "maria", "delacruz"),
        ({"full_name": "Ann Smith Jr."}, "ann", "smith"),
        ({"full_name": "Jack Ma"}, "jack", "ma"),
        ({"full_name": "Cher"}, "cher", None),
        ({"first_name": "Мария", "last_name": "Иванова"}, "mariya", "ivanova"),
        ({"first_name": "J.", "last_name": "Łukasiewicz"}, "j", "lukasiewicz"),
        ({"last_name": "Okafor", "full_name": "Ngozi Okafor"}, "ngozi", "okafor"),
        ({"first_name": "  ", "last_name": "--"}, None, None),
    ],
)
def test_names(fields: dict[str, str], first: str | None, last: str | None) -> None:
    row = made("contact", **fields)
    assert (row["first"], row["last"]) == (first, last)


def test_short_names_are_related_by_their_formal_name_alone() -> None:
    assert set(formal_names("bob")) & set(formal_names("robbie"))
    assert set(formal_names("alex")) & set(formal_names("alexandra"))
    assert not set(formal_names("louis")) & set(formal_names("louise"))


def test_a_slip_in_a_short_name_is_guessed_at() -> None:
    assert "rebecca" in guessed_names("bekcy")
    assert guessed_names("maria") == formal_names("maria")  # no slip of `mario`: the table knows it


@pytest.mark.parametrize(
    "name", ["Brightwater Labs", "brightwater labs LTD", "Brightwater Labs Limited", "BRIGHTWATER LABS, Ltd."]
)
def test_legal_forms_are_no_part_of_a_company(name: str) -> None:
    assert made("account", name=name)["name"] == "brightwater labs"


def test_a_company_that_is_called_like_a_legal_form_keeps_its_name() -> None:
    assert made("account", name="The Company Ltd")["name"] == "the company ltd"


def test_mailboxes() -> None:
    row = made("contact", email=["ann.lee77@mail.example", "info@acme.example", "ann@acme.example"])
    assert row["emails"] == ["ann.lee77@mail.example", "ann@acme.example"]  # a role's mailbox identifies nobody
    assert row["domains"] == ["acme.example"]  # nor does a provider's domain
    assert row["handles"] == ["ann.lee77"]


def test_phones_are_compared_from_the_end() -> None:
    assert made("contact", phone=["+44 20 7946 0123", "020 7946 0123", "12"])["phones"] == ["079460123"]


def test_placeholder_dates_say_nothing() -> None:
    assert made("contact", date_of_birth="1900-01-01")["born"] is None
    assert made("contact", date_of_birth="1987-03-04")["born"] == "19870304"


def test_all_null_and_no_rows() -> None:
    row = made("contact")
    assert {value for name, value in row.items() if name != "key"} == {None}
    assert features(pl.DataFrame(schema=record_schema("account")), "account").height == 0


def test_values_over_their_limit_are_taken_out() -> None:
    rows = [{"key": f"k{i}", "email": ["all@x.example", f"own{i}@x.example"]} for i in range(4)]
    frame = features(pl.DataFrame(rows, schema=record_schema("contact")), "contact")
    less = [[f"own{i}@x.example"] for i in range(4)]
    assert screen(frame, replace(CONTACT, limits={"emails": 4}, crowds={})).equals(frame)
    assert screen(frame, replace(CONTACT, limits={"emails": 3}, crowds={}))["emails"].to_list() == less


def test_features_of_a_record_do_not_depend_on_the_others() -> None:
    names = ["Ann Lee", "Bob Ray", "Cleo Kay", "Dora May", "Emil Fay", None]
    rows = [{"key": f"k{i}", "full_name": name, "company_name": name} for i, name in enumerate(names)]
    whole = features(pl.DataFrame(rows, schema=record_schema("contact")), "contact")
    for i, row in enumerate(rows):
        alone = features(pl.DataFrame([row], schema=record_schema("contact")), "contact")
        assert alone.equals(whole[i])


def test_what_a_crowd_shares_is_kept_apart_up_to_the_limit() -> None:
    rows = [{"key": f"k{i}", "phone": ["+442079460123", f"+44207946{i:04}"]} for i in range(4)]
    frame = features(pl.DataFrame(rows, schema=record_schema("contact")), "contact")
    crowded = screen(frame, replace(CONTACT, limits={"phones": 4}, crowds={"phones": 3}))
    assert crowded["phones"].to_list() == [[f"07946{i:04}"] for i in range(4)]
    assert crowded["phones_crowd"].to_list() == [["079460123"]] * 4
    hub = screen(frame, replace(CONTACT, limits={"phones": 3}, crowds={"phones": 2}))
    assert hub["phones_crowd"].to_list() == [None] * 4


@pytest.mark.parametrize(("limit", "crowd"), [(4, 3), (3, 2), (9, 9)])
def test_screened_features_can_be_had_whole_again(limit: int, crowd: int) -> None:
    rows = [
        {"key": f"k{i}", "phone": ["+442079460123", f"+44207946{i:04}"][: i + 1], "email": ["all@x.example"]}
        for i in range(4)
    ]
    rows.append({"key": "k5", "phone": ["+442079460123"], "email": None})
    frame = features(pl.DataFrame(rows, schema=record_schema("contact")), "contact")
    model = replace(CONTACT, limits={"phones": limit, "emails": limit, "linkedin": 1}, crowds={"phones": crowd})
    kept = screened(frame, model)
    assert kept.select(frame.columns).equals(screen(frame, model))
    assert unscreened(kept, model).equals(frame)


TEXTS = st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["Bob", "de la Cruz", "Smith, Ann", "GmbH"]))


@given(rows=st.lists(st.fixed_dictionaries({"full_name": TEXTS, "company_name": TEXTS, "city": TEXTS}), max_size=6))
@examples(20)
def test_any_text_gives_one_row_a_record_whatever_their_order(rows: list[dict[str, str | None]]) -> None:
    frame = pl.DataFrame([{"key": f"k{i}", **r} for i, r in enumerate(rows)], schema=record_schema("contact"))
    result = features(frame, "contact")
    assert result["key"].to_list() == sorted(frame["key"])
    assert features(frame.reverse(), "contact").equals(result)
