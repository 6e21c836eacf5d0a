"""Pairs and their bits."""

from __future__ import annotations

import logging
import random
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from splink import DuckDBAPI, Linker

from identity import scoring
from identity.blocking import candidates
from identity.edges import edge_schema
from identity.epoch import Epoch, shipped
from identity.features import features
from identity.fields import RESOLVED, Entity
from identity.frames import EDGE, record_schema
from identity.rarity import rated
from identity.scoring import compare, matcher
from identity.screening import screen
from identity.splink_settings import settings
from tests.anew import scored
from velocity_pipelines.synth import write_exports
from velocity_pipelines.train_epochs import current_records, exported_records

CONTACT = shipped("contact")


def contacts(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"key": f"crm:contact:{i}", **row} for i, row in enumerate(rows)], schema=record_schema("contact")
    )


def levels_of(entity: Entity, one: dict[str, Any], other: dict[str, Any]) -> dict[str, str]:
    """The level of each comparison of two literal records."""
    epoch = shipped(entity)
    frame = pl.DataFrame([{"key": "a", **one}, {"key": "b", **other}], schema=record_schema(entity))
    match = matcher(entity)
    edge = match.compare(match.features(frame), pl.DataFrame({"l": [0], "r": [1]})).row(0, named=True)
    return {c.name: epoch.level_at(c.name, edge[f"bits_{c.name}"]) for c in epoch.model.comparisons}


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Robert Smith", "robert SMITH", "same"),
        ("Bob Smith", "Rob Smith", "nickname"),
        ("Smith Robert", "Robert Smith", "swapped"),
        ("Claywood Dot", "Dorothy Claywood", "swapped_close"),
        ("Bekcy Ridge", "Rebecca Ridge", "first_close"),
        ("Anna Wakewick", "Anna Wkaewick", "last_close"),
        ("B. Smith", "Bob Smith", "initial"),
        ("Mercedse Wkaewick", "Mercedes Wakewick", "both_close"),
        ("M. Wkaewick", "Mercedes Wakewick", "initial_close"),
        ("Bob", "Robert Smith", "first_only"),
        ("Anna Ridge", "Anna Boateng", "last_differs"),
        ("Maria Ridge", "Mario Ridge", "first_differs"),
        ("Anna Ridge", "Bob Boateng", "different"),
    ],
)
def test_names(one: str, other: str, level: str) -> None:
    assert levels_of("contact", {"full_name": one}, {"full_name": other})["name"] == level
    assert levels_of("contact", {"full_name": other}, {"full_name": one})["name"] == level


@pytest.mark.parametrize(
    ("field", "one", "other", "comparison", "level"),
    [
        ("email", ["x@a.example", "y@b.example"], ["y@b.example"], "email", "same"),
        ("email", ["anna.ridge@a.example"], ["anna.rigde@a.example"], "email", "close"),
        ("email", ["ridge82@heron.example"], ["ridge82@mail.example"], "email", "handle"),
        ("email", ["anna@heron.example"], ["anna@mail.example"], "email", "elsewhere"),
        ("email", ["anna@heron.example"], ["ridge@heron.example"], "email", "different"),
        ("email", ["a.ridge@heron.example"], ["a.ridge2@heron.example"], "email", "numbered"),
        ("email", ["a.ridge@4heron.example"], ["a.ridge@heron.example"], "email", "close"),
        ("email", ["1001@heron.example"], ["2002@heron.example"], "email", "different"),
        ("email", ["info@a.example"], ["info@a.example"], "email", "null"),
        ("phone", ["+442079460123"], ["02079460123", "+13125550100"], "phone", "same"),
        ("phone", ["+442079460123"], None, "phone", "null"),
        ("company_name", "Heron Labs Ltd", "HERON LABS", "work", "company"),
        ("company_name", "Heron 2 Labs", "Heron 3 Labs", "work", "different"),
        ("company_domain", "heron.example", "heron.example", "work", "domain"),
        ("postcode", "SW1 1AA", "sw11aa", "place", "postcode"),
        ("city", "München", "Munchen", "place", "city"),
        ("date_of_birth", "1987-03-04", "1987-04-03", "born", "close"),
        ("date_of_birth", "1987-03-04", "1986-04-05", "born", "different"),
        ("date_of_birth", "1987-03-04", "1987-03-05", "born", "close"),
        ("national_id", "AB-123-4", "ab1234", "national_id", "same"),
        ("linkedin_url", "https://linkedin.example/in/ann", "linkedin.example/in/Ann/", "profile", "same"),
    ],
)
def test_other_levels(field: str, one: Any, other: Any, comparison: str, level: str) -> None:
    assert levels_of("contact", {field: one}, {field: other})[comparison] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Heron Labs Ltd", "heronlabs", "word"),
        ("Heron Labs Ltd", "Heron Labs", "same"),
        ("Heronn Labs", "Heron Labs", "close"),
        ("Heron Labs", "Heron Labs Scotland", "longer"),
        ("Northwind Foods", "Northwind Logistics", "half"),
        ("Heron 2 Labs", "Heron 3 Labs", "stem"),
        ("Heron Labs", "Alder Timber", "different"),
    ],
)
def test_company_names(one: str, other: str, level: str) -> None:
    assert levels_of("account", {"name": one}, {"name": other})["name"] == level


