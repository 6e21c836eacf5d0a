"""Live edges: the pairs that a block proposes or a person judged, with their bits; scored once, then remembered.

A pair's bits are a function of the features of its two records, less values over their limits: the memory knows them
by the states of both, hashes over key and those features. So a record that changed, or one whose value crossed a
limit, has its own pairs scored anew, and nothing else.

Not here: what the edges hold together (`identity.clustering`).
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from identity.blocking import PAIRS, candidates
from identity.epoch import Epoch, thousandths
from identity.frames import EDGE, Schema
from identity.judgements import Standing
from identity.matcher import Matcher
from identity.screening import screen

STATES: Schema = {"left_state": pl.UInt64(), "right_state": pl.UInt64()}


class Edges(NamedTuple):
    """`live`: `edge_schema`, sorted by its pair. `new`: `scored_schema`, the pairs that were not remembered."""

    live: pl.DataFrame
    new: pl.DataFrame


def scored_schema(epoch: Epoch) -> Schema:
    """The memory of scored pairs: the states of both records, and the bits of each comparison."""
    return {**STATES, **dict.fromkeys(_bits(epoch), pl.Int32())}


def edge_schema(epoch: Epoch) -> Schema:
    """EDGE; `judged`, the word of a person on this very pair; `l`, `r`, the rows of the records; `scored_schema`."""
    return {**EDGE, "judged": pl.String(), **PAIRS, **scored_schema(epoch)}


def states(records: pl.DataFrame, matcher: Matcher) -> pl.DataFrame:
    """The features of current records less values over their limits, and the `state` of each; sorted by key."""
    frame = screen(matcher.features(records), matcher.epoch.model.limits)
    return frame.with_columns(state=pl.struct(pl.all()).hash())


def live_edges(frame: pl.DataFrame, standing: Standing, matcher: Matcher, scored: pl.DataFrame) -> Edges:
    """The edges among the records of `frame` (see `states`), `cut` null, given the memory of pairs scored before.

    Pairs below the epoch's floor are no edges, unless somebody judged them.
    """
    epoch = matcher.epoch
    pairs = _pairs(frame, standing, epoch)
    missing = pairs.join(scored, on=list(STATES), how="anti", maintain_order="left")
    new = missing.select(*STATES).hstack(matcher.compare(frame.drop("state"), missing.select(*PAIRS)))
    found = pairs.join(pl.concat([scored, new]), on=list(STATES), how="left", maintain_order="left")
    total = pl.sum_horizontal(pl.col(_bits(epoch)).cast(pl.Int64)) + thousandths(epoch.model.prior)
    kept = (pl.col("bits") >= thousandths(epoch.model.floor)) | pl.col("judged").is_not_null()
    live = (
        found.with_columns(bits=total)
        .filter(kept)
        .with_columns(answer=_answer(epoch), cut=pl.lit(None, pl.String), epoch=pl.lit(epoch.id))
    )
    return Edges(live.select(list(edge_schema(epoch))), new)


def _bits(epoch: Epoch) -> list[str]:
    return [f"bits_{c.name}" for c in epoch.model.comparisons]


def _pairs(frame: pl.DataFrame, standing: Standing, epoch: Epoch) -> pl.DataFrame:
    """The pairs to be scored: rows, keys, states and what was judged, sorted."""
    judged = _judged(frame, standing)
    both = pl.concat([candidates(frame.drop("state"), epoch.model), judged.select(*PAIRS)]).unique().sort(*PAIRS)
    ends = {
        f"{side}{part}": frame[column].gather(both[row])
        for side, row in (("left", "l"), ("right", "r"))
        for part, column in (("", "key"), ("_state", "state"))
    }
    return both.with_columns(**ends).join(judged, on=list(PAIRS), how="left", maintain_order="left")


def _judged(frame: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    """Columns `l`, `r` and `judged` of the pairs that a holding decision speaks of."""
    rows = [(*pair, word) for pair, word in standing.pairs.items()]
    said = pl.DataFrame(rows, schema={"left": pl.String, "right": pl.String, "judged": pl.String}, orient="row")
    row = frame.select("key").with_row_index("row")
    return (
        said.join(row, left_on="left", right_on="key")
        .join(row, left_on="right", right_on="key", suffix="_r")
        .select(l="row", r="row_r", judged="judged")
        .cast({"l": pl.UInt32(), "r": pl.UInt32()})
    )


def _answer(epoch: Epoch) -> pl.Expr:
    """`join`, `review` or `apart`: by the person's word, else by the bits."""
    bits, model = pl.col("bits"), epoch.model
    return (
        pl.when(judged("same")).then(pl.lit("join"))
        .when(judged("different")).then(pl.lit("apart"))
        .when(bits >= thousandths(model.join)).then(pl.lit("join"))
        .when(bits >= thousandths(model.review)).then(pl.lit("review"))
        .otherwise(pl.lit("apart"))
    )  # fmt: skip


def judged(word: str) -> pl.Expr:
    """Whether a person said this of the pair."""
    return pl.col("judged").eq_missing(word)
