"""From current records to clusters, in two steps, given what an evaluation before left behind; or anew, which is equal.

Not here: the parts (`identity.edges`, `identity.clustering`), and the names of clusters (`identity.ids`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from identity.clustering import Clustering, Rules, cluster
from identity.edges import Seen, live_edges, states
from identity.matcher import Matcher
from identity.screening import screen


@dataclass(frozen=True, slots=True)
class Memory:
    """What an earlier evaluation by the same code left: its `features`, and its live `edges` with their cuts.

    `epoch` and `declared` are those of the rules that it followed.
    """

    features: pl.DataFrame
    edges: pl.DataFrame
    epoch: str
    declared: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scored:
    """`features` of the records and the `content` they follow from, sorted by key; `edges` among them, uncut; how many
    pairs were `compared`.
    """

    features: pl.DataFrame
    edges: pl.DataFrame
    compared: int


def score(records: pl.DataFrame, rules: Rules, before: Memory | None = None) -> Scored:
    """The live edges of the current records of an entity (keys unique, any order). Looks only at what changed."""
    match = rules.matcher
    before = before if before and before.epoch == match.epoch.id else None
    features = _features(records, match, before)
    seen = Seen(states(before.features, match), before.edges) if before else None
    found = live_edges(states(features, match), rules.standing, match, seen)
    return Scored(features, found.live, found.scored)


def join(features: pl.DataFrame, edges: pl.DataFrame, rules: Rules, before: Memory | None = None) -> Clustering:
    """The clusters of the records by their live edges. Looks only at components that are not as they were."""
    same = before is not None and (before.epoch, before.declared) == (rules.matcher.epoch.id, rules.declared)
    frame = screen(features, rules.matcher.epoch.model)
    return cluster(frame, edges, rules, before.edges if before and same else None)


def _features(records: pl.DataFrame, matcher: Matcher, before: Memory | None) -> pl.DataFrame:
    """Features of all records; those of records whose content was seen before are not made again."""
    said = records.select("key", "content")
    if before is None:
        return _made(records, matcher)
    same = before.features.join(said, on=["key", "content"], how="semi", maintain_order="left")
    new = records.join(same.select("key"), on="key", how="anti")
    return same.merge_sorted(_made(new, matcher), key="key")


def _made(records: pl.DataFrame, matcher: Matcher) -> pl.DataFrame:
    return matcher.features(records).join(records.select("key", "content"), on="key", maintain_order="left")
