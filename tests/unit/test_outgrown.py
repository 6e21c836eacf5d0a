"""Whether records outgrew their epoch, and what another would change: literal frames."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from identity.epoch import Epoch, shipped
from identity.outgrown import drift, histogram, unseen
from identity.repartition import changes
from quality_checks.verdict import LIMITS, verdict
from velocity_pipelines.cli.panel import _bar

SHIPPED = shipped("account")
OWN = dataclasses.replace(
    SHIPPED,
    frequencies={"name": {"acme": 9}},
    origin={
        **SHIPPED.origin,
        "general": False,
        "records": 10,
        "unseen": {"name": 100},
        "histogram": {"-4": 10, "2": 5},
    },
)


def frames(
    records: int, names: list[str], bits: list[int], clusters: list[str], judged: str | None = None
) -> dict[str, pl.DataFrame]:
    edges = {"bits": bits, "judged": [judged] * len(bits)}
    return {
        "account_records": pl.DataFrame({"key": [str(n) for n in range(records)]}),
        "account_features": pl.DataFrame({"name": names}),
        "account_live_edges": pl.DataFrame(edges, schema={"bits": pl.Int64, "judged": pl.String}),
        "account_clusters": pl.DataFrame({"cluster": clusters}),
    }


LIKE_BEFORE = frames(10, ["acme"] * 9 + ["other"], [-4000] * 10 + [2000] * 5, ["a"] * 10)


def failing(given: dict[str, pl.DataFrame], epoch: Epoch = OWN) -> list[str]:
    return [one.check for one in verdict(given, "account", epoch) if not one.ok]


def test_records_like_those_it_was_trained_on_are_fine() -> None:
    assert failing(LIKE_BEFORE) == []
    assert [one.check for one in verdict(LIKE_BEFORE, "account", OWN)] == list(LIMITS)


@pytest.mark.parametrize(
    ("changed", "check"),
    [
        (frames(31, ["acme"], [-4000] * 32 + [2000] * 16, ["a"]), "epoch_fits_size"),
        (frames(10, ["acme"] * 2 + ["x"], [-4000] * 10 + [2000] * 5, ["a"]), "epoch_knows_values"),
        (frames(10, ["acme"], [-4000] * 10 + [12000] * 5, ["a"]), "epoch_fits_weights"),
        (frames(10, ["acme"], [-4000] * 10 + [2000] * 5, ["a"] * 61), "no_giant_cluster"),
        (frames(10, ["acme"], [-4000] * 22 + [2000] * 11, ["a"]), "epoch_fits_matches"),
        (frames(10, ["acme"], [-4000] * 10 + [2000] * 4 + [-9000], ["a"], "same"), "blocks_lose_little"),
    ],
)
def test_each_limit_is_told_alone(changed: dict[str, pl.DataFrame], check: str) -> None:
    assert failing(changed) == [check]


def test_a_shipped_epoch_is_asked_for_size_only() -> None:
    wild = frames(10, ["x"], [12000] * 90, ["a"])
    assert failing(wild, SHIPPED) == []
    many = frames(3 * SHIPPED.origin["records"] + 1, ["x"], [], ["a"])
    (size,) = [one for one in verdict(many, "account", SHIPPED) if not one.ok]
    assert (size.check, size.mend) == ("epoch_fits_size", "velocity model train --entity account --activate")


def test_drift_is_of_shape_not_of_size() -> None:
    assert drift({"0": 10, "2": 30}, {"0": 100, "2": 300}) == pytest.approx(0)
    assert drift({"0": 50, "2": 50}, {"0": 80, "2": 20}) == pytest.approx(0.4159, abs=1e-4)
    assert drift({}, {"0": 3}) == 0


def test_bars_and_shares() -> None:
    assert histogram(pl.DataFrame({"bits": [-3999, -2001, 0, 1999, 99_000]})) == {"-4": 2, "0": 2, "20": 1}
    assert unseen(pl.DataFrame({"name": ["a", "b", None, "a"]}), {"name": {"a": 7}}) == {"name": 333}


def test_clusters_merge_split_and_move() -> None:
    before = pl.DataFrame({"key": list("abcdefgh"), "cluster": list("aaccceeh")})
    after = pl.DataFrame({"key": list("abcdefgh"), "cluster": list("aacdeeeh")})
    assert changes(before, after).rows() == [("move", ["c", "e"], ["c", "d", "e"], 5)]
    split = pl.DataFrame({"key": list("abcdefgh"), "cluster": list("abccceeh")})
    assert changes(before, split).rows() == [("split", ["a"], ["a", "b"], 2)]
    assert changes(split, before).rows() == [("merge", ["a", "b"], ["a"], 2)]
    assert changes(before, before).is_empty()
    assert changes(before.clear(), before.clear()).is_empty()


def test_a_bar_leaves_the_middle_to_its_side() -> None:
    assert _bar(15_000) == " " * 15 + "│" + "█" * 15
    assert _bar(-1_000) == " " * 14 + "█│" + " " * 15
