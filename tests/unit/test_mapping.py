"""Mappings: what is refused and why, the version that names one, and how it meets a header."""

from __future__ import annotations

import json
from typing import Any

import pytest

from identity.errors import BadInputError
from identity.mapping import (
    Deleted,
    Mapping,
    check_columns,
    keep_unmapped,
    parse_mapping,
    renamed,
    without_columns,
)

FACTS: dict[str, Any] = {
    "source": "crm",
    "entity": "contact",
    "key": "Id",
    "updated_at": "Changed",
    "deleted": {"column": "State", "values": ["Gone", "yes"]},
    "columns": {"Name": "full_name", "Mail": "email", "Hobby": "hobby"},
    "ignore": ["Internal"],
}


def facts(**changed: Any) -> dict[str, Any]:
    return {**FACTS, **changed}


def test_a_mapping_says_which_columns_feed_what() -> None:
    mapping = Mapping.from_dict(FACTS)
    assert mapping.named == ["Id", "Name", "Mail", "Hobby", "Changed", "State"]
    assert mapping.feeding("updated_at") == ["Changed"]
    assert [f.name for f in mapping.fields()] == ["full_name", "email", "updated_at"]
    assert mapping.attributes() == ["Hobby"]
    assert mapping.deleted == Deleted("State", ("gone", "yes"))


def test_the_order_of_columns_belongs_to_a_mapping_and_survives_json() -> None:
    mapping = Mapping.from_dict(facts(columns={"Work": "email", "Home": "email"}))
    stored = json.loads(json.dumps(mapping.as_dict(), sort_keys=True))
    again = Mapping.from_dict(stored)
    assert again == mapping
    assert again.feeding("email") == ["Work", "Home"]
    other = Mapping.from_dict(facts(columns={"Home": "email", "Work": "email"}))
    assert other.version != mapping.version
    assert again.version == mapping.version


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"colums": {}}, "`colums` is not part of a mapping"),
        ({"entity": "deal"}, "its entity is not one of contact, account, opportunity, activity"),
        ({"columns": {}}, "`columns` has to name a field for each column"),
        ({"columns": "Name"}, "`columns` has to name a field for each column"),
        ({"columns": {"Name": ["full_name"]}}, "`columns` has to name a field for each column"),
        ({"columns": {"Name": None}}, "`columns` has to name a field for each column"),
        ({"key": 5}, "`key` has to name columns"),
        ({"key": [["Id"]]}, "`key` has to name columns"),
        ({"updated_at": {"a": 1}}, "`updated_at` has to name columns"),
        ({"columns": ["ab", "cd"]}, "`columns` has to name a field for each column"),
        ({"updated_at": ["U", "V"]}, "`updated_at` has to name one column"),
        ({"deleted": {"column": "State", "value": "x"}}, "`deleted` has to name a column and a list of values"),
        ({"deleted": "State"}, "`deleted` has to name a column and a list of values"),
        ({"deleted": {"values": ["x"]}}, "`deleted` has to name a column and a list of values"),
        ({"columns": {"A": "full_name", "B": "full_name"}}, "2 columns feed `full_name`, which holds one value"),
        ({"columns": {"A": "hobby", "B": "hobby"}}, "several columns are kept as the attribute `hobby`"),
    ],
)
def test_a_wrong_mapping_is_refused_in_words(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInputError) as refused:
        Mapping.from_dict(facts(**changed))
    assert refused.value.code == "bad_mapping"
    assert said in refused.value.message


def test_a_wrong_source_name_is_refused() -> None:
    with pytest.raises(BadInputError) as refused:
        Mapping.from_dict(facts(source="Hub Spot"))
    assert refused.value.code == "bad_name"


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "it is no YAML at line"), ("- a\n- b\n", "it has no `source`"), ("", "it has no `source`")],
)
def test_a_file_that_is_no_mapping(text: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        parse_mapping(text)


def test_a_mapping_meets_a_header() -> None:
    mapping = Mapping.from_dict(FACTS)
    gap = check_columns(mapping, ("Id", "Name", "Mail", "Changed", "State", "Internal", "Fax", "_rejected_line"))
    assert (gap.missing, gap.unmapped) == (["Hobby"], ["Fax"])
    whole = keep_unmapped(mapping, ("Id", "Fax"))
    assert whole.columns == {"Name": "full_name", "Mail": "email", "Hobby": "hobby", "Fax": "Fax"}
    less = without_columns(mapping, ("Id", "Name"))
    assert (less.columns, less.updated_at, less.deleted, less.ignore) == ({"Name": "full_name"}, None, None, ())
    assert less.key == ("Id",)


def test_an_optional_key_is_said_only_where_it_is_one() -> None:
    plain, optional = Mapping.from_dict(FACTS), Mapping.from_dict(facts(key_optional=True))
    assert "key_optional" not in plain.as_dict()
    assert Mapping.from_dict(optional.as_dict()) == optional
    assert without_columns(plain, ("Name",)).key == ("Id",)
    assert without_columns(optional, ("Name",)).key == ()


def test_columns_may_go_by_other_names() -> None:
    mapping = Mapping.from_dict(FACTS)
    names = {"Id": "ID", "Changed": "Modified", "State": "Status", "Mail": "E-mail", "Internal": "Own"}
    found = renamed(mapping, names)
    assert found.named == ["ID", "Name", "E-mail", "Hobby", "Modified", "Status"]
    assert (found.feeding("email"), found.ignore) == (["E-mail"], ("Own",))
    assert renamed(found, {new: old for old, new in names.items()}) == mapping
