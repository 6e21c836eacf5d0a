"""Random histories of a log, told to the pure core with a literal scoring function: many side by side in one world.

Histories in a world share nothing: each has sources, record ids and values of its own. So a world of a hundred of them
costs little more than one, and says as much as a hundred worlds.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

import polars as pl

from identity import ids, matching, versions
from identity.clustering import Clustering, Rules
from identity.epoch import Epoch
from identity.frames import SIGHTED, record_schema
from identity.judgements import Decision, Judgement, Standing, standing
from identity.matcher import Matcher
from identity.model import Block, Comparison, Guard, Level, Model, differ

BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WEIGHTS = {
    "name": {"same": 4000, "different": -2000},
    "mail": {"same": 12000, "different": -500},
    "phone": {"same": 9000, "different": -400},
    "phone_crowd": {"same": 3000, "different": -100},
    "born": {"same": 5000, "different": -4000},
}
MODEL = Model(
    entity="contact",
    comparisons=tuple(Comparison(n, differ(n), tuple(Level(level, "", 0) for level in w)) for n, w in WEIGHTS.items()),
    blocks=(
        Block(("mail",), cap=3),
        Block(("phone",), cap=4),
        Block(("phone_crowd", "name"), cap=2),
        Block(("name", "born"), cap=2),
    ),
    limits={"mail": 3, "phone": 3},
    crowds={"phone": 2},
    rarities=(),
    guards=(
        Guard("household", {"name": ("different",)}, {"mail": ("same",)}),
        Guard("born", {"born": ("different",)}, {}),
    ),
    prior=-4,
    join=3,
    hold=-1,
    review=-2,
    floor=-6,
    guarded=-20,
)
EPOCH = Epoch(MODEL, WEIGHTS, -4000, "literal", {}, {})


def features(records: pl.DataFrame) -> pl.DataFrame:
    """Cells as they are."""
    shown = records.select("key", name="first_name", mail="email", phone="phone", born="date_of_birth")
    return shown.with_columns(phone_crowd=pl.lit(None, pl.List(pl.String))).sort("key")


def compare(frame: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Same or different, by literal equality."""
    left, right = (frame[pairs[side]] for side in ("l", "r"))
    both = left.hstack(right.rename(lambda name: f"{name}_r"))
    return both.select(_weight(name) for name in WEIGHTS)


def _weight(name: str) -> pl.Expr:
    left, right = pl.col(name), pl.col(f"{name}_r")
    lists = name in ("mail", "phone", "phone_crowd")
    equal = left.list.set_intersection(right).list.len() > 0 if lists else left == right
    weight = pl.when(equal).then(WEIGHTS[name]["same"]).otherwise(WEIGHTS[name]["different"])
    return pl.when(left.is_null() | right.is_null()).then(0).otherwise(weight).cast(pl.Int32).alias(f"bits_{name}")


MATCHER = Matcher(EPOCH, features, compare)
SCHEMA = record_schema("contact")
TOLD = (
    "key", "source", "source_id", "batch", "line", "received_at", "version_at", "deleted", "derived", "content",
    "first_name", "email", "phone", "date_of_birth",
)  # fmt: skip


@dataclass(frozen=True)
class Import:
    """A file: rows are (id, name, mails, phones, born, updated day or None, deleted)."""

    batch: str
    source: str
    day: int
    rows: tuple[tuple[str, str | None, tuple[str, ...], tuple[str, ...], str | None, int | None, bool], ...]
    snapshot: bool = False


@dataclass(frozen=True)
class Undo:
    """Take a batch out again."""

    batch: str


@dataclass(frozen=True)
class Decide:
    """A person's word on pairs of keys."""

    judgements: tuple[Judgement, ...]


@dataclass(frozen=True)
class Retract:
    """Take a decision back, by its number among the history's decisions."""

    number: int


Entry = Import | Undo | Decide | Retract


@dataclass
class Log:
    """Entries of one world, and the fold over them."""

    imports: dict[str, Import] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    decided: list[tuple[str, Decide]] = field(default_factory=list)
    retracted: set[tuple[str, int]] = field(default_factory=set)
    _made: tuple[list[Import], pl.DataFrame] | None = None

    def add(self, history: str, entry: Entry) -> None:
        """One more entry of a history; an import of the same file again reinstates it."""
        if isinstance(entry, Import):
            self.imports[entry.batch] = entry
            self.withdrawn.discard(entry.batch)
        elif isinstance(entry, Undo):
            self.withdrawn.add(entry.batch)
        elif isinstance(entry, Decide):
            self.decided.append((history, entry))
        else:
            self.retracted.add((history, entry.number))

    def records(self) -> pl.DataFrame:
        """All versions of batches that are not withdrawn."""
        standing = self._standing()
        if self._made is None or self._made[0] != standing:
            rows = [row for batch in standing for row in _versions(batch)]
            told = pl.DataFrame(rows, schema={name: SCHEMA[name] for name in TOLD}, orient="row")
            others = [pl.lit(None, kind).alias(name) for name, kind in SCHEMA.items() if name not in TOLD]
            self._made = standing, told.with_columns(others).select(list(SCHEMA))
        return self._made[1]

    def current(self, records: pl.DataFrame) -> pl.DataFrame:
        """The current ones among all versions."""
        stamps = [(batch.source, batch.batch, _at(batch.day)) for batch in self._standing() if batch.snapshot]
        snapshots = pl.DataFrame(stamps, schema=versions.SNAPSHOTS, orient="row")
        return versions.current(records, snapshots, pl.DataFrame(schema=SIGHTED))

    def decisions(self) -> list[Decision]:
        """Those that are not retracted, numbered in their order."""
        counts: dict[str, int] = {}
        kept = []
        for seq, (history, entry) in enumerate(self.decided):
            number = counts[history] = counts.get(history, -1) + 1
            if (history, number) not in self.retracted:
                kept.append(Decision(seq, entry.judgements))
        return kept

    def _standing(self) -> list[Import]:
        return [batch for name, batch in self.imports.items() if name not in self.withdrawn]


