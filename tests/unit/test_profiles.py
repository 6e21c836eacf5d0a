"""Mappings that we ship: each is recognised by its tool's header alone, and reads its values."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from identity.mapping import Mapping, check_columns
from identity.profiles import GENERIC, detect, detect_generic, shipped
from quality_checks.validation import interpret
from resources.readers import open_table

FILES: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "data" / "profiles.yaml").read_text("utf-8"))
RECEIVED = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
OURS = ("source", "source_id", "batch", "received_at", "content", "version_at", "line", "attributes")
NAMED = [name for name in FILES if not name.startswith(GENERIC)]


def header_of(name: str) -> tuple[str, ...]:
    """The names of its columns, as the reader gives them."""
    cells = next(csv.reader([FILES[name]["header"]], delimiter=FILES[name].get("delimiter", ",")))
    return tuple(f"{cell} (2)" if cell in cells[:i] else cell for i, cell in enumerate(cells))


def file_of(folder: Path, name: str) -> Path:
    facts = FILES[name]
    out = io.StringIO()
    row = [facts["row"].get(column, "") for column in header_of(name)]
    csv.writer(out, delimiter=facts.get("delimiter", ",")).writerow(map(str, row))
    path = folder / "export.csv"
    path.write_bytes(f"{facts['header']}\r\n{out.getvalue()}".encode(facts.get("encoding", "utf-8")))
    return path


def recognised(header: tuple[str, ...]) -> Mapping | None:
    return detect(header) or detect_generic(header)


def test_there_is_a_file_for_each_profile() -> None:
    folder = Path(__file__).parents[2] / "identity" / "profiles"
    assert set(FILES) == {path.stem for path in folder.glob("*.yaml")}
    assert len({m.version for m in shipped()}) == len(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_recognised_and_its_values_come_right(tmp_path: Path, name: str) -> None:
    expected = {"attributes": {}, **FILES[name]["record"]}
    path = file_of(tmp_path, name)
    with open_table(path, path.name, "") as table:
        mapping = recognised(table.header)
        assert mapping is not None
        assert name.startswith(f"{mapping.source}_{mapping.entity}")
        assert (check_columns(mapping, table.header).missing, check_columns(mapping, table.header).unmapped) == ([], [])
        made = interpret(table.parts(), mapping, "b", RECEIVED)
    assert made.split.rejected["reason"].to_list() == []
    (record,) = made.records.to_dicts()
    own = record["key"].rpartition(":")
    said = {k: v for k, v in record.items() if k not in OURS and v not in (None, False)}
    attributes = {k: v for k, v in json.loads(record["attributes"] or "{}").items() if v}
    said |= {"key": own[0] if own[2].startswith("row-") else record["key"]}
    assert said | {"attributes": attributes if expected["attributes"] else {}} == expected


@pytest.mark.parametrize("name", FILES)
def test_no_other_profile_is_taken_for_it(name: str) -> None:
    header = header_of(name)
    found = recognised(header)
    assert found is not None
    sources = {m.source for m in shipped()} - {found.source}
    assert [source for source in sorted(sources) if detect(header, source) is not None] == []
    said = [detect(header, found.source, m.entity) for m in shipped() if m.entity != found.entity]
    assert [m for m in said if m is not None and not check_columns(m, header).unmapped] == []  # they would be refused


def test_every_shipped_mapping_knows_its_own_columns() -> None:
    for mapping in shipped():
        if mapping.source != GENERIC:
            assert detect(tuple(dict.fromkeys([*mapping.named, *mapping.ignore]))) == mapping


def test_columns_that_were_not_exported_are_left_out() -> None:
    whole = next(m for m in shipped() if (m.source, m.entity) == ("hubspot", "contact"))
    found = detect((*whole.key, *list(whole.columns)[:4]))
    assert found is not None
    assert list(found.columns) == list(whole.columns)[:4]


@pytest.mark.parametrize("header", [("Id", "Name"), ("a", "b", "c"), ("Record ID",)])
def test_a_header_that_nobody_knows_is_not_guessed(header: tuple[str, ...]) -> None:
    assert recognised(header) is None


def test_what_the_sender_says_narrows_the_choice() -> None:
    mapping = next(m for m in shipped() if (m.source, m.entity) == ("salesforce", "contact"))
    assert detect(tuple(mapping.named), "hubspot") is None
    assert detect(tuple(mapping.named), "salesforce", "account") is None


def test_a_column_may_have_had_other_names() -> None:
    old = tuple({"Company Name": "Company"}.get(c, c) for c in header_of("apollo_contact"))
    found = detect(old)
    assert found is not None
    assert (found.columns["Company"], "Company Name" in found.columns) == ("company_name", False)


def test_plain_names_are_nobody_s() -> None:
    header = ("First Name", "Last Name", "Email", "Phone", "Company", "Title", "City", "Country")
    assert detect(header) is None
    found = detect_generic(header)
    assert found is not None
    assert (found.source, found.entity, found.key) == ("generic", "contact", ())


def test_plain_names_with_ids_need_a_source_for_them() -> None:
    header = ("id", "first_name", "last_name", "email")
    assert detect_generic(header) is None
    found = detect_generic(header, "shop")
    assert found is not None
    assert (found.source, found.key) == ("shop", ("id",))


def test_plain_names_that_two_entities_share_are_not_guessed() -> None:
    header = ("Name", "Phone", "City", "Country")
    assert detect_generic(header) is None
    found = detect_generic(header, entity="account")
    assert found is not None
    assert found.columns["Name"] == "name"


@pytest.mark.parametrize("name", NAMED)
def test_a_file_of_a_named_tool_never_needs_the_generic_one(name: str) -> None:
    assert detect(header_of(name)) is not None
