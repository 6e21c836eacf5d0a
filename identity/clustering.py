"""Which records are one entity: components of joining pairs, guarded and taken apart where they do not hold together.

What a component becomes depends on its own edges, the states of its records and the judgements on them alone, so only
components that changed are looked at.

Not here: the edges (`identity.edges`), what stands against what (`identity.guards`, `identity.opposition`), and how a
component is divided (`identity.partition`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from identity.edges import STATES
from identity.epoch import thousandths
from identity.frames import CLUSTER, Schema
from identity.guards import counted, guarded
from identity.judgements import Standing
from identity.matcher import Matcher
from identity.opposition import Opposition, opposed, opposition
from identity.partition import Edge, Hold, Pair, divide

CUTS: Schema = {"l": pl.UInt32(), "r": pl.UInt32(), "reason": pl.String()}
SMALL = 60  # records of a component in which every pair is compared before it is divided
PART = [*STATES, "judged"]  # what an edge's part in its component follows from


@dataclass(frozen=True, slots=True)
class Rules:
    """What clusters follow from besides records and edges. `declared`: sources that hold nobody twice."""

    matcher: Matcher
    standing: Standing
    declared: Set[str]


@dataclass(frozen=True, slots=True)
class Clustering:
    """`clusters`: CLUSTER, every record once, sorted by key. `edges`: the live ones, `cut` where they do not hold."""

    clusters: pl.DataFrame
    edges: pl.DataFrame


def cluster(frame: pl.DataFrame, edges: pl.DataFrame, rules: Rules, before: pl.DataFrame | None = None) -> Clustering:
    """Clusters of the records of `frame` (`identity.edges.states`) by their live edges.

    `before` are the edges of an earlier clustering by the same epoch and declarations: components that are as they
    were then keep their cuts. An edge whose records end up together has no `cut`, whatever guard it ran into: others
    hold them together.
    """
    judged = guarded(edges, rules.matcher.epoch)
    holding = _holding(judged)
    component = _components(holding, frame.height)
    if before is None:
        cuts = _cuts(frame, judged, component, rules)
    else:
        changed = component.gather(_touched(frame, edges, before)).unique()
        anew = component.gather(judged["l"]).is_in(changed.implode())
        kept = _kept(_holding(judged.filter(~anew)), before)
        cuts = pl.concat([_cuts(frame, judged.filter(anew), component, rules), kept])
    home = _first_rows(_components(holding.join(cuts, on=["l", "r"], how="anti"), frame.height))
    apart = home.gather(edges["l"]) != home.gather(edges["r"])
    found = judged.join(cuts, on=["l", "r"], how="left", maintain_order="left")
    found = found.with_columns(cut=pl.when(apart).then(pl.coalesce("reason", "cut"))).drop("reason")
    return Clustering(frame.select("key", cluster=pl.col("key").gather(home)).cast(CLUSTER), found)  # type: ignore[arg-type]


def doubtful(edges: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """The live edges that a person should look at: for review, and nothing else holds their records together."""
    asked = edges.filter(pl.col("answer") == "review")
    homes = [clusters.select(**{side: "key", f"{side}_home": "cluster"}) for side in ("left", "right")]
    placed = asked.join(homes[0], on="left", maintain_order="left").join(homes[1], on="right", maintain_order="left")
    return placed.filter(pl.col("left_home") != pl.col("right_home")).select(edges.columns)


def _components(edges: pl.DataFrame, size: int) -> pl.Series:
    """The number of each row's component."""
    ends = (edges["l"].to_numpy(), edges["r"].to_numpy())
    graph = coo_array((np.ones(edges.height, dtype=np.int8), ends), shape=(size, size))
    return pl.Series(connected_components(graph, directed=False)[1])


def _first_rows(component: pl.Series) -> pl.Series:
    """For each row the first row of its component, which is that of the smallest key."""
    return component.to_frame("c").with_row_index("row").select(pl.col("row").first().over("c"))["row"]


def _touched(frame: pl.DataFrame, edges: pl.DataFrame, before: pl.DataFrame) -> pl.Series:
    """The rows at an end of an edge that is new, gone or changed."""
    new = edges.join(before, on=PART, how="anti", nulls_equal=True)
    gone = before.join(edges, on=PART, how="anti", nulls_equal=True)
    left = pl.DataFrame({"key": pl.concat([gone["left"], gone["right"]]).unique()})
    there = frame.select("key").with_row_index("row").join(left, on="key", how="semi")["row"]
    return pl.concat([new["l"], new["r"], there])


