"""Pinned models."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys

import pytest

from identity.account_model import ACCOUNT
from identity.contact_model import CONTACT
from identity.epoch import Epoch, load, shipped
from identity.errors import VelocityError
from identity.features import NORMALISER
from identity.fields import RESOLVED, Entity
from identity.training import NEAR


@pytest.fixture(params=RESOLVED)
def epoch(request: pytest.FixtureRequest) -> Epoch:
    entity: Entity = request.param
    return shipped(entity)


def test_shipped_epochs_fit_the_features_and_stay_near_what_their_models_think(epoch: Epoch) -> None:
    assert epoch.normaliser == NORMALISER
    assert epoch.id == f"{epoch.entity}-{epoch.hash[:12]}"
    assert epoch.frequencies == {}  # they are for names from anywhere
    for comparison in epoch.model.comparisons:
        for level in comparison.levels:
            weight = epoch.weights[comparison.name][level.name] / 1000
            assert abs(weight - level.bits) <= NEAR + 0.01, (comparison.name, level.name)


def test_shipped_epochs_are_of_the_models_in_the_code(epoch: Epoch) -> None:
    """After a change to a model: python -m velocity_pipelines.train_epochs."""
    assert epoch.model == {"contact": CONTACT, "account": ACCOUNT}[epoch.entity]


def test_what_is_dumped_is_loaded(epoch: Epoch) -> None:
    again = load(epoch.dump())
    assert again == epoch
    assert again.dump() == epoch.dump()


def test_a_changed_weight_is_another_epoch(epoch: Epoch) -> None:
    weights = {name: dict(levels) for name, levels in epoch.weights.items()}
    weights["phone"]["same"] += 1
    assert dataclasses.replace(epoch, weights=weights).id != epoch.id


def test_a_file_changed_by_hand_is_refused(epoch: Epoch) -> None:
    stored = json.loads(epoch.dump())
    stored["model"]["join"] += 1
    with pytest.raises(VelocityError) as refused:
        load(json.dumps(stored))
    assert refused.value.code == "epoch_damaged"


def test_levels_of_one_weight_are_refused(epoch: Epoch) -> None:
    weights = {name: dict(levels) for name, levels in epoch.weights.items()}
    weights["phone"]["different"] = weights["phone"]["same"]
    with pytest.raises(VelocityError, match="weigh the same"):
        dataclasses.replace(epoch, weights=weights)


def test_bits_tell_their_level(epoch: Epoch) -> None:
    for name, levels in epoch.weights.items():
        assert [epoch.level_at(name, bits) for bits in levels.values()] == list(levels)
        assert epoch.level_at(name, 0) == "null"


def test_models_load_without_engines() -> None:
    program = "import sys, identity.epoch, identity.contact_model, identity.account_model, identity.guards\n"
    program += "print([m for m in ('splink', 'duckdb', 'pandas', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_epoch_of_an_earlier_shape_says_so(epoch: Epoch) -> None:
    stored = json.loads(epoch.dump())
    del stored["model"]["crowds"]
    with pytest.raises(VelocityError) as refused:
        load(json.dumps(stored))
    assert refused.value.code == "epoch_outdated"
