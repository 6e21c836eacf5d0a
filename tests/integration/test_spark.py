"""Spark: the integers of an epoch are the same as DuckDB's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from identity import spark
from identity.blocking import PAIRS, candidates
from identity.epoch import shipped
from identity.fields import RESOLVED, Entity
from identity.frames import record_schema
from identity.rarity import counted
from identity.scoring import matcher
from identity.screening import screen
from resources.spark import lacking, local_session
from velocity_pipelines.synth import write_exports
from velocity_pipelines.train_epochs import exported_records

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [
    pytest.mark.skipif(bool(lacking()), reason=f"Spark needs what is not here: {lacking()}"),
    pytest.mark.filterwarnings("default"),  # Spark's own
]
ROWS = 10_000  # benchmarks/spark.py compares 100,000

# Comparisons whose columns hold one value in all exports; `LITERAL` has them.
SILENT = {"contact": {"bits_national_id", "bits_gender"}, "account": {"bits_tax_id"}}
Literal = tuple[str, Any, Any, str, str]
# Two values of a field, and the level of a comparison that invented exports never reach.
LITERAL: dict[Entity, list[Literal]] = {
    "contact": [
        ("email", ["ridge82@heron.example"], ["ridge82@mail.example"], "email", "handle"),
        ("phone", ["+442079460123"], ["+442079460132"], "phone", "close"),
        ("national_id", "AB-123-4", "ab1234", "national_id", "same"),
        ("national_id", "AB12345", "AB12354", "national_id", "close"),
        ("national_id", "AB12345", "AB12399", "national_id", "two_off"),
        ("national_id", "AB12345", "XY99887", "national_id", "different"),
        ("national_id", "AB12345", None, "national_id", "null"),
        ("title", "Sales manager", "Sales manger", "role", "close"),
        ("gender", "female", "F", "gender", "same"),
        ("gender", "female", "male", "gender", "different"),
        ("full_name", "Bekcy Ridge", "Rebecca Ridge", "name", "first_close"),
        ("full_name", "Mercedse Wkaewick", "Mercedes Wakewick", "name", "both_close"),
    ],
    "account": [
        ("name", "Heron Labs Ltd", None, "name", "null"),
        ("name", "Heron Labs Ltd", "Labs Heron Ltd", "name", "order"),
        ("name", "Heron Labs Ltd", "Heron", "name", "longer"),
        ("name", "Heron Labs North", "Heron Mill East", "name", "stem"),
        ("name", "Velbri Institute of Technology", "Velbri Inst. Technol., Hartmon, USA", "name", "within"),
        ("name", "University of Heron Valley", "UHV", "name", "initials"),
        ("city", "Berlin", "Berlin", "place", "quarter"),
        ("postcode", "SW1 1AA", "sw11aa", "place", "postcode"),
        ("street", "12 Mill Lane", "12 Mill Lane", "place", "street_only"),
        ("tax_id", "GB 123", "gb123", "tax_id", "same"),
        ("tax_id", "GB12345", "GB12354", "tax_id", "close"),
        ("tax_id", "GB12345", "DE99887", "tax_id", "different"),
    ],
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with local_session(tmp_path_factory.mktemp("spark")) as made:
        yield made


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[Entity, pl.DataFrame]:
    folder = tmp_path_factory.mktemp("exports")
    write_exports(ROWS, 77, folder, "hard")
    return exported_records(folder)


@pytest.mark.parametrize("entity", RESOLVED)
def test_all_candidates_have_the_same_integers(
    entity: Entity, session: SparkSession, records: dict[Entity, pl.DataFrame]
) -> None:
    model = shipped(entity).model
    features = matcher(entity).features(records[entity])
    # An epoch that counted values, unlike the shipped ones: how rare a shared value is, is compared too.
    match = matcher(entity, replace(shipped(entity), frequencies=counted(features, model)))
    frame = screen(features, model)
    pairs = candidates(frame, model)
    assert pairs.height > ROWS
    bits = match.compare(frame, pairs)
    assert {column.name for column in bits if column.n_unique() == 1} == SILENT[entity]
    assert_frame_equal(spark.compare(frame, pairs, match.epoch, session), bits)


@pytest.mark.parametrize("entity", RESOLVED)
def test_literal_pairs_are_at_the_levels_that_exports_never_reach(entity: Entity, session: SparkSession) -> None:
    match = matcher(entity)
    rows = [{field: value} for field, *both, _, _ in LITERAL[entity] for value in both]
    keyed = [{"key": f"{n:03}", **row} for n, row in enumerate(rows)]
    frame = match.features(pl.DataFrame(keyed, schema=record_schema(entity)))
    pairs = pl.DataFrame({"l": range(0, len(rows), 2), "r": range(1, len(rows), 2)}, schema=PAIRS)
    bits = spark.compare(frame, pairs, match.epoch, session)
    assert_frame_equal(bits, match.compare(frame, pairs))
    asked = [comparison for *_, comparison, _ in LITERAL[entity]]
    found = [match.epoch.level_at(name, bits[f"bits_{name}"][n]) for n, name in enumerate(asked)]
    assert found == [level for *_, level in LITERAL[entity]]


def test_bits_come_in_the_order_of_the_pairs(session: SparkSession) -> None:
    match = matcher("contact")
    names = ["Anna Ridge", "Bob Boateng", "Anna Ridge"]
    rows = [{"key": str(n), "full_name": name} for n, name in enumerate(names)]
    frame = match.features(pl.DataFrame(rows, schema=record_schema("contact")))
    pairs = pl.DataFrame({"l": [1, 0, 0, 0], "r": [2, 2, 1, 2]}, schema=PAIRS)
    bits = spark.compare(frame, pairs, match.epoch, session)["bits_name"]
    assert [match.epoch.level_at("name", x) for x in bits] == ["different", "same", "different", "same"]


def test_no_pairs_give_no_bits(session: SparkSession) -> None:
    epoch = shipped("account")
    found = spark.compare(pl.DataFrame(), pl.DataFrame(schema=PAIRS), epoch, session)
    assert found.height == 0
    assert found.columns == [f"bits_{c.name}" for c in epoch.model.comparisons]
