"""From current records to clusters, in two steps, given what an evaluation before left behind; or anew, which is equal.

Not here: the parts (`identity.edges`, `identity.clustering`), and the names of clusters (`identity.ids`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from identity.clustering import Clustering, Rules, cluster
from identity.edges import live_edges, scored_schema, states


@dataclass(frozen=True, slots=True)
class Memory:
    """What any earlier evaluation by the same code left: its live edges with their cuts, and all pairs ever scored.

    `epoch` and `declared` are those of the rules that it followed.
    """

    edges: pl.DataFrame
    scored: pl.DataFrame
    epoch: str
    declared: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scored:
    """`features` of the records as compared, and their `state`; `edges` among them, uncut; pairs `scored` so far."""

    features: pl.DataFrame
    edges: pl.DataFrame
    scored: pl.DataFrame


def score(records: pl.DataFrame, rules: Rules, before: Memory | None = None) -> Scored:
    """The live edges of the current records of an entity (keys unique, any order). Scores only what nobody scored."""
    epoch = rules.matcher.epoch
    known = before is not None and before.epoch == epoch.id
    scored = before.scored if before and known else pl.DataFrame(schema=scored_schema(epoch))
    features = states(records, rules.matcher)
    found = live_edges(features, rules.standing, rules.matcher, scored)
    return Scored(features, found.live, pl.concat([scored, found.new]))


def join(features: pl.DataFrame, edges: pl.DataFrame, rules: Rules, before: Memory | None = None) -> Clustering:
    """The clusters of the records by their live edges. Looks only at components that are not as they were."""
    same = before is not None and (before.epoch, before.declared) == (rules.matcher.epoch.id, rules.declared)
    return cluster(features, edges, rules, before.edges if before and same else None)
