"""Client-360: one row a canonical contact or account, typed columns for lists and the sections as canonical JSON.

Everything is a dated fact: no window, no today, no version; the view adds those. Whatever it shows can be recounted
from the frames it takes.

Not here: what a section holds (`identity.sections`), how complete it is (`identity.completeness`).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from identity import completeness as complete
from identity import hierarchy
from identity.fields import Entity
from identity.sections import LISTED, engagement, facts_of, filled, instant_text, listed, pipeline, sources

Frames = Mapping[str, pl.DataFrame]

INPUTS = (
    "contracts", "crosswalk", "contact_records", "contact", "account", "contact_account", "account_hierarchy",
    "opportunity", "activity",
)  # fmt: skip
COUNTS = ("open_count", "won_count", "lost_count", "activity_count")
OBJECTS = {"engagement": ("by_day", "by_kind", "count", "last_at"), "pipeline": ("deals", "totals")}
SECTIONS = ("completeness", "engagement", "pipeline", "profile", "relations", "sources", "timeline")


def contact_360(frames: Frames) -> pl.DataFrame:
    """Client-360 of each contact, sorted by canonical id, from the frames named in INPUTS.

    Columns: those of table `contact_360`, `payload` last. Sections: profile, relations (accounts), pipeline,
    engagement, timeline, sources, completeness.
    """
    relations = _accounts_of(frames)
    clients = _clients(frames, "contact").join(relations, on="canonical_id", how="left")
    ids = [_ids(frames, entity) for entity in ("contact", "account")]
    waiting = complete.account_not_received(frames["contact_records"], *ids)
    made = _with_facts(frames, "contact", clients, {"relations": [waiting]})
    return made.select(
        "canonical_id", "display_name", pl.col("email").list.first().alias("primary_email"),
        pl.col("phone").list.first().alias("primary_phone"), "account_id", "account_name", "lifecycle_stage", "owner",
        *COUNTS, "last_activity_at", "sources", "records", _payload(),
    )  # fmt: skip


def account_360(frames: Frames) -> pl.DataFrame:
    """Client-360 of each account, sorted by canonical id; see `contact_360`. Its relations are contacts;
    one more section is its hierarchy.
    """
    relations = _contacts_of(frames)
    clients = _clients(frames, "account").join(relations, on="canonical_id", how="left")
    silent = complete.nothing_received(clients, frames["contact_records"])
    clients = clients.join(hierarchy.section(clients, frames["account_hierarchy"]), on="canonical_id")
    made = _with_facts(frames, "account", clients, {"relations": [silent]})
    return made.select(
        "canonical_id", "display_name", pl.col("domain").list.first().alias("primary_domain"),
        pl.col("phone").list.first().alias("primary_phone"), "industry", "owner",
        pl.col("contact_count").fill_null(0), *COUNTS, "last_activity_at", "sources", "records",
        _payload("hierarchy"),
    )  # fmt: skip


def _ids(frames: Frames, entity: Entity) -> pl.DataFrame:
    return frames["crosswalk"].filter(pl.col("entity") == entity).select("key", id="canonical_id")


def _clients(frames: Frames, entity: Entity) -> pl.DataFrame:
    """Golden rows with `profile`, their sources and their anchor."""
    golden = frames[entity]
    profile = sorted(set(golden.columns) - {"canonical_id"})
    return golden.with_columns(pl.struct(profile).alias("profile")).join(
        sources(frames["crosswalk"], entity), on="canonical_id", how="left"
    )


def _accounts_of(frames: Frames) -> pl.DataFrame:
    """`relations` of each contact, the primary one first; `account_id` and `account_name` of that."""
    names = _clients(frames, "account").select("anchor", account_id="canonical_id", account_name="display_name")
    relations = frames["contact_account"].join(names, on="account_id").rename({"contact_id": "canonical_id"})
    ordered = _dated(relations.sort("primary", "role", "said_at", "anchor", descending=[True, False, True, False]))
    fields = ["account_id", "account_name", "primary", "records", "role", "since", "title", "until"]
    first = ordered.filter("primary").select("canonical_id", "account_id", "account_name")
    return listed(ordered, "relations", fields).join(first, on="canonical_id", how="left")


def _contacts_of(frames: Frames) -> pl.DataFrame:
    """`relations` of each account: the latest, those first whose primary account it is; `contact_count` of those that
    are current.
    """
    names = _clients(frames, "contact").select(
        "anchor", contact_id="canonical_id", name="display_name", email=pl.col("email").list.first()
    )
    relations = frames["contact_account"].join(names, on="contact_id").rename({"account_id": "canonical_id"})
    ordered = _dated(relations.sort("primary", "role", "said_at", "anchor", descending=[True, False, True, False]))
    fields = ["contact_id", "email", "name", "primary", "records", "role", "since", "title", "until"]
    current = (pl.col("role") == "current").sum().cast(pl.Int64)
    counts = relations.group_by("canonical_id").agg(contact_count=current)
    return listed(ordered, "relations", fields, LISTED).join(counts, on="canonical_id")


def _dated(relations: pl.DataFrame) -> pl.DataFrame:
    return relations.with_columns(instant_text("since"), instant_text("until"))


def _with_facts(
    frames: Frames, entity: Entity, clients: pl.DataFrame, reasons: dict[str, list[pl.DataFrame]]
) -> pl.DataFrame:
    """Clients with pipeline, engagement, timeline and completeness."""
    deals, touches = (facts_of(entity, frames[name], frames["contact_account"]) for name in ("opportunity", "activity"))
    silent = [complete.nothing_received(clients, frames[name]) for name in ("opportunity", "activity")]
    reasons = {
        **reasons,
        "pipeline": [silent[0], complete.unknown_in_deals(deals)],
        "engagement": [silent[1], complete.unknown_in_touches(touches)],
    }
    for section in (pipeline(deals), engagement(touches), complete.completeness(clients, reasons)):
        clients = clients.join(section, on="canonical_id", how="left")
    counted = filled(clients).with_columns(pl.col(COUNTS).fill_null(0)).with_columns(count="activity_count")
    return counted.with_columns(pl.struct(fields).alias(name) for name, fields in OBJECTS.items()).sort("canonical_id")


def _payload(*more: str) -> pl.Expr:
    names = sorted((*SECTIONS, *more))
    named = [pl.col("source_section").alias("sources") if name == "sources" else pl.col(name) for name in names]
    return pl.struct(named).struct.json_encode().alias("payload")
