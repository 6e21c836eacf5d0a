"""Scores against brute force, and on cases that can be counted by hand."""

from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.evaluation import evaluate

labels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12)


def frames(pairs: list[tuple[int, int]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    keys = [f"k{i}" for i in range(len(pairs))]
    truth = pl.DataFrame({"key": keys, "true_id": [str(t) for t, _ in pairs]})
    return truth, pl.DataFrame({"key": keys, "cluster": [str(c) for _, c in pairs]})


@given(labels)
def test_pairwise_and_bcubed_are_what_counting_gives(pairs: list[tuple[int, int]]) -> None:
    truth, clusters = frames(pairs)
    scores = evaluate(truth, clusters)
    every = list(combinations(pairs, 2))
    found = [a[0] == b[0] for a, b in every if a[1] == b[1]]
    true = [a[1] == b[1] for a, b in every if a[0] == b[0]]
    assert scores.pairwise.precision == pytest.approx(sum(found) / len(found) if found else 1)
    assert scores.pairwise.recall == pytest.approx(sum(true) / len(true) if true else 1)
    precision = [sum(b == a for b in pairs) / sum(b[1] == a[1] for b in pairs) for a in pairs]
    recall = [sum(b == a for b in pairs) / sum(b[0] == a[0] for b in pairs) for a in pairs]
    assert scores.bcubed.precision == pytest.approx(sum(precision) / len(pairs))
    assert scores.bcubed.recall == pytest.approx(sum(recall) / len(pairs))


def test_a_record_that_is_missing_counts_as_a_cluster_of_its_own() -> None:
    truth = pl.DataFrame({"key": ["a", "b", "c"], "true_id": ["1", "1", "2"]})
    scores = evaluate(truth, pl.DataFrame({"key": ["a", "c"], "cluster": ["x", "y"]}))
    assert (scores.missing, scores.clusters, scores.largest, scores.records) == (1, 3, 1, 3)
    assert (scores.pairwise.precision, scores.pairwise.recall) == (1.0, 0.0)


def test_blocking_loss_is_the_share_of_true_pairs_that_were_never_scored() -> None:
    truth = pl.DataFrame({"key": ["a", "b", "c"], "true_id": ["1", "1", "1"]})
    clusters = pl.DataFrame({"key": ["a", "b", "c"], "cluster": ["x", "x", "x"]})
    edges = pl.DataFrame({"left": ["a", "a", "z"], "right": ["b", "b", "c"]})
    assert evaluate(truth, clusters, edges).blocking_loss == pytest.approx(2 / 3)
