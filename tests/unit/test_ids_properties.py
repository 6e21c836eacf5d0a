"""What holds of the id rule whatever the history: the rule itself on thousands, the frames around it on fewer."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from identity.frames import INSTANT
from identity.id_rule import Outcome, Past, Row, name_clusters
from identity.ids import Assignment, Ledger, apply_delta, assign, mint
from tests.examples import examples
from tests.ledgers import ledger_delta

KEYS = "abcdefgh"
Partition = dict[str, str]  # key: its cluster
AGES = pl.DataFrame(
    {"key": list(KEYS), "born": [dt.datetime(2026, 1, 1 + i // 2, tzinfo=dt.UTC) for i in range(len(KEYS))]},
    schema_overrides={"born": INSTANT},
)


def _named(labels: dict[str, int]) -> Partition:
    return {key: min(other for other, name in labels.items() if name == label) for key, label in labels.items()}


partitions = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 4)).map(_named)
histories = st.lists(partitions, min_size=1, max_size=7)


@dataclass
class Book:
    """The rule applied to all records at each publication, on plain dictionaries."""

    version: int = 0
    homes: dict[str, str] = field(default_factory=dict)
    worn: dict[str, str] = field(default_factory=dict)
    past: dict[str, Past] = field(default_factory=dict)
    leads: dict[str, str | None] = field(default_factory=dict)
    born: list[str] = field(default_factory=list)

    def publish(self, partition: Partition) -> Outcome:
        self.version += 1
        keys = [key for key in KEYS if key in partition] + [key for key in self.worn if key not in partition]
        rows = [Row(key, partition.get(key), self.worn.get(key), self.homes.get(key)) for key in keys]
        named = {name for row in rows for name in (row.worn, row.home) if name}
        past = {name: self.past[name] for name in sorted(named)}
        outcome = name_clusters(rows, past, self.version, lambda key: mint("contact", key, self.born.count(key)))
        self._take(partition, outcome)
        return outcome

    def _take(self, partition: Partition, outcome: Outcome) -> None:
        self.homes |= outcome.homes
        self.worn = {key: outcome.names[cluster] for key, cluster in partition.items()}
        self.leads |= outcome.forwards
        for name, key in outcome.minted.items():
            self.born.append(key)
            self.past[name] = Past(len(self.past) + 1, None)
        for name in self.past:
            if name in outcome.forwards and self.past[name].ended is None:
                self.past[name] = Past(self.past[name].seq, self.version)
        for name in outcome.names.values():
            self.past[name] = Past(self.past[name].seq, None)
            self.leads.pop(name, None)

    def groups(self) -> dict[str, set[str]]:
        """Id: the records that wear it."""
        return {name: {k for k, worn in self.worn.items() if worn == name} for name in self.worn.values()}

    def end(self, name: str) -> str | None:
        """The live id that a name leads to; fails if it leads in a circle."""
        for _ in range(len(self.past) + 1):
            if name in self.worn.values():
                return name
            assert name in self.leads, "an id that is neither worn nor leads anywhere"
            if (to := self.leads[name]) is None:
                return None
            name = to
        raise AssertionError("a circle")


def told(history: list[Partition]) -> Book:
    book = Book()
    for partition in history:
        book.publish(partition)
    return book


@examples(800)
@given(histories)
def test_no_cluster_is_renamed_needlessly_and_every_id_resolves(history: list[Partition]) -> None:
    book = Book()
    for partition in history:
        before, seq = book.groups(), {name: past.seq for name, past in book.past.items()}
        outcome = book.publish(partition)
        assert len(set(outcome.names.values())) == len(outcome.names)
        for members, name in ((wearers, name) for name, wearers in book.groups().items()):
            whole = [old for old, wearers in before.items() if wearers <= members]
            if set().union(*(before[old] for old in whole)) == members & set().union(*before.values()) and whole:
                assert name == min(whole, key=seq.__getitem__)  # unchanged, grown, or merged as a whole
        for name in book.past:
            end = book.end(name)
            if any(book.homes[key] == name for key in book.worn):
                assert end is not None


@examples(500)
@given(histories)
def test_a_record_is_at_home_with_its_cluster_or_with_an_id_that_nobody_wears(history: list[Partition]) -> None:
    book = told(history)
    live = set(book.worn.values())
    assert all(book.homes[key] == name or book.homes[key] not in live for key, name in book.worn.items())


@examples(500)
@given(histories)
def test_applied_again_the_rule_changes_nothing(history: list[Partition]) -> None:
    book = told(history)
    before = (dict(book.homes), dict(book.worn), dict(book.leads), dict(book.past))
    outcome = book.publish(history[-1])
    assert not (outcome.minted or outcome.resurrected or outcome.splits or outcome.homes)
    assert (book.homes, book.worn, book.leads, book.past) == before


@examples(500)
@given(histories, st.data())
def test_merge_then_unmerge_restores_both_ids(history: list[Partition], data: st.DataObject) -> None:
    book = told([{k: c for k, c in partition.items() if k != "h"} for partition in history])
    own = [n for n, keys in book.groups().items() if any(book.homes[key] == n for key in keys)]
    if len(own) < 2:
        return
    left, right = data.draw(st.permutations(own))[:2]
    before, apart = dict(book.worn), dict(book.worn)
    merged = {key: left if name == right else name for key, name in apart.items()}
    added = data.draw(st.sampled_from([None, left, right]))
    book.publish(_as_clusters(merged))
    if added is not None:
        book.publish(_as_clusters({**merged, "h": left}))
        apart["h"] = before["h"] = added
    book.publish(_as_clusters(apart))
    assert book.worn == before


def _as_clusters(groups: dict[str, str]) -> Partition:
    return {key: min(k for k, other in groups.items() if other == name) for key, name in groups.items()}


def frames(history: list[Partition], shuffled: int | None = None) -> list[Assignment]:
    steps: list[Assignment] = []
    for version, partition in enumerate(history, start=1):
        data = {"key": list(partition), "cluster": list(partition.values())}
        clusters = pl.DataFrame(data, schema={"key": pl.String, "cluster": pl.String})
        ledger, ages = steps[-1].ledger if steps else Ledger.empty(), AGES
        if shuffled is not None:
            clusters, ages, ledger = (mixed(frame, shuffled) for frame in (clusters, ages, ledger))
        steps.append(assign(clusters, ages, ledger, "contact", version))
    return steps


def mixed(thing: Any, seed: int) -> Any:
    if isinstance(thing, pl.DataFrame):
        return thing.sample(fraction=1, shuffle=True, seed=seed)
    return Ledger(*(mixed(frame, seed) for frame in (thing.ids, thing.homes, thing.worn)))


def same(left: Ledger, right: Ledger) -> bool:
    return all(getattr(left, n).equals(getattr(right, n)) for n in ("ids", "homes", "worn"))


@examples(60)
@given(histories)
def test_looking_only_at_what_changed_gives_what_the_rule_gives_on_everything(history: list[Partition]) -> None:
    book = Book()
    for partition, step in zip(history, frames(history), strict=True):
        book.publish(partition)
        assert dict(step.ledger.worn.iter_rows()) == book.worn
        assert dict(step.ledger.homes.iter_rows()) == book.homes
        ids = step.ledger.ids.rows_by_key("id", named=True, unique=True)
        assert {name: Past(row["seq"], row["ended"]) for name, row in ids.items()} == book.past
        assert {name: row["to"] for name, row in ids.items() if row["state"] != "live"} == book.leads
        for name in book.past:
            assert step.ledger.resolve(name) == book.end(name)


@examples(20)
@given(histories, st.integers(0, 1000))
def test_the_order_of_rows_is_irrelevant(history: list[Partition], seed: int) -> None:
    for one, other in zip(frames(history), frames(history, seed), strict=True):
        assert same(one.ledger, other.ledger)
        assert one.crosswalk.equals(other.crosswalk)
        assert one.events.equals(other.events)


@examples(20)
@given(histories)
def test_changes_fold_to_the_ledger_and_the_same_again_changes_nothing(history: list[Partition]) -> None:
    folded, before = Ledger.empty(), Ledger.empty()
    for step in frames(history):
        assert same(step.change, ledger_delta(before, step.ledger))
        folded = apply_delta(folded, step.change)
        assert same(folded, step.ledger)
        before = step.ledger
    again = frames([*history, history[-1]])[-1]
    assert again.events.height == 0
    assert same(again.ledger, before)
    change = again.change
    assert change.ids.height + change.homes.height + change.worn.height == 0


def test_a_record_that_comes_back_does_not_take_the_id_that_another_wears_by_now() -> None:
    steps = frames([{"a": "a", "b": "b"}, {"a": "a", "b": "a"}, {"b": "b"}, {"a": "a", "b": "b"}])
    worn = [dict(step.ledger.worn.iter_rows()) for step in steps]
    assert worn[2] == {"b": worn[0]["a"]}
    assert worn[3]["b"] == worn[2]["b"]
    assert worn[3]["a"] not in {worn[0]["a"], worn[0]["b"]}
