"""What must not be in one cluster: groups that a person keeps apart, two records of a source that holds nobody twice,
and records that contradict each other.

Each record bears marks, and marks stand against each other. Not here: cutting (`identity.partition`), and guards on
single pairs (`identity.guards`).
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import NamedTuple

import polars as pl

from identity.blocking import PAIRS
from identity.epoch import Epoch
from identity.frames import Schema
from identity.guards import contradictory
from identity.judgements import Standing
from identity.matcher import Matcher
from identity.partition import CONTRADICTION, DECISION, ONE_PER_SOURCE

MEMBERS: Schema = {"row": pl.UInt32(), "component": pl.UInt32()}
MARKS: Schema = {"row": pl.UInt32(), "mark": pl.String()}
AGAINST: Schema = {"mark": pl.String(), "other": pl.String(), "reason": pl.String()}


class Opposition(NamedTuple):
    """`marks` (MARKS): what a record says, or what was said of it. `against` (AGAINST): both directions."""

    marks: pl.DataFrame
    against: pl.DataFrame


def opposition(
    frame: pl.DataFrame, members: pl.DataFrame, standing: Standing, declared: Set[str], matcher: Matcher
) -> Opposition:
    """What stands against what inside components (`members`: MEMBERS) of the records of `frame` (features).

    `declared` are sources that say of themselves that they hold nobody twice.
    """
    known = members.with_columns(key=frame["key"].gather(members["row"]))
    found = (
        _decided(known, standing),
        _of_one_source(known, declared),
        _contradictory(frame, members, matcher),
    )
    return Opposition(*(pl.concat(part) for part in zip(*found, strict=True)))


def opposed(members: pl.DataFrame, against: Opposition) -> pl.Series:
    """The components in which two records stand against each other."""
    borne = against.marks.join(members, on="row").group_by("component", "mark").len()
    facing = borne.join(against.against, on="mark").join(
        borne, left_on=["component", "other"], right_on=["component", "mark"], suffix="_other"
    )
    return facing.filter((pl.col("mark") != pl.col("other")) | (pl.col("len") > 1))["component"].unique()


def _decided(known: pl.DataFrame, standing: Standing) -> Opposition:
    heads = {key for pair in standing.apart for key in pair}
    group = {**{key: key for key in heads}, **{k: head for k, head in standing.groups.items() if head in heads}}
    named = pl.DataFrame(list(group.items()), schema={"key": pl.String, "head": pl.String}, orient="row")
    marks = known.join(named, on="key").select("row", mark="decided:" + pl.col("head"))
    return _opposition(marks, ((f"decided:{a}", f"decided:{b}", DECISION) for a, b in standing.apart))


def _of_one_source(known: pl.DataFrame, declared: Set[str]) -> Opposition:
    source = known["key"].str.extract(r"^([^:]+)")
    marks = known.select("row", mark="source:" + source).filter(source.is_in(sorted(declared)))
    return _opposition(marks, ((f"source:{name}", f"source:{name}", ONE_PER_SOURCE) for name in sorted(declared)))


def _contradictory(frame: pl.DataFrame, members: pl.DataFrame, matcher: Matcher) -> Opposition:
    """Records that say the same bear one mark; the first of them is compared."""
    said = frame[members["row"]]
    signed = members.with_columns(sign=signatures(said, matcher.epoch))
    various = signed.select("component", "sign").unique().filter(pl.len().over("component") > 1)
    pairs = (
        various.join(various, on="component")
        .filter(pl.col("sign") < pl.col("sign_right"))
        .select(l="sign", r="sign_right")
        .cast(PAIRS)  # type: ignore[arg-type]
        .unique()
        .sort("l", "r")
    )
    bad = pairs.hstack(matcher.compare(said, pairs)).filter(contradictory(matcher.epoch))
    marks = signed.select("row", mark=pl.format("says:{}", "sign"))
    return _opposition(marks, ((f"says:{a}", f"says:{b}", CONTRADICTION) for a, b in bad.select("l", "r").iter_rows()))


def signatures(features: pl.DataFrame, epoch: Epoch) -> pl.Series:
    """For each row the first row that is alike in all that could contradict."""
    asked = {name for guard in epoch.model.contradictions for name in (*guard.when, *guard.unless)}
    columns = sorted({column for c in epoch.model.comparisons if c.name in asked for column in c.columns})
    numbered = features.with_row_index("row")  # made first: inside a window rows are counted from its own start
    return numbered.select(pl.col("row").min().over(columns) if columns else pl.col("row") * 0)["row"]


def _opposition(marks: pl.DataFrame, against: Iterable[tuple[str, str, str]]) -> Opposition:
    both = {pair for a, b, reason in against for pair in ((a, b, reason), (b, a, reason))}
    return Opposition(marks.cast(MARKS), pl.DataFrame(sorted(both), schema=AGAINST, orient="row"))  # type: ignore[arg-type]
