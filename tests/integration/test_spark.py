"""Spark: the integers of an epoch are the same as DuckDB's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from identity import spark
from identity.blocking import candidates
from identity.epoch import shipped
from identity.fields import RESOLVED, Entity
from identity.scoring import matcher
from resources.spark import lacking, local_session
from velocity_pipelines.synth import write_exports
from velocity_pipelines.train_epochs import exported_records

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [
    pytest.mark.skipif(bool(lacking()), reason=f"Spark needs what is not here: {lacking()}"),
    pytest.mark.filterwarnings("default"),  # Spark's own
]
# Invented exports say nothing of these, so the comparison of all candidates proves nothing for them.
SILENT = {
    "contact": {
        "born", "national_id", "profile", "gender", "first_rarity", "last_rarity", "company_rarity",
    },
    "account": {"tax_id"},
}  # fmt: skip
ROWS = 10_000  # benchmarks/spark.py compares 100,000


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with local_session(tmp_path_factory.mktemp("spark")) as made:
        yield made


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[Entity, pl.DataFrame]:
    folder = tmp_path_factory.mktemp("exports")
    write_exports(ROWS, 77, folder)
    return exported_records(folder)


@pytest.mark.parametrize("entity", RESOLVED)
def test_all_candidates_have_the_same_integers(
    entity: Entity, session: SparkSession, records: dict[Entity, pl.DataFrame]
) -> None:
    match = matcher(entity)
    frame = match.features(records[entity])
    pairs = candidates(frame, match.epoch.model)
    assert pairs.height > ROWS
    bits = match.compare(frame, pairs)
    silent = {column.name.removeprefix("bits_") for column in bits if column.n_unique() == 1}
    assert silent == SILENT[entity]
    assert_frame_equal(spark.compare(frame, pairs, match.epoch, session), bits)


def test_no_pairs_give_no_bits(session: SparkSession) -> None:
    epoch = shipped("account")
    found = spark.compare(pl.DataFrame(), pl.DataFrame(schema={"l": pl.UInt32, "r": pl.UInt32}), epoch, session)
    assert found.height == 0
    assert found.columns == [f"bits_{c.name}" for c in epoch.model.comparisons]
