"""Exports as vendors write them come in right: values, not only counts."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from identity.mapping import Mapping, keep_unmapped
from identity.profiles import detect
from identity.suggesting import propose
from quality_checks.validation import Interpreted, interpret
from resources.readers import Table, open_table

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "crm_exports"
EXPECTED = yaml.safe_load((Path(__file__).parents[1] / "data" / "crm_exports.yaml").read_text("utf-8"))
RECEIVED = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
OURS = ("source", "source_id", "batch", "received_at", "content", "version_at")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the exports to try are not beside this checkout")


def taken(name: str, mapping: Mapping | None = None) -> tuple[Table, Interpreted]:
    with open_table(FOLDER / name, name, "") as table:
        found = mapping or detect(table.header) or propose(table.header, table.head).mapping
        return table, interpret(table.parts(), keep_unmapped(found, table.header), "b", RECEIVED)


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says: no stamps, nothing empty."""
    key, _, own = record["key"].rpartition(":")
    attributes = {k: v for k, v in json.loads(record.pop("attributes") or "{}").items() if v}
    said = {k: v for k, v in record.items() if k not in OURS and v not in (None, False)}
    return {**said, "key": key if own.startswith("row-") else record["key"], "attributes": attributes}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_values_of_an_export(name: str) -> None:
    expected = EXPECTED[name]
    _, made = taken(name)
    counts = {word: getattr(made.counts, word) for word in expected["counts"]}
    assert counts == expected["counts"]
    first = [plain(record) for record in made.records.sort("line").head(len(expected["records"])).to_dicts()]
    wanted = [{"attributes": {}, **record} for record in expected["records"]]
    shown = [
        {**one, "attributes": one["attributes"] if want["attributes"] else {}}
        for one, want in zip(first, wanted, strict=True)
    ]
    assert shown == wanted
    rejected = made.split.rejected.select("line", "column", "value", "reason").rows()
    assert [list(row) for row in rejected] == expected["rejected"]


@pytest.mark.parametrize(
    ("name", "cells", "encoding"),
    [
        (
            "sfdc_dataloader_csvEscapedQuotes.csv",
            [['"The Best" Account', "bla"], ['The "Best" Account', "bla"]],
            "utf-8",
        ),
        (
            "sfdc_dataloader_csvtext_BOM_UTF16LE.csv",
            [["row1-1", "row1-2", "row1-3"], ["row2-1", "row2-2", "row2-3"]],
            "utf-16-le",
        ),
        (
            "sfdc_dataloader_csvtext_BOM_UTF8.csv",
            [["row1-1", "row1-2", "row1-3"], ["row2-1", "row2-2", "row2-3"]],
            "utf-8",
        ),
    ],
)
def test_the_cells_of_a_table_that_says_nothing_of_anybody(name: str, cells: list[list[str]], encoding: str) -> None:
    facts = {"source": "sample", "entity": "account", "columns": {"column1": "name", "column2": "note"}}
    table, made = taken(name, Mapping.from_dict(facts))
    assert [list(row) for row in table.head.select(table.header).rows()] == cells
    assert table.facts["encoding"] == encoding
    assert made.records["name"].to_list() == [row[0] for row in cells]


def test_every_row_of_a_large_export_keeps_its_values() -> None:
    _, made = taken("sfdc_dataloader_opportunityData.csv")
    amounts = made.records["amount"].cast(pl.Decimal(18, 2))
    assert (amounts.sum(), made.records["close_date"].max()) == (amounts.sum(), max(made.records["close_date"]))
    assert made.records["account_source_id"].null_count() == 0
