"""Matching of literal records by the shipped epochs, with nothing remembered and nothing judged."""

from __future__ import annotations

import polars as pl

from identity import matching
from identity.clustering import Clustering, Rules
from identity.fields import Entity
from identity.judgements import Standing
from identity.scoring import matcher


def rules(entity: Entity) -> Rules:
    """The shipped matcher of an entity; nobody said anything."""
    return Rules(matcher(entity), Standing(), frozenset())


def scored(records: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """The live edges among the records, uncut."""
    return matching.score(records, rules(entity)).edges


def clustered(records: pl.DataFrame, entity: Entity) -> Clustering:
    """The clusters of the records."""
    found = matching.score(records, rules(entity))
    return matching.join(found.features, found.edges, rules(entity))
