"""Every row of a file is accepted, rejected with a reason, or superseded; nothing is lost and nothing is doubled."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.mapping import Mapping
from identity.standardise import REASONS
from quality_checks.contracts import violations
from quality_checks.validation import LONGEST, Interpreted, interpret
from resources.catalog import Counts
from resources.erasure_key import keyed
from resources.erasures import Withheld
from resources.readers import open_table

RECEIVED = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
CONTACTS = Mapping.from_dict(
    {
        "source": "crm",
        "entity": "contact",
        "key": "Id",
        "updated_at": "Changed",
        "deleted": {"column": "State", "values": ["gone"]},
        "columns": {"Name": "full_name", "Mail": "email", "Phone": "phone", "Born": "date_of_birth", "Note": "note"},
    }
)
HEADER = ["Id", "Changed", "State", "Name", "Mail", "Phone", "Born", "Note"]
DEALS = Mapping.from_dict(
    {
        "source": "crm",
        "entity": "opportunity",
        "key": "Id",
        "columns": {"Name": "name", "Amount": "amount", "People": "contact_source_id", "Firm": "account_source_id"},
    }
)


def interpreted(data: bytes, mapping: Mapping, received_at: dt.datetime = RECEIVED) -> Interpreted:
    with NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        with open_table(Path(file.name), "a.csv", "") as table:
            return interpret(table.parts(), mapping, "crm-contact-0", received_at)


def taken(mapping: Mapping, *rows: dict[str, str]) -> Interpreted:
    header = ["Id", *mapping.columns] if mapping is DEALS else HEADER
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return interpreted(out.getvalue().encode(), mapping)


def refusal(made: Interpreted) -> tuple[Any, ...]:
    return made.split.rejected.select("line", "column", "value", "reason").row(0)


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ({"Name": "Ann"}, "Id", None, "it has no id"),
        (
            {"Id": "1"},
            None,
            None,
            "it has none of first_name, last_name, full_name, email, phone, national_id, date_of_birth",
        ),
        (
            {"Id": "1", "Note": "x"},
            None,
            None,
            "it has none of first_name, last_name, full_name, email, phone, national_id, date_of_birth",
        ),
        ({"Id": "1", "Mail": "a@x.example;ann"}, "Mail", "ann", "not an e-mail address"),
        ({"Id": "1", "Name": "A", "Born": "soon"}, "Born", "soon", REASONS["date"]),
        ({"Id": "1", "Name": "A", "Born": "9999-01-01"}, "Born", "9999-01-01", REASONS["date"]),
        ({"Id": "1", "Name": "A", "Changed": "x"}, "Changed", "x", REASONS["timestamp"]),
        ({"Id": "1" * (LONGEST + 1), "Name": "A"}, "Id", None, "longer than 500 characters"),
        ({"Id": "1", "Name": "A" * (LONGEST + 1)}, "Name", None, "longer than 500 characters"),
        ({"Id": "1", "Mail": "a" * LONGEST + "@x.example"}, "Mail", None, "longer than 500 characters"),
    ],
)
def test_a_refused_row_says_why(row: dict[str, str], column: str | None, value: str | None, reason: str) -> None:
    made = taken(CONTACTS, row)
    assert refusal(made) == (2, column, value, reason)
    assert json.loads(made.split.rejected["cells"][0]) == {name: row.get(name, "") for name in HEADER}


def test_what_is_just_short_enough_is_taken() -> None:
    made = taken(CONTACTS, {"Id": "1" * LONGEST, "Name": "A" * LONGEST})
    assert (made.counts.accepted, made.counts.rejected) == (1, 0)


def test_a_deletion_needs_nothing_but_its_id() -> None:
    made = taken(CONTACTS, {"Id": "1", "State": " Gone "}, {"Id": "2", "Name": "Bo", "State": "here"})
    assert made.records.select("source_id", "deleted").rows() == [("1", True), ("2", False)]


def test_of_the_same_id_the_newest_is_taken_by_its_own_time_else_by_the_files() -> None:
    made = taken(
        CONTACTS,
        {"Id": "1", "Name": "newest", "Changed": "2026-05-02"},
        {"Id": "1", "Name": "older", "Changed": "2026-05-01"},
        {"Id": "2", "Name": "received", "Changed": ""},
        {"Id": "2", "Name": "before it was received", "Changed": "2026-05-31"},
        {"Id": "3", "Name": "first"},
        {"Id": "3", "Name": "second"},
    )
    assert made.records["full_name"].to_list() == ["newest", "received", "second"]
    assert made.split.superseded["line"].to_list() == [3, 5, 6]


def test_the_zone_in_which_a_stamp_is_written_has_no_effect() -> None:
    rows = b"Id,Changed,State,Name,Mail,Phone,Born,Note\n1,,,received,,,,\n1,2026-06-01T11:00:00Z,,older,,,,\n"
    noon = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    made = [interpreted(rows, CONTACTS, noon.astimezone(ZoneInfo(z))) for z in ("UTC", "America/New_York")]
    assert [one.records["full_name"].to_list() for one in made] == [["received"]] * 2
    assert made[0].records.equals(made[1].records)


def test_keyless_rows_that_say_the_same_are_one_whatever_the_order_of_columns() -> None:
    facts = {"source": "list", "entity": "contact", "columns": {"Name": "full_name", "Mail": "email"}}
    one = interpreted(b"Name,Mail\nAnn,a@x.example\nAnn,a@x.example\n", Mapping.from_dict(facts))
    assert (one.counts.accepted, one.counts.superseded) == (1, 1)
    turned = Mapping.from_dict({**facts, "columns": {"Mail": "email", "Name": "full_name"}})
    other = interpreted(b"Mail,Name\na@x.example,Ann\n", turned)
    assert one.records["source_id"].to_list() == other.records["source_id"].to_list()


def test_a_ragged_row_is_kept_whole() -> None:
    made = interpreted(b"Id,Name,Amount,People,Firm\n1,Big,5\n", DEALS)
    assert refusal(made) == (2, None, None, "3 cells where the header has 5")
    assert json.loads(made.split.rejected["cells"][0])["Id"] == "1,Big,5"


def test_references_are_the_ids_that_other_files_have() -> None:
    made = taken(DEALS, {"Id": "1", "Name": "Big", "People": " 007 ;'08; - ;007", "Firm": " 00A "})
    row = made.records.row(0, named=True)
    assert (row["contact_source_id"], row["account_source_id"]) == (["007", "08"], "00A")


def test_columns_that_are_no_field_are_kept_as_attributes() -> None:
    made = taken(CONTACTS, {"Id": "1", "Name": "A", "Note": 'says "hi"'})
    assert made.records["attributes"].to_list() == ['{"note":"says \\"hi\\""}']


CELLS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n", exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["1", "2", "gone", "2026-05-01", "9999-12-31", "a@x.example", "+1 415 555 0100", "x" * 501]),
)
TABLES = st.lists(st.lists(CELLS, min_size=len(HEADER) - 1, max_size=len(HEADER) + 1), min_size=1, max_size=12)


@given(TABLES)
def test_every_row_is_in_exactly_one_place(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    made = interpreted(out.getvalue().encode(), CONTACTS)
    filled = [n for n, row in enumerate(rows, start=2) if any(cell.strip() for cell in row)]
    parts = made.split
    lines = [*parts.accepted["_line"], *parts.rejected["line"], *parts.superseded["line"]]
    assert sorted(lines) == filled
    counts = made.counts
    assert counts.received == counts.accepted + counts.rejected + counts.superseded == len(filled)
    assert parts.rejected["reason"].null_count() == 0
    assert made.records["key"].n_unique() == made.records.height == counts.accepted
    assert violations(parts.accepted, "contact") == {}
    assert interpreted(out.getvalue().encode(), CONTACTS).records.equals(made.records)


def test_a_broken_promise_is_found_by_the_contract() -> None:
    good = taken(CONTACTS, {"Id": "1", "Name": "A", "Mail": "a@x.example"}).split.accepted
    assert violations(good, "contact") == {}
    assert violations(good.with_columns(email=pl.lit(["not one"])), "contact") == {"email: every email": 1}


def test_erased_and_held_rows_are_in_a_state_of_their_own() -> None:
    """Whatever stands in them: neither is judged, and neither supersedes another."""
    rows = ["1,2026-01-02,,Ann,ann@crm.example,,,", "1,2026-01-01,,Ann,,,,", "2,,,,nobody,,,",
            "3,,,Zo,ZO@crm.example,,,", "4,,,Cy,zo@crm.example,,,", "5,,,Bo,bo@crm.example,,,"]  # fmt: skip
    data = "\n".join([",".join(HEADER), *rows]).encode()
    known = frozenset(keyed(b"k" * 32, pl.Series(["email\0zo@crm.example"])))
    withheld = Withheld(frozenset({2, 4}), known, frozenset({6}), b"k" * 32)
    with NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        with open_table(Path(file.name), "a.csv", "") as table:
            made = interpret(table.parts(), CONTACTS, "b", RECEIVED, withheld)
    assert made.counts == Counts(6, 3, 0, 0, 1, 0, 2)
    assert made.records["line"].to_list() == [3, 6, 7]
    assert made.split.held.rows() == [(5, *known)]
