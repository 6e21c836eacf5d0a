"""Epochs made from records."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from identity import training
from identity.blocking import candidates
from identity.contact_model import CONTACT
from identity.errors import BadInputError, VelocityError
from identity.features import features
from identity.frames import record_schema
from identity.rarity import LEAST
from identity.scoring import compare
from identity.screening import screen
from identity.training import THOUGHT, train
from velocity_pipelines.synth import write_exports
from velocity_pipelines.train_epochs import current_records, exported_records

GIVEN = (
    *("Ann", "Bea", "Cleo", "Dora", "Edith", "Flora", "Greta", "Hanna"),
    *("Ida", "Jette", "Klara", "Lena", "Mara", "Nora", "Olga", "Paula"),
)


@pytest.fixture(scope="module")
def exported() -> pl.DataFrame:
    return current_records(4000, seed=11)["contact"]


def people(count: int, wrong: float, seed: int = 3) -> pl.DataFrame:
    """Two records of each person, with a birthday and an address; the second has another birthday in so many cases."""
    chance = np.random.default_rng(seed)
    rows = []
    for person in range(count):
        name = f"{GIVEN[person % 16]} {chr(97 + person % 23)}or{chr(97 + person // 23 % 26)}{chr(97 + person // 600)}en"
        town = f"Town {person % 40}"
        born = f"19{chance.integers(30, 99)}-{chance.integers(2, 12):02}-{chance.integers(2, 28):02}"
        other = f"19{chance.integers(30, 99)}-{chance.integers(2, 12):02}-{chance.integers(2, 28):02}"
        for copy in (0, 1):
            said = other if copy and chance.random() < wrong else born
            street = f"{person} Mill Lane"
            told = {"full_name": name, "street": street, "city": town, "date_of_birth": said}
            rows.append({"key": f"k{person}-{copy}", **told})
    return pl.DataFrame(rows, schema=record_schema("contact"))


def test_the_same_records_give_the_same_epoch(exported: pl.DataFrame) -> None:
    epoch = train(exported, CONTACT, "a test")
    assert train(exported.sample(fraction=1, shuffle=True, seed=5), CONTACT, "a test").id == epoch.id


def test_shares_of_levels_are_found_without_labels() -> None:
    """In a tenth of the matches the birthday is wrong."""
    epoch = train(people(1500, wrong=0.1), CONTACT, "a test")
    born = epoch.origin["levels"]["born"]
    assert born["same"]["m"] == pytest.approx(0.9, abs=0.03)
    assert sum(born[level]["m"] for level in ("different", "year", "two_off")) == pytest.approx(0.1, abs=0.03)
    often = train(people(1500, wrong=0.4), CONTACT, "a test")
    assert often.origin["levels"]["born"]["same"]["m"] == pytest.approx(0.6, abs=0.03)
    assert often.weights["born"]["different"] > epoch.weights["born"]["different"]


def test_bits_are_the_log_odds_of_truth(tmp_path: Path) -> None:
    """Of the pairs in doubt among dirty records, as many match as their bits say."""
    write_exports(40_000, 77, tmp_path, "hard")
    records = exported_records(tmp_path)["contact"]
    epoch = train(records, CONTACT, "a test")
    frame = screen(features(records, "contact"), epoch.model)
    pairs = candidates(frame, epoch.model)
    bits = compare(frame, pairs, epoch).sum_horizontal().cast(pl.Float64) / 1000 + epoch.prior / 1000
    truth = pl.read_parquet(tmp_path / "truth.parquet").filter(pl.col("entity") == "contact")
    true = truth.select("true_id", key=pl.concat_str("source", "entity", "source_id", separator=":"))
    whose = frame.select("key").join(true, on="key", how="left", maintain_order="left")["true_id"]
    same = whose.gather(pairs["l"]) == whose.gather(pairs["r"])
    said = pl.DataFrame({"bits": bits, "same": same}).filter(pl.col("bits").is_between(-6, 6))
    for (_,), part in said.group_by((pl.col("bits") / 3).floor()):
        matching = int(part["same"].sum())
        odds = np.log2((matching + 0.5) / (part.height - matching + 0.5))
        assert part.height > 30
        assert abs(odds - part["bits"].mean()) < 2


@pytest.mark.parametrize(
    ("bits", "join"),
    [
        ([9000] * 1000 + [-2000], -2.0),
        ([9000] * 100 + [-2000] * 100, 0.0),
        ([9000] * 1000 + [-500] * 2 + [-2000] * 9, -0.5),
        ([], 0.0),
    ],
)
def test_pairs_join_as_low_as_hardly_any_is_wrong(bits: list[int], join: float) -> None:
    assert training._join(np.array(bits, dtype=np.int64), CONTACT) == join


def test_a_sample_of_the_pairs_says_what_all_of_them_do(exported: pl.DataFrame) -> None:
    whole, sample = (train(exported, CONTACT, "a test", most=most) for most in (10**6, 20_000))
    assert sample.origin["pairs"] == pytest.approx(whole.origin["pairs"], rel=0.3)
    for comparison, level in (("name", "same"), ("email", "same"), ("phone", "same"), ("name", "different")):
        assert sample.weights[comparison][level] == pytest.approx(whole.weights[comparison][level], abs=2000)


def test_levels_of_which_too_little_was_seen_weigh_what_the_model_thinks() -> None:
    epoch = train(people(1500, wrong=0.1), CONTACT, "a test")
    thought = {f"{c.name}.{level.name}": level.bits for c in CONTACT.comparisons for level in c.levels}
    assert {"email.same", "national_id.different", "profile.same"} <= set(epoch.origin["assumed"])
    assert epoch.weights["profile"]["same"] == 1000 * thought["profile.same"]
    for name, levels in epoch.origin["levels"].items():
        for level, told in levels.items():
            assert (told["pairs"] < THOUGHT) == (f"{name}.{level}" in epoch.origin["assumed"])


def test_tables_have_no_value_of_fewer_than_five_records(exported: pl.DataFrame) -> None:
    tables = train(exported, CONTACT, "a test").frequencies
    assert set(tables) == set(CONTACT.rarities)
    assert min(count for table in tables.values() for count in table.values()) >= LEAST == 5
    assert train(exported, CONTACT, "a test", general=True).frequencies == {}


def test_too_few_records_pairs_or_matches(exported: pl.DataFrame) -> None:
    strangers = people(1500, wrong=0).filter(pl.col("key").str.ends_with("-0"))
    alone = strangers.with_columns(full_name=pl.col("key"), city=None, date_of_birth=None)
    for few in (exported[:50], alone):
        with pytest.raises(BadInputError) as refused:
            train(few, CONTACT, "a test")
        assert refused.value.code == "too_small"


def test_far_more_matches_than_people_would_think_are_refused(exported: pl.DataFrame, monkeypatch: Any) -> None:
    """As where a switchboard that all share is taken for a match."""
    honest = training.estimated
    monkeypatch.setattr(training, "estimated", lambda *given: honest(*given)._replace(thought=0.0001))
    with pytest.raises(VelocityError) as refused:
        train(exported, CONTACT, "a test")
    assert refused.value.code == "prior_jumped"


def test_matches_that_cannot_be_told_are_refused() -> None:
    """Everybody stands in it forty times: no people do."""
    once = people(60, wrong=0)
    crowd = pl.concat([once.with_columns(key=pl.format("{}-{}", "key", pl.lit(n))) for n in range(40)])
    with pytest.raises(VelocityError) as refused:
        train(crowd, CONTACT, "a test")
    assert refused.value.code == "not_separable"


def test_a_comparison_with_data_of_which_nothing_was_learned_is_refused() -> None:
    blind = dataclasses.replace(CONTACT, blocks=tuple(b for b in CONTACT.blocks if b.features == ("both",)))
    records = people(1500, wrong=0)
    number = pl.int_range(pl.len())
    of_one = pl.when(number % 2 == 1).then(pl.concat_list(pl.format("+1555{}", number + 10000)))
    with pytest.raises(VelocityError) as refused:
        train(records.with_columns(phone=of_one), blind, "a test")
    assert refused.value.code == "untrained"
