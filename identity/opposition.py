"""What must not be in one cluster: groups that a person keeps apart, two records of a source that holds nobody twice.

Each record bears marks, and marks stand against each other. Not here: cutting (`identity.partition`), and guards on
single pairs (`identity.guards`).
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import NamedTuple

import polars as pl

from identity.frames import Schema
from identity.judgements import Standing
from identity.partition import DECISION, ONE_PER_SOURCE

MEMBERS: Schema = {"row": pl.UInt32(), "component": pl.UInt32()}
MARKS: Schema = {"row": pl.UInt32(), "mark": pl.String()}
AGAINST: Schema = {"mark": pl.String(), "other": pl.String(), "reason": pl.String()}


class Opposition(NamedTuple):
    """`marks` (MARKS): what a record says, or what was said of it. `against` (AGAINST): both directions."""

    marks: pl.DataFrame
    against: pl.DataFrame


def opposition(frame: pl.DataFrame, members: pl.DataFrame, standing: Standing, declared: Set[str]) -> Opposition:
    """What stands against what inside components (`members`: MEMBERS) of the records of `frame`, which has their keys.

    `declared` are sources that say of themselves that they hold nobody twice.
    """
    known = members.with_columns(key=frame["key"].gather(members["row"]))
    found = (_decided(known, standing), _of_one_source(known, declared))
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


def _opposition(marks: pl.DataFrame, against: Iterable[tuple[str, str, str]]) -> Opposition:
    both = {pair for a, b, reason in against for pair in ((a, b, reason), (b, a, reason))}
    return Opposition(marks.cast(MARKS), pl.DataFrame(sorted(both), schema=AGAINST, orient="row"))  # type: ignore[arg-type]
