"""Live edges: the pairs that a block proposes or a person judged, with their bits; scored once, then remembered.

A pair's bits are a function of the features of its two records, less values over their limits: so a record has a state,
a hash over key, content and what is left of such values, and a pair whose records are in the same states has the same
bits. Pairs of records that are as they were, in blocks that are as they were, are not looked at.

Not here: what the edges hold together (`identity.clustering`).
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from identity.blocking import PAIRS, candidates, reblocked
from identity.epoch import Epoch, thousandths
from identity.frames import EDGE, Schema
from identity.guards import judged, lacking
from identity.judgements import Standing
from identity.matcher import Matcher
from identity.model import crowd_of
from identity.screening import screened

STATES: Schema = {"left_state": pl.UInt64(), "right_state": pl.UInt64()}


class Seen(NamedTuple):
    """What an evaluation before left: the `frame` of its records (`states`), and its live `edges`."""

    frame: pl.DataFrame
    edges: pl.DataFrame


class Edges(NamedTuple):
    """`live`: `edge_schema`, sorted by its pair. `scored`: how many pairs had to be compared."""

    live: pl.DataFrame
    scored: int


def edge_schema(epoch: Epoch) -> Schema:
    """EDGE; `judged`, the word of a person on this very pair; `l`, `r`, the rows of the records; the states of both;
    the bits of each comparison.
    """
    bits = dict.fromkeys(_bits(epoch), pl.Int32())
    return {**EDGE, "judged": pl.String(), **PAIRS, **STATES, **bits}


def states(features: pl.DataFrame, matcher: Matcher) -> pl.DataFrame:
    """Features of current records, sorted by key, screened (`identity.screening.screened`), and the `state` of each.

    The features follow from the record's `content`, which stands beside them, but for the values over their limits.
    """
    model = matcher.epoch.model
    crowded = [crowd_of(name) for name in model.crowds]
    frame = screened(features, model)
    return frame.with_columns(state=pl.struct("key", "content", *model.limits, *crowded).hash())


def live_edges(frame: pl.DataFrame, standing: Standing, matcher: Matcher, before: Seen | None = None) -> Edges:
    """The edges among the records of `frame` (see `states`), `cut` null, given what the same epoch left before.

    Pairs below the epoch's floor are no edges, unless somebody judged them.
    """
    epoch = matcher.epoch
    judged = _judged(frame, standing)
    if before is None:
        rows, known, kept = None, pl.DataFrame(schema=edge_schema(epoch)), []
    else:
        rows, known = _touched(frame, judged, before, matcher), before.edges
        kept = [_kept(frame, rows, before.edges)]
    pairs = _pairs(frame, judged, rows, epoch)
    known = known.select(*STATES, *_bits(epoch)).join(pairs, on=list(STATES), how="semi")
    missing = pairs.join(known, on=list(STATES), how="anti", maintain_order="left")
    new = missing.select(*STATES).hstack(matcher.compare(frame.drop("state"), missing.select(*PAIRS)))
    found = pairs.join(pl.concat([known, new]), on=list(STATES), how="left", maintain_order="left")
    live = pl.concat([*kept, _weighed(frame, found, epoch)])
    return Edges(live.sort(*PAIRS), missing.height)


def _touched(frame: pl.DataFrame, judged: pl.DataFrame, before: Seen, matcher: Matcher) -> pl.Series:
    """Rows of records that are new or changed, in a block that crossed its cap, or of a pair judged otherwise."""
    numbered = frame.select("state").with_row_index("row")
    new = numbered.join(before.frame.select("state"), on="state", how="anti")["row"]
    gone = before.frame.join(numbered, on="state", how="anti").drop("state")
    crossed = reblocked(frame.drop("state"), new, gone, matcher.epoch.model)
    was = before.edges.drop_nulls("judged").select("left", "right", "judged")
    now = judged.select("left", "right", "judged")
    other = pl.concat([was.join(now, on=now.columns, how="anti"), now.join(was, on=now.columns, how="anti")])
    named = pl.concat([other["left"], other["right"]]).unique()
    said = frame.select("key").with_row_index("row").filter(pl.col("key").is_in(named.implode()))["row"]
    return pl.concat([new, crossed, said]).unique().sort()


def _kept(frame: pl.DataFrame, rows: pl.Series, edges: pl.DataFrame) -> pl.DataFrame:
    """The edges of before whose records nothing touched, at the rows that these have now."""
    row = frame.select("state").with_row_index("row").filter(~pl.col("row").is_in(rows.implode()))
    ends = [row.select(**{f"{side}_state": "state", number: "row"}) for side, number in (("left", "l"), ("right", "r"))]
    kept = edges.drop("l", "r").join(ends[0], on="left_state").join(ends[1], on="right_state")
    return kept.with_columns(cut=pl.lit(None, pl.String)).select(edges.columns)


def _weighed(frame: pl.DataFrame, found: pl.DataFrame, epoch: Epoch) -> pl.DataFrame:
    """Pairs with their bits as edges."""
    total = pl.sum_horizontal(pl.col(_bits(epoch)).cast(pl.Int64)) + epoch.prior
    kept = (pl.col("bits") >= thousandths(epoch.model.floor)) | pl.col("judged").is_not_null()
    weighed = found.with_columns(bits=total).filter(kept)
    keys = {side: frame["key"].gather(weighed[row]) for side, row in (("left", "l"), ("right", "r"))}
    facts = {"answer": _answer(epoch), "cut": pl.lit(None, pl.String), "epoch": pl.lit(epoch.id)}
    return weighed.with_columns(**keys, **facts).select(list(edge_schema(epoch)))


def _bits(epoch: Epoch) -> list[str]:
    return [f"bits_{c.name}" for c in epoch.model.comparisons]


def _pairs(frame: pl.DataFrame, judged: pl.DataFrame, rows: pl.Series | None, epoch: Epoch) -> pl.DataFrame:
    """The pairs with an end in `rows`, or all: rows, states and what was judged, sorted."""
    inside = pl.lit(True) if rows is None else pl.any_horizontal(pl.col(*PAIRS).is_in(rows.implode()))
    said = judged.filter(inside).select(*PAIRS, "judged")
    both = candidates(frame, epoch.model, rows)
    if not said.is_empty():
        both = pl.concat([both, said.select(*PAIRS)]).unique().sort(*PAIRS)
    states = {f"{side}_state": frame["state"].gather(both[row]) for side, row in (("left", "l"), ("right", "r"))}
    return both.with_columns(**states).join(said, on=list(PAIRS), how="left", maintain_order="left")


def _judged(frame: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    """Columns `left`, `right`, `judged`, `l` and `r` of the pairs that a holding decision speaks of."""
    rows = [(*pair, word) for pair, word in standing.pairs.items()]
    said = pl.DataFrame(rows, schema={"left": pl.String, "right": pl.String, "judged": pl.String}, orient="row")
    row = frame.select("key").with_row_index("row")
    ends = [row.select(**{side: "key", number: "row"}) for side, number in (("left", "l"), ("right", "r"))]
    return said.join(ends[0], on="left").join(ends[1], on="right").cast(PAIRS)  # type: ignore[arg-type]


def _answer(epoch: Epoch) -> pl.Expr:
    """`join`, `review` or `apart`: by the person's word, else by the bits and what a match must have."""
    bits, model = pl.col("bits"), epoch.model
    return (
        pl.when(judged("same")).then(pl.lit("join"))
        .when(judged("different")).then(pl.lit("apart"))
        .when((bits >= thousandths(model.join)) & ~lacking(epoch)).then(pl.lit("join"))
        .when(bits >= thousandths(model.review)).then(pl.lit("review"))
        .otherwise(pl.lit("apart"))
    )  # fmt: skip
