"""From current records to clusters, in two steps, given what an evaluation before left behind; or anew, which is equal.

Not here: the parts (`identity.edges`, `identity.clustering`), and the names of clusters (`identity.ids`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from identity.clustering import Clustering, Rules, cluster
from identity.edges import Seen, live_edges, states
from identity.matcher import Matcher
from identity.screening import unscreened


@dataclass(frozen=True, slots=True)
class Memory:
    """What an earlier evaluation by the same code left: its `features`, and its live `edges` with their cuts.

    `epoch` and `declared` are those of the rules that it followed. Only the scoring asks for features.
    """

    features: pl.DataFrame | None
    edges: pl.DataFrame
    epoch: str
    declared: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scored:
    """`features` of the records as they are compared (`identity.edges.states`); `edges` among them, uncut; how many
    pairs were `compared`.
    """

    features: pl.DataFrame
    edges: pl.DataFrame
    compared: int


def score(records: pl.DataFrame, rules: Rules, before: Memory | None = None) -> Scored:
    """The live edges of the current records of an entity (keys unique, any order). Looks only at what changed."""
    match = rules.matcher
    known = before.features if before and before.epoch == match.epoch.id else None
    seen = Seen(known, before.edges) if before and known is not None else None
    frame = states(_features(records, match, known), match)
    found = live_edges(frame, rules.standing, match, seen)
    return Scored(frame, found.live, found.scored)


def join(features: pl.DataFrame, edges: pl.DataFrame, rules: Rules, before: Memory | None = None) -> Clustering:
    """The clusters of the records by their live edges. Looks only at components that are not as they were."""
    same = before is not None and (before.epoch, before.declared) == (rules.matcher.epoch.id, rules.declared)
    return cluster(features, edges, rules, before.edges if before and same else None)


def _features(records: pl.DataFrame, matcher: Matcher, before: pl.DataFrame | None) -> pl.DataFrame:
    """Features of all records; those of records whose content was seen before are not made again."""
    if before is None:
        return _made(records, matcher)
    said = records.select("key", said="content")
    known = before.select("key", "content").join(said, on="key", how="left", maintain_order="left")
    same = known.select(pl.col("content").eq_missing(pl.col("said"))).to_series()
    kept = unscreened(before if same.all() else before.filter(same), matcher.epoch.model).drop("state")
    new = records.join(kept.select("key"), on="key", how="anti")
    return pl.concat([kept, _made(new, matcher)], rechunk=True).sort("key")


def _made(records: pl.DataFrame, matcher: Matcher) -> pl.DataFrame:
    return matcher.features(records).join(records.select("key", "content"), on="key", maintain_order="left")
