"""Components, guards and cuts."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.clustering import Clustering, cluster
from identity.edges import edge_schema
from identity.epoch import shipped
from identity.frames import CLUSTER, record_schema
from identity.partition import ONE_PER_SOURCE, OUTWEIGHED, Edge, Hold, divide
from tests.anew import clustered, rules
from tests.examples import examples

CONTACT = shipped("contact")
RULES = rules("contact")
HOME = {"phone": ["+442079460123"], "street": "1 Mill Lane", "city": "Leeds"}


def contacts(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{"key": f"k{i}", **row} for i, row in enumerate(rows)], schema=record_schema("contact"))


def resolved(*rows: dict[str, Any]) -> Clustering:
    return clustered(contacts(*rows), "contact")


def together(made: Clustering) -> list[str]:
    """The cluster of each record, in order of keys, as digits."""
    return [name.removeprefix("k") for name in made.clusters["cluster"]]


def cuts(made: Clustering) -> list[str]:
    return made.edges["cut"].drop_nulls().sort().to_list()


def test_no_edges_no_clusters_but_singletons() -> None:
    made = clustered(contacts({}, {}), "contact")
    assert made.clusters.schema == CLUSTER
    assert together(made) == ["0", "1"]
    assert made.edges.schema == edge_schema(CONTACT)
    assert clustered(contacts(), "contact").clusters.is_empty()


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
    assert cuts(made) == [OUTWEIGHED]


def test_another_birthday_is_another_person() -> None:
    one = {"full_name": "Ann Lee", "email": ["ann@x.example"]}
    made = resolved({**one, "date_of_birth": "1980-02-03"}, one, {**one, "date_of_birth": "1991-11-27"})
    assert together(made)[0] != together(made)[2]
    assert set(cuts(made)) == {"born", OUTWEIGHED}


def test_what_a_third_record_holds_together_is_not_asked() -> None:
    """Each pair of the three joins but one, which alone would be asked."""
    records = contacts(*[{"full_name": "Ann Lee"}] * 3)
    frame = RULES.matcher.features(records)
    edges = pl.DataFrame([_edge(0, 1), _edge(0, 2, "review"), _edge(1, 2)], schema=edge_schema(CONTACT))
    assert together(cluster(frame, edges, RULES)) == ["0", "0", "0"]
    assert together(cluster(frame, edges[1:2], RULES)) == ["0", "1", "2"]


def test_a_name_and_nothing_else_is_asked() -> None:
    made = resolved({"full_name": "Ann Lee", "city": "Leeds"}, {"full_name": "Ann Lee", "city": "Leeds"})
    assert made.edges["answer"].to_list() == ["review"]
    assert made.edges["bits"][0] > 1000 * CONTACT.model.join


def _edge(left: int, right: int, answer: str = "join") -> dict[str, Any]:
    weights = CONTACT.weights
    bits = {f"bits_{c.name}": 0 for c in CONTACT.model.comparisons}
    bits |= {"bits_name": weights["name"]["same"], "bits_email": weights["email"]["same"]}
    ends = {"left": f"k{left}", "right": f"k{right}", "l": left, "r": right, "left_state": left, "right_state": right}
    return {**ends, "bits": 9000, "answer": answer, "epoch": CONTACT.id, **bits}


HOLD = Hold(mean=-2, absent=-6)


def test_a_record_that_agrees_with_one_of_a_group_and_differs_from_the_others_is_cut() -> None:
    group = [Edge(0, 1, 20), Edge(0, 2, 20), Edge(1, 2, 20)]
    assert divide([*group, Edge(2, 3, 5)], {}, {}, {}, HOLD) == {(2, 3): OUTWEIGHED}  # (5 - 6 - 6) / 3
    assert divide([*group, Edge(2, 3, 6)], {}, {}, {}, HOLD) == {}  # (6 - 6 - 6) / 3
    assert divide([*group, Edge(2, 3, 5), Edge(1, 3, -5, joins=False)], {}, {}, {}, HOLD) == {}  # (5 - 5 - 6) / 3


def test_a_lone_weak_edge_between_two_groups_is_cut() -> None:
    edges = [Edge(0, 1, 20), Edge(2, 3, 20), Edge(1, 2, 5)]
    assert divide(edges, {}, {}, {}, HOLD) == {(1, 2): OUTWEIGHED}
    assert divide([*edges, Edge(0, 3, 5)], {}, {}, {}, HOLD) == {}


def test_pairs_that_do_not_join_hold_nothing_together_by_themselves() -> None:
    edges = [Edge(0, 1, 20), Edge(1, 2, -1, joins=False), Edge(0, 2, -1, joins=False)]
    assert divide([*edges, Edge(2, 3, 9)], {}, {}, {}, HOLD) == {}
    assert divide([Edge(0, 1, 9, joins=True), Edge(0, 1, 9)][:1], {}, {}, {}, HOLD) == {}


def test_the_weakest_edge_between_records_that_stand_against_each_other_is_cut() -> None:
    says, against = {0: {"x"}, 2: {"y"}}, {"x": {"y": ONE_PER_SOURCE}, "y": {"x": ONE_PER_SOURCE}}
    assert divide([Edge(0, 1, 7), Edge(1, 2, 9)], {}, says, against, HOLD) == {(0, 1): ONE_PER_SOURCE}
    assert divide([Edge(1, 2, 7), Edge(0, 1, 7)], {}, says, against, HOLD) == {(1, 2): ONE_PER_SOURCE}


def test_records_of_one_unit_are_together_whatever_they_say() -> None:
    says, against = {0: {"x"}, 2: {"y"}}, {"x": {"y": ONE_PER_SOURCE}, "y": {"x": ONE_PER_SOURCE}}
    assert divide([Edge(0, 1, 7), Edge(1, 2, 9)], {0: 0, 2: 0}, says, against, HOLD) == {}


NODES = range(8)
PAIRS = [(x, y) for x in NODES for y in NODES if x < y]
EDGES = st.lists(
    st.tuples(st.sampled_from(PAIRS), st.integers(-5, 12)), unique_by=lambda e: e[0], min_size=1, max_size=20
)
AGAINST = st.lists(st.sampled_from([(i, j) for i in range(4) for j in range(i)]), max_size=4)


@given(drawn=EDGES, says=st.lists(st.integers(0, 3), min_size=8, max_size=8), pairs=AGAINST, seed=st.integers(0, 99))
@examples(200)
def test_groups_are_joined_by_their_means_whatever_the_order_of_edges(
    drawn: list[tuple[tuple[int, int], int]], says: list[int], pairs: list[tuple[int, int]], seed: int
) -> None:
    edges = [Edge(*pair, bits, joins=bits > 0) for pair, bits in drawn]
    marks = {row: {str(sign)} for row, sign in zip(NODES, says, strict=True)}
    against = {str(i): {str(j): ONE_PER_SOURCE for p in pairs for j in p if i in p and j != i} for i in range(4)}
    removed = divide(edges, {}, marks, against, HOLD)
    shuffled = random.Random(seed).sample(edges, len(edges))
    assert divide(shuffled, {}, marks, against, HOLD) == removed
    groups = _joined(edges, says, against)
    home = {row: number for number, group in enumerate(groups) for row in group}
    assert set(removed) == {e[:2] for e in edges if e.joins and home[e.left] != home[e.right]}
    for (left, right), reason in removed.items():
        faces = {str(says[i]) for i in groups[home[left]]}, {str(says[i]) for i in groups[home[right]]}
        stand = any(other in against[mark] for mark in faces[0] for other in faces[1])
        assert reason == (ONE_PER_SOURCE if stand else OUTWEIGHED)


def _joined(edges: list[Edge], says: list[int], against: dict[str, dict[str, str]]) -> list[set[int]]:
    """The same by hand: of all groups that may be joined, the two with the highest mean, again and again."""
    groups = [{row} for row in sorted({row for edge in edges for row in edge[:2]})]
    while True:
        asked = []
        for one in groups:
            for other in groups:
                between = [e for e in edges if {e.left, e.right} & one and {e.left, e.right} & other]
                if min(one) >= min(other) or not any(e.joins for e in between):
                    continue
                mean = sum(e.bits - HOLD.absent for e in between) // (len(one) * len(other)) + HOLD.absent
                stand = any(str(says[j]) in against[str(says[i])] for i in one for j in other)
                if mean >= HOLD.mean and not stand:
                    asked.append((-mean, min(one), min(other), one, other))
        if not asked:
            return groups
        *_, one, other = min(asked, key=lambda found: found[:3])
        groups = [group for group in groups if group not in (one, other)] + [one | other]


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
@examples(8)
def test_clusters_are_a_consistent_partition_that_depends_on_the_set_alone(
    rows: list[dict[str, Any]], seed: int
) -> None:
    records = contacts(*rows)
    made = clustered(records, "contact")
    assert made.clusters["key"].to_list() == sorted(records["key"])
    assert (
        made.clusters.group_by("cluster").agg(pl.col("key").min()).filter(pl.col("key") != pl.col("cluster")).is_empty()
    )
    shuffle = random.Random(seed)
    again = clustered(records[shuffle.sample(range(records.height), records.height)], "contact")
    assert again.clusters.equals(made.clusters)
    assert again.edges.equals(made.edges)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_smallest_key_names_the_cluster(reverse: bool) -> None:
    records = contacts(*[{"full_name": "Ann Lee", "email": ["ann@x.example"]}] * 3)
    records = records.reverse() if reverse else records
    assert set(clustered(records, "contact").clusters["cluster"]) == {"k0"}