@dataclass(frozen=True)
class State:
    """What an evaluation leaves: records, what decisions amount to, clusters, ledger, what happened to ids."""

    records: pl.DataFrame
    standing: Standing
    scored: matching.Scored
    made: Clustering
    named: ids.Assignment


def evaluate(
    log: Log, version: int, before: State | None, declared: Iterable[str] = (), *, anew: bool = False
) -> State:
    """One evaluation of the whole log; `anew` forgets what was matched before, never the ids."""
    told = log.records()
    records = log.current(told)
    said = standing(log.decisions(), set(records["key"]))
    rules = Rules(MATCHER, said, frozenset(declared))
    memory = None
    if before and not anew:
        memory = matching.Memory(before.scored.features, before.made.edges, EPOCH.id, rules.declared)
    scored = matching.score(records, rules, memory)
    made = matching.join(scored.features, scored.edges, rules, memory)
    ledger = before.named.ledger if before else ids.Ledger.empty()
    named = ids.assign(made.clusters, versions.ages(told), ledger, "contact", version)
    return State(records, said, scored, made, named)


def _at(day: int) -> dt.datetime:
    return BEGIN + dt.timedelta(days=day)


@cache
def _versions(batch: Import) -> tuple[tuple[object, ...], ...]:
    """A row of `TOLD` for each of a file's; a log is read at every step, so they are made once."""
    return tuple(
        (
            f"{batch.source}:contact:{number}", batch.source, number, batch.batch, line, _at(batch.day),
            _at(batch.day if updated is None else updated), deleted, False, str((name, mails, phones, born, deleted)),
            name, list(mails) or None, list(phones) or None, born,
        )
        for line, (number, name, mails, phones, born, updated, deleted) in enumerate(batch.rows, start=2)
    )  # fmt: skip


def invent(name: str, chance: random.Random) -> list[list[Entry]]:
    """A history of a few steps, each of one or several entries."""
    steps: list[list[Entry]] = []
    days = chance.sample(range(40), 12)
    batches: list[Import] = []
    decided = 0
    for _ in range(chance.randint(2, 5)):
        step: list[Entry] = []
        for _ in range(chance.randint(1, 2)):
            kind = chance.choices(["import", "undo", "again", "decide", "retract"], [6, 1, 1, 4, 1])[0]
            if kind == "import" or not batches:
                batches.append(_file(name, len(batches), days[len(batches)], chance))
                step.append(batches[-1])
            elif kind == "undo":
                step.append(Undo(chance.choice(batches).batch))
            elif kind == "again":
                step.append(chance.choice(batches))
            elif kind == "decide":
                step.append(Decide(_judgements(name, chance)))
                decided += 1
            elif decided:
                step.append(Retract(chance.randrange(decided)))
        steps.append(step)
    return steps


def _file(name: str, number: int, day: int, chance: random.Random) -> Import:
    source = f"{name}{chance.choice('ab')}"
    rows = []
    for _ in range(chance.randint(1, 5)):

        def some(values: Sequence[str], most: int = 1) -> tuple[str, ...]:
            return tuple(sorted(chance.sample([f"{v}@{name}" for v in values], chance.randint(0, most))))

        first = some(("ann", "bob"))
        born = some(("1980", "1990")) if chance.random() < 0.4 else ()
        updated = chance.choice([None, chance.randint(0, 40)])
        rows.append((
            str(chance.randint(1, 5)), first[0] if first else None, some("xyz", 2), some("pq"),
            born[0] if born else None, updated, chance.random() < 0.1,
        ))  # fmt: skip
    distinct = {row[0]: row for row in rows}
    return Import(f"{name}-{number}", source, day, tuple(distinct.values()), chance.random() < 0.2)


def _judgements(name: str, chance: random.Random) -> tuple[Judgement, ...]:
    keys = [f"{name}{source}:contact:{number}" for source in "ab" for number in range(1, 6)]
    pairs = [chance.sample(keys, 2) for _ in range(chance.choice([1, 1, 1, 2]))]
    return tuple(Judgement(chance.choice(["same", "same", "different", "unsure"]), *pair) for pair in pairs)