def _kept(holding: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """The cuts that these pairs had before."""
    was = before.select(*PART, reason="cut").drop_nulls("reason")
    return holding.join(was, on=PART, nulls_equal=True).select(list(CUTS))


def _holding(edges: pl.DataFrame) -> pl.DataFrame:
    """Edges that join, past all guards."""
    return edges.filter((pl.col("answer") == "join") & pl.col("cut").is_null())


def _cuts(frame: pl.DataFrame, edges: pl.DataFrame, component: pl.Series, rules: Rules) -> pl.DataFrame:
    """CUTS inside the components of the joining pairs among these edges.

    Where all pairs of a component join and nothing stands against anything, nothing is to be divided.
    """
    within = edges.with_columns(component=component.gather(edges["l"])).filter(
        pl.col("component") == component.gather(edges["r"])
    )
    joins = (pl.col("answer") == "join") & pl.col("cut").is_null()
    within = within.with_columns(joins=joins).filter(pl.col("joins").any().over("component"))
    rows = pl.concat([within["l"], within["r"]]).unique().sort().alias("row")
    members = rows.to_frame().with_columns(component=component.gather(rows))
    against = opposition(frame, members, rules.standing, rules.declared)
    sizes = members.group_by("component").len("rows")
    pairs = within.group_by("component").agg(pl.col("joins").sum()).join(sizes, on="component")
    loose = pairs.filter(pl.col("joins") * 2 < pl.col("rows").cast(pl.Int64) * (pl.col("rows").cast(pl.Int64) - 1))
    doubtful = pl.concat([loose["component"], opposed(members, against)]).unique()
    asked = within.filter(pl.col("component").is_in(doubtful.implode()))
    unseen = _unseen(frame, members.filter(pl.col("component").is_in(doubtful.implode())), asked, rules.matcher)
    asked = pl.concat([asked, unseen], how="diagonal").with_columns(counts=counted(rules.matcher.epoch))
    return pl.DataFrame(_divided(frame, asked, against, rules), schema=CUTS, orient="row")


def _unseen(frame: pl.DataFrame, members: pl.DataFrame, asked: pl.DataFrame, matcher: Matcher) -> pl.DataFrame:
    """The pairs in components that are no edges, with their bits; those of large components count as absent."""
    small = members.filter(pl.len().over("component") <= SMALL)
    pairs = small.join(small, on="component", suffix="_r").filter(pl.col("row") < pl.col("row_r"))
    missing = pairs.select("component", l="row", r="row_r").join(asked, on=["l", "r"], how="anti").sort("l", "r")
    if missing.is_empty():
        return asked.clear()
    found = missing.hstack(matcher.compare(frame, missing.select("l", "r")))
    bits = pl.sum_horizontal(pl.col(f"bits_{c.name}").cast(pl.Int64) for c in matcher.epoch.model.comparisons)
    facts = {"bits": bits + matcher.epoch.prior, "judged": pl.lit(None, pl.String), "joins": pl.lit(False)}
    return found.with_columns(**facts)


def _divided(frame: pl.DataFrame, asked: pl.DataFrame, against: Opposition, rules: Rules) -> list[tuple[int, int, str]]:
    """The cuts in components that may not hold, one after the other."""
    rows = pl.concat([asked["l"], asked["r"]]).unique()
    units = _units(frame, rows, rules.standing)
    marks: dict[int, set[str]] = defaultdict(set)
    for row, mark in against.marks.filter(pl.col("row").is_in(rows.implode())).iter_rows():
        marks[row].add(mark)
    opposite: dict[str, dict[str, str]] = defaultdict(dict)
    for mark, other, reason in against.against.iter_rows():
        opposite[mark][other] = reason
    model = rules.matcher.epoch.model
    hold = Hold(thousandths(model.hold), thousandths(model.floor))
    cuts: dict[Pair, str] = {}
    pairs = asked.sort("component").select("component", "l", "r", "counts", "joins").iter_rows()
    for _, part in groupby(pairs, key=lambda pair: pair[0]):
        cuts |= divide([Edge(*pair[1:]) for pair in part], units, marks, opposite, hold)
    return [(*pair, reason) for pair, reason in cuts.items()]


def _units(frame: pl.DataFrame, rows: pl.Series, standing: Standing) -> dict[int, int]:
    """For rows of records that a person says are the same: the row of the first of them."""
    if not standing.groups:
        return {}
    keys = dict(zip(rows, frame["key"].gather(rows), strict=True))
    row = {key: number for number, key in keys.items()}
    heads = {number: standing.groups.get(key) for number, key in keys.items()}
    return {number: row[head] for number, head in heads.items() if head is not None}
