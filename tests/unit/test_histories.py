"""Whatever a log holds, in whatever order and grouping it came: incremental = full, and what people said is heeded.

Each world holds hundreds of random histories side by side (see `tests.histories`), more than 5,000 in all.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from functools import cache

import polars as pl
import pytest

from tests.histories import Entry, Import, Log, State, evaluate, invent

HISTORIES = 500  # of a world
WORLDS = range(11)
DECLARED = [f"h{n}a" for n in range(0, HISTORIES, 3)]  # every third history has a source that holds nobody twice


@cache
def world(seed: int) -> dict[str, list[list[Entry]]]:
    chance = random.Random(seed)
    return {f"h{n}": invent(f"h{n}", chance) for n in range(HISTORIES)}


@cache
def told(seed: int) -> tuple[Log, list[State]]:
    """A world step by step, each evaluated on what the one before left."""
    log, states = Log(), list[State]()
    for step in range(max(map(len, world(seed).values()))):
        for name, steps in world(seed).items():
            for entry in steps[step] if step < len(steps) else []:
                log.add(name, entry)
        states.append(evaluate(log, step + 1, states[-1] if states else None, DECLARED))
        anew = evaluate(log, step + 1, states[-2] if step else None, DECLARED, anew=True)
        assert equal(anew, states[-1])
        assert anew.named.events.equals(states[-1].named.events)
    return log, states


def equal(one: State, other: State) -> bool:
    left, right = one.made, other.made
    same = one.scored.features.equals(other.scored.features)
    return same and left.clusters.equals(right.clusters) and left.edges.equals(right.edges)


def by_cluster(clusters: pl.DataFrame) -> dict[str, set[str]]:
    found = defaultdict(set)
    for key, cluster in clusters.iter_rows():
        found[cluster].add(key)
    return found


worlds = pytest.mark.parametrize("seed", WORLDS)


@worlds
def test_each_step_is_what_an_evaluation_of_the_whole_log_gives_and_so_are_its_id_events(seed: int) -> None:
    log, states = told(seed)
    again = evaluate(log, len(states) + 1, states[-1], DECLARED, anew=True)
    assert again.named.events.is_empty()
    cuts = set(states[-1].made.edges["cut"].drop_nulls())
    assert cuts == {"household", "born", "outweighed", "decision", "one_per_source"}  # all of it was there


@worlds
def test_the_order_and_grouping_of_stamped_files_have_no_effect(seed: int) -> None:
    log, states = told(seed)
    other, chance = Log(), random.Random(seed)
    for history, decision in log.decided:
        other.add(history, decision)
    other.retracted = log.retracted
    files = [file for name, file in log.imports.items() if name not in log.withdrawn]
    chance.shuffle(files)
    state = None
    for version, start in enumerate(range(0, len(files), len(files) // 3 + 1), start=1):
        for file in files[start : start + len(files) // 3 + 1]:
            other.add("", file)
        state = evaluate(other, version, state, DECLARED)
    assert state is not None
    assert equal(state, states[-1])


@worlds
def test_no_decision_that_holds_is_violated(seed: int) -> None:
    for state in told(seed)[1]:
        home = dict(state.made.clusters.iter_rows())
        for (left, right), word in state.standing.pairs.items():
            assert word != "same" or home[left] == home[right]
            assert word != "different" or home[left] != home[right]
        for group in by_cluster(pl.DataFrame(list(state.standing.groups.items()), orient="row")).values():
            assert len({home[key] for key in group}) == 1
        assert all(home[left] != home[right] for left, right in state.standing.apart)


@worlds
def test_ids_are_not_renamed_without_need_and_every_one_resolves(seed: int) -> None:
    before: dict[str, set[str]] = {}
    ever: set[str] = set()
    for state in told(seed)[1]:
        now = by_cluster(state.named.ledger.worn)
        wore = {key: name for name, keys in before.items() for key in keys}
        for name, keys in by_cluster(state.named.crosswalk.select("key", "id")).items():
            names = {wore[key] for key in keys if key in wore}
            if len(names) == 1 and before[min(names)] <= keys:  # unchanged or grown
                assert {name} == names
            if names and all(before[n] <= keys for n in names):  # wholly merged: wears one of theirs
                assert name in names
        ever |= set(now)
        assert ever == set(state.named.ledger.ids["id"])
        live = set(now)
        for name in random.Random(seed).sample(sorted(ever), 20):
            assert state.named.ledger.resolve(name) in {*live, None}
        before = now


@worlds
def test_an_undone_file_leaves_the_content_of_the_log_without_it(seed: int) -> None:
    log, states = told(seed)
    without = Log(decided=log.decided, retracted=log.retracted)
    for name, file in log.imports.items():
        if name not in log.withdrawn:
            without.add("", file)
    assert log.withdrawn
    assert equal(evaluate(without, 1, None, DECLARED), states[-1])


@worlds
def test_only_pairs_that_something_touched_are_compared(seed: int) -> None:
    """Each world at rest compares nothing; a new record in one of its histories compares that history's at most."""
    log, states = told(seed)
    again = evaluate(log, len(states) + 1, states[-1], DECLARED)
    assert again.scored.compared == 0
    assert equal(again, states[-1])
    row = ("9", "ann@h0", ("x@h0",), ("p@h0",), None, None, False)
    more = replace(log, imports={**log.imports, "more": Import("more", "h0a", 41, (row,))})
    after = evaluate(more, len(states) + 1, states[-1], DECLARED)
    assert 0 < after.scored.compared < 100
    assert equal(after, evaluate(more, len(states) + 1, states[-1], DECLARED, anew=True))