@pytest.mark.parametrize("entity", RESOLVED)
def test_levels_are_those_of_splinks_own_prediction(entity: Entity, tmp_path: Path, monkeypatch: Any) -> None:
    """The values laid side by side give what Splink gives when it joins and weighs the pairs itself, part by part."""
    monkeypatch.setattr(scoring, "CHUNK", 700)
    monkeypatch.setattr(scoring, "BATCH", 50)
    write_exports(3000, 13, tmp_path, "hard")
    epoch = shipped(entity)
    frame = screen(features(exported_records(tmp_path)[entity], entity), epoch.model)
    pairs = candidates(frame, epoch.model)
    assert pairs.height > 1000
    assert compare(frame, pairs, epoch).equals(_predicted(frame, pairs, epoch))


def _predicted(frame: pl.DataFrame, pairs: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    table = rated(frame, epoch.model, epoch.frequencies).drop("key").with_row_index("unique_id")
    asked = pairs.select(match_key=pl.lit("0"), join_key_l="l", join_key_r="r")
    with duckdb.connect() as connection:
        api = DuckDBAPI(connection=connection)
        linker = Linker(api.register(table.to_arrow()), settings(epoch.model, epoch.weights), log_level=logging.ERROR)
        linker.table_management.register_blocked_pairs_for_predict(api.register(asked.to_arrow()))
        found = linker.inference.predict(warning_mode="never")
        made = connection.sql(f"select * from {found.physical_name} order by unique_id_l, unique_id_r").pl()
    names = [c.name for c in epoch.model.comparisons]
    return made.select((pl.col(f"mw_{n}") * 1000).round().cast(pl.Int32).alias(f"bits_{n}") for n in names)


def test_five_rows_work() -> None:
    records = contacts(
        {"full_name": "Robert Ridge", "email": ["ridge@a.example"], "company_name": "Heron Labs"},
        {"full_name": "Ridge, Bob", "company_name": "Heron Labs Ltd", "city": "Leeds"},
        {"full_name": "Anna Boateng", "phone": ["+442079460123"]},
        {"first_name": "Ann", "last_name": "Boateng", "phone": ["020 7946 0123"]},
        {},
    )
    edges = scored(records, "contact")
    assert edges.schema == edge_schema(CONTACT)
    assert list(edges.schema)[: len(EDGE)] == list(EDGE)
    joined = edges.filter(pl.col("answer") == "join").select("left", "right").rows()
    assert joined == [("crm:contact:0", "crm:contact:1"), ("crm:contact:2", "crm:contact:3")]


def test_bits_are_the_prior_and_the_weights() -> None:
    records = contacts(
        {"full_name": "Ann Lee", "email": ["a@x.example"]}, {"full_name": "Ann Lee", "email": ["a@x.example"]}
    )
    edge = scored(records, "contact").row(0, named=True)
    weights = CONTACT.weights
    parts = weights["name"]["same"] + weights["email"]["same"] + weights["work"]["domain"]
    assert edge["bits"] == CONTACT.prior + parts


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("entity", RESOLVED)
def test_few_and_empty_records(count: int, entity: Entity) -> None:
    records = pl.DataFrame([{"key": f"k{i}"} for i in range(count)], schema=record_schema(entity))
    edges = scored(records, entity)
    assert edges.is_empty()
    assert edges.schema == edge_schema(shipped(entity))


def test_keys_may_hold_any_text() -> None:
    keys = ["crm:contact:'\"\n;--", "crm:contact:ä\x00%", "crm:contact:{}|\\"]
    rows = [{"key": key, "full_name": "Ann Lee", "email": ["ann@x.example"]} for key in keys]
    edges = scored(pl.DataFrame(rows, schema=record_schema("contact")), "contact")
    assert set(edges["left"]) | set(edges["right"]) == set(keys)
    assert edges.height == 3
    assert edges.filter(pl.col("left") >= pl.col("right")).is_empty()


def test_a_value_over_its_limit_joins_nobody() -> None:
    limit = CONTACT.model.limits["phones"]
    rows = [{"full_name": f"Ann Lee{i:02d}x", "phone": ["+442079460123"]} for i in range(limit)]
    assert "phone" in _evidence(scored(contacts(*rows), "contact"))
    assert "phone" not in _evidence(scored(contacts(*rows, rows[0]), "contact"))


def _evidence(edges: pl.DataFrame) -> set[str]:
    return {c.name for c in CONTACT.model.comparisons if edges.filter(pl.col(f"bits_{c.name}") > 0).height}


@pytest.mark.parametrize("entity", RESOLVED)
def test_edges_do_not_depend_on_the_order_of_records(entity: Entity) -> None:
    records = current_records(400, seed=7)[entity]
    rows = list(range(records.height))
    random.Random(3).shuffle(rows)
    edges = scored(records, entity)
    assert edges.height > 10
    assert scored(records[rows], entity).equals(edges)
