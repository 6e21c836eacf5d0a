"""Components, guards and cuts."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.clustering import Clustering, cluster
from identity.epoch import shipped
from identity.frames import CLUSTER, record_schema
from identity.guards import contradictory, signatures
from identity.partition import BRIDGE, CONTRADICTION, Edge, divide
from identity.scoring import compare, edge_schema, score
from identity.screening import screened

CONTACT = shipped("contact")
HOME = {"phone": ["+442079460123"], "street": "1 Mill Lane", "city": "Leeds"}


def contacts(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{"key": f"k{i}", **row} for i, row in enumerate(rows)], schema=record_schema("contact"))


def resolved(*rows: dict[str, Any]) -> Clustering:
    records = contacts(*rows)
    return cluster(score(records, CONTACT), records, CONTACT)


def together(made: Clustering) -> list[str]:
    """The cluster of each record, in order of keys, as digits."""
    return [name.removeprefix("k") for name in made.clusters["cluster"]]


def cuts(made: Clustering) -> list[str]:
    return made.edges["cut"].drop_nulls().sort().to_list()


def test_no_edges_no_clusters_but_singletons() -> None:
    made = cluster(pl.DataFrame(schema=edge_schema(CONTACT)), contacts({}, {}), CONTACT)
    assert made.clusters.schema == CLUSTER
    assert together(made) == ["0", "1"]
    assert cluster(made.edges, contacts(), CONTACT).clusters.is_empty()


def test_a_chain_of_joining_pairs_is_one_cluster() -> None:
    made = resolved(
        {"full_name": "Ann Lee", "email": ["ann@x.example"]},
        {"full_name": "Ann Lee", "email": ["ann@x.example", "lee@y.example"]},
        {"full_name": "Ann Lee", "email": ["lee@y.example"]},
    )
    assert together(made) == ["0", "0", "0"]


def test_a_household_is_not_a_person() -> None:
    made = resolved({"full_name": "Ann Lee", **HOME}, {"full_name": "Robert Lee", **HOME})
    assert together(made) == ["0", "1"]


def test_a_shared_mailbox_of_a_couple_is_cut_and_says_why() -> None:
    both = {**HOME, "email": ["lee@x.example"], "company_name": "Lee Foods"}
    made = resolved({"full_name": "Ann Lee", **both}, {"full_name": "Robert Lee", **both})
    assert together(made) == ["0", "1"]
    assert cuts(made) == ["household"]


def test_a_namesake_in_the_same_city_is_not_the_same() -> None:
    made = resolved({"full_name": "Ann Lee", "city": "Leeds"}, {"full_name": "Ann Lee", "city": "Leeds"})
    assert together(made) == ["0", "1"]


def test_an_initial_does_not_glue_two_people_together() -> None:
    made = resolved(
        {"full_name": "Ann Lee", "email": ["a.lee@x.example"], "phone": ["+442079460123"]},
        {"full_name": "A. Lee", "email": ["a.lee@x.example", "lee.a@y.example"]},
        {"full_name": "Arthur Lee", "email": ["lee.a@y.example"]},
    )
    assert len(set(together(made))) == 2
    assert cuts(made) == [CONTRADICTION]


def test_another_birthday_is_another_person() -> None:
    one = {"full_name": "Ann Lee", "email": ["ann@x.example"]}
    made = resolved({**one, "date_of_birth": "1980-02-03"}, one, {**one, "date_of_birth": "1991-11-27"})
    assert together(made)[0] != together(made)[2]
    assert set(cuts(made)) == {CONTRADICTION}


def test_a_cut_that_others_heal_is_none() -> None:
    """Each pair of the three is over the threshold or guarded; the guarded one is held by the third record."""
    records = contacts({"full_name": "Ann Lee"}, {"full_name": "Ann Lee"}, {"full_name": "Ann Lee"})
    edges = pl.DataFrame(
        [_edge("k0", "k1"), _edge("k1", "k2"), _edge("k0", "k2", email=0)], schema=edge_schema(CONTACT)
    )
    made = cluster(edges, records, CONTACT)
    assert together(made) == ["0", "0", "0"]
    assert cuts(made) == []
    alone = cluster(edges[2:], records, CONTACT)
    assert cuts(alone) == ["namesake"]


def _edge(left: str, right: str, email: int | None = None) -> dict[str, Any]:
    weights = CONTACT.weights
    bits = {f"bits_{c.name}": 0 for c in CONTACT.model.comparisons}
    bits |= {"bits_name": weights["name"]["same"], "bits_email": weights["email"]["same"] if email is None else email}
    return {"left": left, "right": right, "bits": 9000, "answer": "join", "epoch": CONTACT.id, **bits}


def test_a_lone_weak_edge_between_two_groups_is_cut() -> None:
    edges = [Edge("a", "b", 20), Edge("c", "d", 20), Edge("b", "c", 5)]
    assert divide(edges, dict.fromkeys("abcd", 0), {}, bridge=10) == {("b", "c"): BRIDGE}
    assert divide(edges, dict.fromkeys("abcd", 0), {}, bridge=5) == {}
    assert divide([*edges, Edge("a", "d", 5)], dict.fromkeys("abcd", 0), {}, bridge=10) == {}


def test_the_weakest_edge_of_a_contradiction_is_cut() -> None:
    edges = [Edge("a", "b", 7), Edge("b", "c", 9)]
    assert divide(edges, {"a": 1, "b": 0, "c": 2}, {1: {2}, 2: {1}}, bridge=0) == {("a", "b"): CONTRADICTION}
    tied = [Edge("b", "c", 7), Edge("a", "b", 7)]
    assert divide(tied, {"a": 1, "b": 0, "c": 2}, {1: {2}, 2: {1}}, bridge=0) == {("b", "c"): CONTRADICTION}


NODES = "abcdefgh"
PAIRS = [(x, y) for i, x in enumerate(NODES) for y in NODES[i + 1 :]]
EDGES = st.lists(
    st.tuples(st.sampled_from(PAIRS), st.integers(1, 6)), unique_by=lambda e: e[0], min_size=1, max_size=16
)
AGAINST = st.lists(st.sampled_from([(i, j) for i in range(4) for j in range(i)]), max_size=4)


@given(drawn=EDGES, says=st.lists(st.integers(0, 3), min_size=8, max_size=8), against=AGAINST, seed=st.integers(0, 99))
@settings(max_examples=300, deadline=None)
def test_parts_hold_no_contradiction_whatever_the_order(
    drawn: list[tuple[tuple[str, str], int]], says: list[int], against: list[tuple[int, int]], seed: int
) -> None:
    edges = [Edge(*pair, bits) for pair, bits in drawn]
    signature = dict(zip(NODES, says, strict=True))
    conflicts = {i: {j for pair in against for j in pair if i in pair and j != i} for i in range(4)}
    removed = divide(edges, signature, conflicts, bridge=3)
    shuffled = random.Random(seed).sample(edges, len(edges))
    assert divide(shuffled, signature, conflicts, bridge=3) == removed
    part = _parts([e for e in edges if (e.left, e.right) not in removed])
    for x, y in PAIRS:
        if part.get(x, x) == part.get(y, y):
            assert signature[y] not in conflicts[signature[x]]
            assert (x, y) not in removed
    for pair, reason in removed.items():
        bits = next(e.bits for e in edges if e[:2] == pair)
        assert reason == CONTRADICTION or bits < 3
    if not any(conflicts.values()) and all(e.bits >= 3 for e in edges):
        assert removed == {}


def _parts(edges: list[Edge]) -> dict[str, str]:
    part = {key: key for edge in edges for key in edge[:2]}
    for edge in edges:
        old, new = part[edge.left], part[edge.right]
        part = {key: new if value == old else value for key, value in part.items()}
    return part


PEOPLE = st.fixed_dictionaries(
    {
        "first_name": st.sampled_from(["Ann", "A.", "Anna", "Robert", "Bob", "R", None]),
        "last_name": st.sampled_from(["Lee", "Lea", "Okafor", None]),
        "email": st.sampled_from([["one@x.example"], ["two@x.example"], ["one@x.example", "two@x.example"], None]),
        "phone": st.sampled_from([["+442079460123"], ["+442079460124"], None]),
        "date_of_birth": st.sampled_from(["1980-02-03", "1991-11-27", None, None]),
        "company_name": st.sampled_from(["Heron Labs", None]),
    }
)


@given(rows=st.lists(PEOPLE, min_size=1, max_size=8), seed=st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_clusters_are_a_consistent_partition_that_depends_on_the_set_alone(
    rows: list[dict[str, Any]], seed: int
) -> None:
    records = contacts(*rows)
    edges = score(records, CONTACT)
    made = cluster(edges, records, CONTACT)
    assert made.clusters["key"].to_list() == sorted(records["key"])
    assert (
        made.clusters.group_by("cluster").agg(pl.col("key").min()).filter(pl.col("key") != pl.col("cluster")).is_empty()
    )
    shuffle = random.Random(seed)
    other = records[shuffle.sample(range(records.height), records.height)]
    mixed = edges[shuffle.sample(range(edges.height), edges.height)]
    again = cluster(mixed, other, CONTACT)
    assert again.clusters.equals(made.clusters)
    assert again.edges.sort("left", "right").equals(made.edges)
    _check_consistent(records, made)


def _check_consistent(records: pl.DataFrame, made: Clustering) -> None:
    """Every two members of a cluster are compared: none contradicts the other."""
    features = screened(records, CONTACT)
    home = dict(made.clusters.iter_rows())
    keys = features["key"].to_list()
    pairs = [(i, j) for j in range(len(keys)) for i in range(j) if home[keys[i]] == home[keys[j]]]
    if pairs:
        edges = compare(features, pl.DataFrame(pairs, schema=["l", "r"], orient="row"), CONTACT)
        assert edges.filter(contradictory(CONTACT)).is_empty()


def test_signatures_are_alike_for_what_cannot_contradict() -> None:
    features = screened(
        contacts({"full_name": "Ann Lee", "city": "Rome"}, {"full_name": "Ann Lee"}, {"full_name": "Bob Lee"}), CONTACT
    )
    assert signatures(features, CONTACT)["signature"].to_list() == [0, 0, 2]


@pytest.mark.parametrize("reverse", [False, True])
def test_the_smallest_key_names_the_cluster(reverse: bool) -> None:
    records = contacts(*[{"full_name": "Ann Lee", "email": ["ann@x.example"]}] * 3)
    records = records.reverse() if reverse else records
    assert set(cluster(score(records, CONTACT), records, CONTACT).clusters["cluster"]) == {"k0"}
