"""Epochs made from records."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from identity.account_model import ACCOUNT
from identity.errors import BadInputError, VelocityError
from identity.model import Comparison
from identity.training import train
from velocity_pipelines.train_epochs import current_records

PAIRS = 2e4


@pytest.fixture(scope="module")
def accounts() -> pl.DataFrame:
    return current_records(4000, seed=11)["account"]


def test_the_same_records_give_the_same_epoch_within_the_ranges(accounts: pl.DataFrame) -> None:
    epoch = train(accounts, ACCOUNT, "a test", PAIRS)
    assert train(accounts.sample(fraction=1, shuffle=True, seed=5), ACCOUNT, "a test", PAIRS).id == epoch.id
    for comparison in ACCOUNT.comparisons:
        for level in comparison.levels:
            assert level.low - 0.01 <= epoch.weights[comparison.name][level.name] / 1000 <= level.high
    assert "tax_id.same" in epoch.origin["assumed"]  # the exports have none: the middle of its range
    assert epoch.weights["tax_id"]["same"] == 18000


def test_what_was_learned_depends_on_the_records(accounts: pl.DataFrame) -> None:
    wide = dataclasses.replace(ACCOUNT, comparisons=tuple(_wide(c) for c in ACCOUNT.comparisons))
    phones = train(accounts, wide, "a test", PAIRS).weights["phone"]
    assert phones["same"] > 3000  # bits of its own, not of a range
    assert phones["different"] < 0


def _wide(comparison: Comparison) -> Comparison:
    levels = tuple(dataclasses.replace(level, low=-30.0, high=30.0) for level in comparison.levels)
    return dataclasses.replace(comparison, levels=levels)


def test_too_few_records(accounts: pl.DataFrame) -> None:
    with pytest.raises(BadInputError) as refused:
        train(accounts[:50], ACCOUNT, "a test")
    assert refused.value.code == "too_small"


def test_a_comparison_that_nothing_was_learned_of_is_refused(accounts: pl.DataFrame) -> None:
    blind = dataclasses.replace(ACCOUNT, training=("l.joined = r.joined",))  # says nothing of names themselves
    with pytest.raises(VelocityError) as refused:
        train(accounts, blind, "a test", PAIRS)
    assert refused.value.code == "untrained"
