"""Qualification data (QD): which signals hold of a client, with the records that each rests on, and what they sum to.

A signal is a fact with a date: one with a window says until when it runs, and whoever reads sums those that still do.
So nothing here depends on today. `evidence` names record keys, whose lines `velocity explain` and `show` give; a value
that a person set has none.

Not here: what a signal may say (`identity.signals`); the sum that holds now (`resources.views`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import singledispatch

import polars as pl

from identity.frames import Schema
from identity.sections import INSTANT_TEXT, MONEY, beside, instant, listed
from identity.signals import Amount, Count, Fields, Latest, Signal

LAST = pl.lit("9999-12-31T23:59:59.999999").str.to_datetime(time_unit="us", time_zone="UTC")  # with four digits
NAMED = 3  # records that a signal names; all are counted
FOUND: Schema = {
    "canonical_id": pl.String(),
    "evidence": pl.List(pl.String()),
    "evidence_count": pl.Int64(),
    "kind": pl.String(),
    "name": pl.String(),
    "points": pl.Int64(),
    "until": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What signals are seen in, each with `canonical_id` and `key`: golden rows (without key), records, deals, touches,
    and for accounts their contacts, each under its smallest record key.
    """

    golden: pl.DataFrame
    records: pl.DataFrame
    deals: pl.DataFrame
    touches: pl.DataFrame
    contacts: pl.DataFrame


def qualification(facts: Facts, signals: Iterable[Signal]) -> pl.DataFrame:
    """`qualification` {fit, signals: [{evidence, evidence_count, kind, name, points, until}]}, `fit_score` and `intent`
    ([{points, until}] as JSON, null where nothing of the kind holds), of each client; signals by name.
    """
    rows = pl.concat([pl.DataFrame(schema=FOUND), *(_bounded(signal, facts) for signal in signals)])
    found = rows.sort("canonical_id", "name")
    intent = listed(found.filter(kind="intent"), "intent", ["points", "until"])
    fit = found.filter(kind="fit").group_by("canonical_id").agg(fit_score=pl.col("points").sum())
    made = facts.golden.select("canonical_id")
    for part in (fit, intent, listed(found, "signals", [name for name in FOUND if name != "canonical_id"])):
        made = beside(made, part)
    none = pl.lit([], made.schema["signals"])
    made = made.with_columns(pl.col("fit_score").fill_null(0), pl.col("signals").fill_null(none))
    texts = pl.col("intent").list.eval(pl.element().struct.json_encode()).list.join(",")
    return made.select(
        "canonical_id", "fit_score", pl.format("[{}]", texts).alias("intent"),
        pl.struct(fit="fit_score", signals="signals").alias("qualification"),
    )  # fmt: skip


def _bounded(signal: Signal, facts: Facts) -> pl.DataFrame:
    """A row (FOUND) for each client of whom a signal holds: the first records that it rests on, and how many."""
    evidence = {"evidence": pl.col("key").drop_nulls().head(NAMED), "evidence_count": pl.col("key").count()}
    made = _held(signal.condition, facts).group_by("canonical_id").agg(pl.col("until").first(), **evidence)
    said = [pl.lit(getattr(signal, name)).alias(name) for name in ("kind", "name", "points")]
    return made.with_columns(*said).select(list(FOUND)).cast(FOUND)  # type: ignore[arg-type]


@singledispatch
def _held(condition: object, facts: Facts) -> pl.DataFrame:
    """A row (`canonical_id`, `key`, `until`) for each client of whom the condition holds and each record that it rests
    on, the first one first; without a key where none does.
    """
    raise NotImplementedError(type(condition).__name__)


@_held.register
def _(condition: Fields, facts: Facts) -> pl.DataFrame:
    golden = facts.golden.filter(_all_of(condition, facts.golden.schema)).select("canonical_id", *condition.names)
    said = facts.records.select("canonical_id", "key", *condition.names)
    both = golden.join(said, on="canonical_id", how="left", suffix="_said", maintain_order="left_right")
    multi = [name for name in condition.names if isinstance(golden.schema[name], pl.List)]
    says = [
        pl.col(f"{n}_said").is_not_null() if n in multi else pl.col(f"{n}_said") == pl.col(n) for n in condition.names
    ]
    return both.select("canonical_id", pl.when(pl.any_horizontal(says)).then("key"), until=pl.lit(None, pl.String))


def _all_of(condition: Fields, schema: pl.Schema) -> pl.Expr:
    """A list of text is its first."""
    texts = [pl.col(n).list.first() if isinstance(schema[n], pl.List) else pl.col(n) for n in condition.names]
    if condition.values is not None:
        return pl.all_horizontal(text.str.to_lowercase().is_in(condition.values) for text in texts)
    if condition.pattern is not None:
        return pl.all_horizontal(text.str.to_lowercase().str.contains(condition.pattern) for text in texts)
    return pl.all_horizontal(text.is_not_null() for text in texts)


@_held.register
def _(condition: Count, facts: Facts) -> pl.DataFrame:
    others = {"records": facts.records, "contacts": facts.contacts, "touches": facts.touches}
    rows = others.get(condition.facts, facts.deals.filter(status=condition.facts))
    return _timeless(rows.filter(pl.len().over("canonical_id") >= condition.at_least).sort("key"))


@_held.register
def _(condition: Amount, facts: Facts) -> pl.DataFrame:
    deals = facts.deals.filter(status=condition.status).drop_nulls("currency")
    limits = pl.DataFrame(condition.at_least, schema={"currency": pl.String, "limit": MONEY}, orient="row")
    sums = deals.group_by("canonical_id", "currency").agg(pl.col("amount").cast(MONEY, strict=False).sum())
    reached = sums.join(limits, on="currency").filter(pl.col("amount") >= pl.col("limit"))
    return _timeless(deals.join(reached, on=["canonical_id", "currency"], how="semi").sort("key"))


@_held.register
def _(condition: Latest, facts: Facts) -> pl.DataFrame:
    of_kind = pl.col("kind").str.to_lowercase().is_in(condition.kinds) if condition.kinds else pl.lit(True)
    dated = facts.touches.filter(of_kind).with_columns(at=instant("at")).drop_nulls("at")
    newest = dated.sort("at", "key", descending=[True, False]).group_by("canonical_id", maintain_order=True)
    latest = newest.agg(pl.col("at", "key").head(condition.times)).filter(pl.col("key").list.len() == condition.times)
    until = pl.min_horizontal(pl.col("at").list.last() + condition.window, LAST).dt.to_string(INSTANT_TEXT)
    return latest.select("canonical_id", "key", until=until).explode("key")


def _timeless(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("canonical_id", "key", until=pl.lit(None, pl.String))
