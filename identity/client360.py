"""Client-360: one row a canonical contact or account, typed columns for lists and the sections as canonical JSON.

Everything is a dated fact: no window, no today, no version; the views (`resources.views`) add those. Whatever it shows
can be recounted from the frames it takes.

Not here: what a section holds (`identity.sections`, `identity.health`, `identity.qualification`), how complete it is
(`identity.completeness`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from identity import client_rules, contracts, hierarchy, signals
from identity import completeness as complete
from identity.fields import Entity
from identity.folding import fold
from identity.health import health
from identity.qualification import Facts, qualification
from identity.sections import (
    LISTED,
    anchored,
    beside,
    engagement,
    facts_of,
    filled,
    instant_text,
    listed,
    main_currency,
    open_value,
    ordered,
    pipeline,
    sources,
)

Frames = Mapping[str, pl.DataFrame]

INPUTS = (
    "contracts", "cut", "crosswalk", "contact_records", "account_records", "contact_live_edges", "account_live_edges",
    "contact", "account", "contact_account", "account_hierarchy", "opportunity", "activity",
)  # fmt: skip
COUNTS = ("open_count", "won_count", "lost_count", "activity_count")
OBJECTS = {
    "engagement": ("by_day", "by_kind", "count", "last_at"),
    "pipeline": ("by_currency", "deals", "due", "totals"),
}
SECTIONS = (
    "completeness", "engagement", "health", "pipeline", "profile", "qualification", "relations", "sources", "timeline",
)  # fmt: skip
FACTS = ("open_value", "fit_score", "intent", "complete", *COUNTS, "last_activity_at", "sources", "records")


@dataclass(frozen=True, slots=True)
class Common:
    """What every client depends on: the `currency` that most open deals are in, and the `sources` of each kind of
    facts, by the name of their frame.
    """

    currency: str | None
    sources: dict[str, frozenset[str]]

    @classmethod
    def of(cls, frames: Frames) -> Common:
        """Of a whole evaluation."""
        kinds = ("contact_records", "opportunity", "activity")
        return cls(
            main_currency(frames["opportunity"]), {kind: frozenset(frames[kind]["source"].unique()) for kind in kinds}
        )


def contact_360(frames: Frames, common: Common | None = None) -> pl.DataFrame:
    """Client-360 of each contact, sorted by canonical id, from the frames named in INPUTS.

    Columns: those of table `contact_360`, `payload` last. Sections: profile, relations (accounts), pipeline,
    engagement, timeline, health, qualification, sources, completeness. `common` is that of a whole evaluation, if the
    frames are not (`around`).
    """
    clients = beside(_clients(frames, "contact"), _accounts_of(frames))
    waiting = complete.account_not_received(frames["contact_records"], frames["crosswalk"])
    made = _with_facts(frames, "contact", clients, common or Common.of(frames), {"relations": [waiting]})
    return made.select(
        "canonical_id", "display_name", _sort_name(), pl.col("email").list.first().alias("primary_email"),
        pl.col("phone").list.first().alias("primary_phone"), "account_id", "account_name",
        domain=pl.coalesce("company_domain", "account_domain"), industry="account_industry",
        title="title", lifecycle_stage="lifecycle_stage", owner="owner", country="country", city="city",
    ).hstack(made.select(*FACTS)).with_columns(_payload(made))  # fmt: skip


def account_360(frames: Frames, common: Common | None = None) -> pl.DataFrame:
    """Client-360 of each account, sorted by canonical id; see `contact_360`. Its relations are contacts;
    one more section is its hierarchy.
    """
    common = common or Common.of(frames)
    clients = beside(_clients(frames, "account"), _contacts_of(frames))
    silent = complete.nothing_received(clients, common.sources["contact_records"])
    clients = beside(clients, hierarchy.section(clients, frames["account_hierarchy"]))
    made = _with_facts(frames, "account", clients, common, {"relations": [silent]})
    return made.select(
        "canonical_id", "display_name", _sort_name(), pl.col("domain").list.first().alias("primary_domain"),
        pl.col("phone").list.first().alias("primary_phone"), "industry", "owner", "country", "city",
        pl.col("contact_count").fill_null(0),
    ).hstack(made.select(*FACTS)).with_columns(_payload(made, "hierarchy"))  # fmt: skip


def _clients(frames: Frames, entity: Entity) -> pl.DataFrame:
    """Golden rows, sorted by canonical id, with `profile`, their sources and their anchor."""
    golden = ordered(frames[entity], "canonical_id")
    profile = sorted(set(golden.columns) - {"canonical_id"})
    named = golden.with_columns(pl.struct(profile).alias("profile"))
    return beside(named, sources(frames["crosswalk"], entity))


def _anchored(frames: Frames, entity: Entity) -> pl.DataFrame:
    return frames[entity].join(anchored(frames["crosswalk"], entity), on="canonical_id")


def _accounts_of(frames: Frames) -> pl.DataFrame:
    """`relations` of each contact, the primary one first; of that `account_id`, `…_name`, `…_domain`, `…_industry`."""
    names = _anchored(frames, "account").select(
        "anchor", account_id="canonical_id", account_name="display_name",
        account_domain=pl.col("domain").list.first(), account_industry="industry",
    )  # fmt: skip
    relations = frames["contact_account"].join(names, on="account_id").rename({"contact_id": "canonical_id"})
    latest = _dated(relations.sort("primary", "role", "said_at", "anchor", descending=[True, False, True, False]))
    fields = ["account_id", "account_name", "primary", "records", "role", "since", "title", "until"]
    first = latest.filter("primary").select("canonical_id", pl.col("^account_.*$"))
    return listed(latest, "relations", fields).join(first, on="canonical_id", how="left")


def _contacts_of(frames: Frames) -> pl.DataFrame:
    """`relations` of each account: the latest, those first whose primary account it is; `contact_count` of those that
    are current.
    """
    names = _anchored(frames, "contact").select(
        "anchor", contact_id="canonical_id", name="display_name", email=pl.col("email").list.first()
    )
    relations = frames["contact_account"].join(names, on="contact_id").rename({"account_id": "canonical_id"})
    latest = _dated(relations.sort("primary", "role", "said_at", "anchor", descending=[True, False, True, False]))
    fields = ["contact_id", "email", "name", "primary", "records", "role", "since", "title", "until"]
    current = (pl.col("role") == "current").sum().cast(pl.Int64)
    counts = relations.group_by("canonical_id").agg(contact_count=current)
    return listed(latest, "relations", fields, LISTED).join(counts, on="canonical_id")


def _dated(relations: pl.DataFrame) -> pl.DataFrame:
    return relations.with_columns(instant_text("since"), instant_text("until"))


@dataclass(frozen=True, slots=True)
class _Belongings:
    """What belongs to the clients of an entity, each with `canonical_id`."""

    records: pl.DataFrame
    deals: pl.DataFrame
    touches: pl.DataFrame
    contacts: pl.DataFrame  # of an account: their smallest record keys
    doubts: pl.DataFrame  # a row for each doubtful pair and client at its end

    @classmethod
    def of(cls, frames: Frames, entity: Entity) -> _Belongings:
        walk = frames["crosswalk"].filter(pl.col("entity") == entity).select("key", "canonical_id")
        deals, touches = (
            facts_of(entity, frames[name], frames["contact_account"]) for name in ("opportunity", "activity")
        )
        records = beside(ordered(frames[f"{entity}_records"], "key"), walk, "key").drop_nulls("canonical_id")
        contacts = people(frames) if entity == "account" else records.select("canonical_id", "key").clear()
        return cls(records, deals, touches, contacts, doubts(frames, entity))


def people(frames: Frames) -> pl.DataFrame:
    """The current contacts of each account (`canonical_id`), each under its smallest record key."""
    anchors = anchored(frames["crosswalk"], "contact").select(contact_id="canonical_id", key="anchor")
    current = frames["contact_account"].filter(pl.col("role") == "current")
    return current.join(anchors, on="contact_id").select("key", canonical_id="account_id")


def doubts(frames: Frames, entity: Entity) -> pl.DataFrame:
    """A row (`canonical_id`) for each doubtful pair and client at its end."""
    from identity.clustering import doubtful  # noqa: PLC0415 - SciPy loads only where something is evaluated

    walk = frames["crosswalk"].filter(pl.col("entity") == entity).select("key", "canonical_id")
    pairs = doubtful(frames[f"{entity}_live_edges"], walk.rename({"canonical_id": "cluster"}))
    ends = pl.concat([pairs.select(key="left"), pairs.select(key="right")])
    return ends.join(walk, on="key").select("canonical_id")


def _with_facts(
    frames: Frames, entity: Entity, clients: pl.DataFrame, common: Common, reasons: dict[str, list[pl.DataFrame]]
) -> pl.DataFrame:
    """Clients with pipeline, engagement, timeline, health, qualification and completeness."""
    own = _Belongings.of(frames, entity)
    said = client_rules.client360(contracts.in_force(frames["contracts"], contracts.CLIENT360))
    silent = [complete.nothing_received(clients, common.sources[name]) for name in ("opportunity", "activity")]
    reasons = {
        **reasons,
        "pipeline": [silent[0], complete.unknown_in_deals(own.deals)],
        "engagement": [silent[1], complete.unknown_in_touches(own.touches)],
    }
    rules = signals.parse(contracts.in_force(frames["contracts"], contracts.QUALIFICATION))[entity]
    for section in (
        pipeline(own.deals),
        open_value(own.deals, said["currency"] or common.currency),
        engagement(own.touches),
        health(frames[entity], own.records, own.doubts, said["matters"][entity], entity),
        qualification(Facts(frames[entity], own.records, own.deals, own.touches, own.contacts), rules),
        complete.completeness(clients, reasons),
    ):
        clients = beside(clients, section)
    counted = filled(clients).with_columns(pl.col(COUNTS).fill_null(0), pl.col("open_value").fill_null(0))
    counted = counted.with_columns(count="activity_count")
    return counted.with_columns(pl.struct(fields).alias(name) for name, fields in OBJECTS.items())


def _sort_name() -> pl.Expr:
    """What lists are sorted and searched by: the name in small letters without accents; who has none comes last."""
    return fold(pl.col("display_name")).fill_null("~").alias("sort_name")


def _payload(made: pl.DataFrame, *more: str) -> pl.Series:
    """The sections as one JSON object, written once: each is encoded by itself, and they are put together in one go."""
    named = made.with_columns(sources="source_section")
    parts = [_member(name, named.schema[name]) for name in sorted((*SECTIONS, *more))]
    pieces = [pl.lit("{"), *(piece for part in parts for piece in (*part, pl.lit(",")))]
    return named.select(pl.concat_str(*pieces[:-1], pl.lit("}")).alias("payload")).to_series()


def _member(name: str, dtype: pl.DataType) -> list[pl.Expr]:
    """The pieces of `"name":value`; only a struct can be encoded, so a list is the one member of one."""
    if isinstance(dtype, pl.Struct):
        return [pl.lit(f'"{name}":'), pl.col(name).struct.json_encode()]
    return [pl.struct(name).struct.json_encode().str.strip_prefix("{").str.strip_suffix("}")]
