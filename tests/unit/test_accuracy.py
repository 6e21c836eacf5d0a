"""How well the shipped epochs tell who is who, on exports and seeds that they were not trained on."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from identity.evaluation import Scores, evaluate
from identity.fields import Entity
from identity.frames import record_schema
from tests.anew import clustered
from velocity_pipelines.synth import write_exports
from velocity_pipelines.train_epochs import exported_records

LABELLED = Path(__file__).parents[2].parent / "shared" / "data" / "labelled"


def resolve(records: pl.DataFrame, truth: pl.DataFrame, entity: Entity) -> Scores:
    made = clustered(records, entity)
    return evaluate(truth, made.clusters, made.edges)


@pytest.mark.parametrize("seed", [21, 22])
def test_invented_exports(seed: int, tmp_path: Path) -> None:
    write_exports(5000, seed, tmp_path)
    records = exported_records(tmp_path)
    truth = pl.read_parquet(tmp_path / "truth.parquet").with_columns(
        key=pl.concat_str("source", "entity", "source_id", separator=":")
    )
    found = {e: resolve(r, truth.join(r, on="key", how="semi").select("key", "true_id"), e) for e, r in records.items()}
    contacts, accounts = found["contact"].pairwise, found["account"].pairwise
    assert contacts.precision >= 0.985
    assert contacts.recall >= 0.94
    assert accounts.precision >= 0.985
    assert accounts.recall >= 0.95
    assert found["contact"].largest <= 8


@pytest.mark.parametrize("name", ["febrl3", "febrl4"])
def test_labelled_people(name: str) -> None:
    file = LABELLED / name / "records.parquet"
    if not file.exists():
        pytest.skip(f"no labelled records in {LABELLED.parent.name}")
    table = pl.read_parquet(file)
    digits = pl.col("date_of_birth")
    fields = {
        "key": pl.col("unique_id"),
        "first_name": pl.col("given_name"),
        "last_name": pl.col("surname"),
        "street": pl.concat_str("street_number", "address_1", separator=" ", ignore_nulls=True),
        "city": pl.col("suburb"),
        "postcode": pl.col("postcode"),
        "region": pl.col("state"),
        "date_of_birth": pl.concat_str(digits.str.head(4), digits.str.slice(4, 2), digits.str.tail(2), separator="-"),
        "national_id": pl.col("soc_sec_id"),
    }
    schema = record_schema("contact")
    records = table.select(fields.get(n, pl.lit(None, t)).alias(n) for n, t in schema.items())
    quality = resolve(records, table.select(key="unique_id", true_id="cluster_id"), "contact").pairwise
    assert quality.precision >= 0.999
    assert quality.f1 >= 0.95
