"""Decisions: transitive, asleep while a record is gone, and conflicts that name as few decisions as can be."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from identity.judgements import Decision, Judgement, standing
from tests.examples import examples

KEYS = "abcdef"


def decide(seq: int, *words: str) -> Decision:
    """`"a=b"` says same, `"a#b"` different, `"a?b"` unsure."""
    meaning = {"=": "same", "#": "different", "?": "unsure"}
    return Decision(seq, tuple(Judgement(meaning[w[1]], w[0], w[2]) for w in words))  # type: ignore[arg-type]


def test_same_holds_transitively() -> None:
    found = standing([decide(1, "b=c"), decide(2, "c=a"), decide(3, "d#b")], KEYS)
    assert found.groups == {"a": "a", "b": "a", "c": "a"}
    assert found.apart == {("a", "d")}
    assert found.states == {1: "holds", 2: "holds", 3: "holds"}


def test_a_decision_that_contradicts_earlier_ones_has_no_effect_and_names_them() -> None:
    found = standing([decide(1, "a=b"), decide(2, "e=f"), decide(3, "b=c"), decide(4, "a#c"), decide(5, "c=d")], KEYS)
    assert found.states[4] == "conflict"
    assert found.clashes == {4: (1, 3)}
    assert found.groups["d"] == "a"
    assert found.apart == frozenset()


def test_same_across_two_that_differ_clashes() -> None:
    found = standing([decide(1, "a#b"), decide(2, "b=c"), decide(3, "a=d"), decide(4, "c=d")], KEYS)
    assert found.clashes == {4: (1, 2, 3)}


def test_a_decision_sleeps_while_a_record_is_gone_and_what_it_stood_against_then_holds() -> None:
    decisions = [decide(1, "a=b"), decide(2, "b=c"), decide(3, "a#c")]
    assert standing(decisions, KEYS).states == {1: "holds", 2: "holds", 3: "conflict"}
    without = standing(decisions, set(KEYS) - {"b"})
    assert without.states == {1: "asleep", 2: "asleep", 3: "holds"}
    assert (without.groups, without.apart) == ({}, {("a", "c")})


def test_a_decision_of_several_judgements_stands_or_falls_as_a_whole() -> None:
    found = standing([decide(1, "a=b"), decide(2, "c=d", "a#b", "c#a")], KEYS)
    assert found.states == {1: "holds", 2: "conflict"}
    assert (found.groups, found.apart) == ({"a": "a", "b": "a"}, frozenset())


def test_a_decision_that_contradicts_itself_clashes_with_nobody() -> None:
    assert standing([decide(1, "a=b", "b=c", "a#c")], KEYS).clashes == {1: ()}


def test_unsure_holds_nobody() -> None:
    found = standing([decide(1, "a?b"), decide(2, "a#b"), decide(3, "a=c")], KEYS)
    assert set(found.states.values()) == {"holds"}
    assert found.apart == {("a", "b")}


PAIR = st.tuples(st.sampled_from(KEYS), st.sampled_from("=#?"), st.sampled_from(KEYS)).filter(lambda p: p[0] != p[2])
WORDS = st.lists(PAIR.map("".join), min_size=1, max_size=3)
HISTORY = st.lists(WORDS, max_size=9).map(lambda h: [decide(n, *words) for n, words in enumerate(h, start=1)])


def satisfiable(decisions: list[Decision], current: set[str]) -> bool:
    """Brute force: does any assignment of the six records to groups fulfil every judgement?"""
    judged = [j for d in decisions for j in d.judgements if {j.left, j.right} <= current and j.word != "unsure"]
    groups = {key: {key} for key in KEYS}
    for j in judged:
        if j.word == "same" and groups[j.left] is not groups[j.right]:
            both = groups[j.left] | groups[j.right]
            groups.update(dict.fromkeys(both, both))
    return all(j.right not in groups[j.left] for j in judged if j.word == "different")


@examples(700)
@given(HISTORY, st.sets(st.sampled_from(KEYS)))
def test_what_holds_can_be_fulfilled_and_conflicts_are_minimal(history: list[Decision], current: set[str]) -> None:
    found = standing(history, current)
    held: list[Decision] = []
    for decision in history:
        awake = any({j.left, j.right} <= current for j in decision.judgements)
        expected = "asleep" if not awake else "holds" if satisfiable([*held, decision], current) else "conflict"
        assert found.states[decision.seq] == expected
        if expected == "conflict":
            named = [d for d in held if d.seq in found.clashes[decision.seq]]
            assert len(named) == len(found.clashes[decision.seq])
            assert not satisfiable([*named, decision], current)
            parts = (list(part) for n in range(len(named)) for part in combinations(named, n))
            assert all(satisfiable([*part, decision], current) for part in parts)
        if expected == "holds":
            held.append(decision)


@given(HISTORY, st.sets(st.sampled_from(KEYS)))
def test_every_judgement_that_holds_is_heeded(history: list[Decision], current: set[str]) -> None:
    found = standing(history, current)
    assert standing(reversed(history), current) == found
    for decision in history:
        if found.states[decision.seq] != "holds":
            continue
        for word, left, right in decision.judgements:
            if {left, right} <= current:
                pair = tuple(sorted((found.groups.get(left, left), found.groups.get(right, right))))
                assert word != "same" or pair[0] == pair[1]
                assert word != "different" or pair in found.apart
