"""Proposals for tables that nobody knows: measured on exports in the layouts of many tools and languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import yaml

from identity.fields import FIELDS
from identity.mapping import parse_mapping
from identity.suggesting import Proposal, propose
from identity.suggesting.proposal import SURE

TABLES = yaml.safe_load((Path(__file__).parents[1] / "data" / "tables_of_tools.yaml").read_text("utf-8"))
HALF = 20


def tables(which: list[list[str]]) -> Iterator[tuple[str, dict[str, str], Proposal]]:
    """Entity, what each column is, and what is proposed."""
    for entity, said, *rows in which:
        columns = dict(part.rsplit("=", 1) for part in said.split(" | "))
        cells = [[cell.strip() for cell in row.split("|")] for row in rows]
        whole = [cells_of + [""] * (len(columns) - len(cells_of)) for cells_of in cells]
        head = pl.DataFrame(whole, schema=dict.fromkeys(columns, pl.String()), orient="row")
        yield entity, columns, propose(tuple(columns), head)


def measured(which: list[list[str]]) -> tuple[float, float, list[str]]:
    """Share of columns that are right, share of the confident ones, and which are wrong."""
    right = sure = sure_right = count = 0
    wrong = []
    for entity, columns, proposal in tables(which):
        known = {*(field.name for field in FIELDS[proposal.mapping.entity]), "key", "updated_at", "deleted"}
        for column in proposal.columns:
            said = columns[column.title]
            proposed = column.target if column.target in known else "-"
            count += 1
            good = proposed == said and proposal.mapping.entity == entity
            right += good
            sure += column.confidence >= SURE
            sure_right += good and column.confidence >= SURE
            if not good:
                wrong.append(f"{entity} {column.title}: {column.target} {column.confidence:.2f}, is {said}")
    return right / count, sure_right / sure, wrong


@pytest.mark.parametrize("which", [TABLES[:HALF], TABLES[HALF:]], ids=["seen", "unseen"])
def test_nine_of_ten_columns_are_right_and_of_the_confident_ones_more(which: list[list[str]]) -> None:
    right, sure_right, wrong = measured(which)
    assert right >= 0.9, wrong
    assert sure_right >= 0.95, wrong


def test_a_proposal_is_a_mapping_file() -> None:
    header = ("Contact ID", "Vorname", "surname", "E-Mail", "Mobile Phone", "Last Modified", "Shoe size")
    head = pl.DataFrame(
        [["1", "Ann", "Brook", "a@x.example", "+1 415 555 0100", "2026-03-01", "41"]], header, orient="row"
    )
    proposal = propose(header, head, "fair")
    mapping = proposal.mapping
    assert (mapping.source, mapping.entity, mapping.key, mapping.updated_at) == (
        "fair",
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
    assert proposal.as_yaml().startswith("# Look at 'Shoe size': shoe_size? (60%, ")
    assert parse_mapping(proposal.as_yaml()) == mapping


@pytest.mark.parametrize(
    ("title", "values", "target"),
    [
        ("Contact", ["ann@x.example", "bo@x.example"], "email"),
        ("Email", ["yes", "no"], "email_x"),
        ("Email / Phone", ["ann@x.example / 555 0101", "bo@x.example"], "email_phone"),
        ("E-mail 1 - Label", ["* Work", "Home"], "e_mail_1_label"),
        ("URL", ["https://www.linkedin.com/in/ann-example"], "linkedin_url"),
        ("Emial addres", ["ann@x.example"], "email"),
        ("MAILINGPOSTALCODE", ["9000"], "postcode"),
        ("Ship To City", ["Ghent"], "ship_to_city"),
        ("Frobnicate", ["quux", "corge"], "frobnicate"),
    ],
)
def test_header_and_values_together(title: str, values: list[str], target: str) -> None:
    header = ("First Name", "Last Name", title)
    head = pl.DataFrame([["Ann", "Brook", value] for value in values], header, orient="row")
    found = propose(header, head).columns[-1]
    assert found.target == target.removesuffix("_x")
    assert found.target not in ("email",) or title != "Email" or found.confidence < SURE


def test_an_empty_table_is_proposed_by_its_header_alone() -> None:
    header = ("Id", "Company Name", "Domain", "Industry", "zzz")
    proposal = propose(header, pl.DataFrame(schema=dict.fromkeys(header, pl.String())))
    assert proposal.mapping.entity == "account"
    assert proposal.mapping.columns == {"Company Name": "name", "Domain": "domain", "Industry": "industry", "Id": "id"}
    assert proposal.mapping.ignore == ("zzz",)
