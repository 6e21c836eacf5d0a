"""What stays of the log and of texts when a person is erased: what is of others, word for word."""

from __future__ import annotations

import polars as pl
import pytest

from identity.redaction import Person, naming, redacted
from resources.decisions import Override
from velocity_pipelines.erasing import person

ANN = Person.of(["c_a", "c_b"], ["crm:contact:2"], ["Ann Hill", "ann@hill.example", "+12025550122"])


def contacts(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    """Contacts of which key, first name, last name and number are told."""
    blank = {"full_name": None, "national_id": None, "linkedin_url": None}
    return pl.DataFrame(
        [
            {"key": key, "first_name": first, "last_name": last, "phone": [phone], "email": ["x@hill.example"]} | blank
            for key, first, last, phone in rows
        ],
        schema_overrides=dict.fromkeys(blank, pl.String()),
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ANN HILL asked", "(erased) asked"),
        ("Joann Hillman asked", "Joann Hillman asked"),
        ("Joann Hill, Ann Hillman", "Joann Hill, Ann Hillman"),
        ("joann@hill.example and ann@hill.example", "joann@hill.example and (erased)"),
        ("Ann Hill Ann Hill,Ann Hill", "(erased) (erased),(erased)"),
        ("list_ann hill_2026.csv", "list_(erased)_2026.csv"),
        ("call +120255501223 or +12025550122.", "call +120255501223 or (erased)."),
        ("crm:contact:21 is not crm:contact:2", "crm:contact:21 is not (erased)"),
    ],
)
def test_whole_words_are_hidden(text: str, left: str) -> None:
    assert ANN.hides(text) == left
    naming_ann = pl.select(pl.lit(text).str.contains(naming(ANN.values))).item()
    assert naming_ann is (text != left)


def test_a_word_of_our_own_and_words_without_spaces() -> None:
    assert Person.of([], [], ["erased"]).hides("erased by hand") == "(erased) by hand"
    assert Person.of([], [], ["山田花子様"]).hides("昨日山田花子様に電話") == "昨日(erased)に電話"
    cells = pl.Series(['{"Note":"met\\nAnn Hill"}', '{"Note":"met Joann Hill"}', "昨日山田花子様に"])
    assert cells.str.contains(naming(["Ann Hill", "山田花子様"])).to_list() == [True, False, True]


def test_what_people_set_on_others_stays_and_on_the_person_goes() -> None:
    def said(key: str) -> dict[str, object]:
        of = {"entity": "contact", "key": key, "field": "full_name", "value": "Ann Hill"}
        return {"overrides": of, "reason": "Ann Hill said so"}

    assert redacted(said("crm:contact:2"), ANN) is None
    assert redacted(said("crm:contact:7"), ANN) == said("crm:contact:7") | {"reason": "(erased) said so"}


def test_an_entry_that_names_an_id_which_led_to_the_person_goes() -> None:
    assert redacted({"job": "j", "canonical_id": "c_b"}, ANN) is None
    assert redacted({"job": "j", "canonical_id": "c_c"}, ANN) == {"job": "j", "canonical_id": "c_c"}


def test_a_namesake_and_a_switchboard_are_not_the_person_alone() -> None:
    mine = contacts(("crm:contact:1", "John", "Smith", "+12025550100"))
    theirs = contacts(
        ("crm:contact:3", "john", "smith", "+12025550111"), ("crm:contact:4", "Bo", "Hill", "+12025550100")
    )
    assert person.alone(person.names_of(mine), person.names_of(theirs)) == set()
    assert person.alone(person.marks_of(mine), person.marks_of(theirs)) == set()


def test_values_that_people_set_are_the_persons_too() -> None:
    mine = contacts(("crm:contact:1", "John", "Smith", "+12025550100"), ("crm:contact:2", "J", "Smith", "+12025550101"))
    said = [
        Override("contact", "crm:contact:1", "first_name", "Jonathan"),
        Override("contact", "crm:contact:1", "phone", "+12025550199"),
        Override("account", "crm:contact:2", "phone", "+12025550198"),
    ]
    whole = person.as_set(mine, said)
    assert person.names_of(whole) == {"John Smith", "J Smith", "Jonathan Smith"}
    assert person.marks_of(whole) == {"+12025550100", "+12025550101", "+12025550199", "x@hill.example"}
    assert person.as_set(mine, []).equals(mine)
