"""What must hold of canonical rows before they may be published: counted once more from the current records.

Not here: client-360 (`quality_checks.client_360`).
"""

from __future__ import annotations

import polars as pl

from identity.accounts import account_keys
from identity.fields import ENTITIES, RESOLVED
from identity.sections import MONEY
from quality_checks.consistency import Finding, Frames, differing, finding, hashed, lacking, repeated, unlike

GOLDEN = {"recounted": "There is one row for each id that a record has, and it counts the records of that id."}
BOUND = {
    "no_orphan_relations": "Every canonical row that it names exists.",
    "every_record_once": "There is one row for each current record.",
}
CHECKS: dict[str, dict[str, str]] = {
    "contact": GOLDEN,
    "account": GOLDEN,
    "contact_account": {
        "no_orphan_relations": "Both ends of every relation exist.",
        "recounted": "Current relations are what the current records say, record by record.",
        "one_primary": "Of the current relations of a contact one is the primary one, and no former one is.",
    },
    "account_hierarchy": {
        "no_orphan_relations": "Every account that it names exists, and every parent stands in it.",
        "no_circles": "Each account is one below its parent and has the same root; a root is its own.",
        "recounted": "Children and descendants are as many as say so themselves.",
    },
    "opportunity": {**BOUND, "amounts_conserved": "Amounts by source and currency add up to those of the records."},
    "activity": BOUND,
    "owner": {"recounted": "What each owner has is what the canonical rows say."},
}


def canonical(frames: Frames) -> list[Finding]:
    """All of CHECKS, on current records, crosswalk and canonical rows."""
    return [
        *(_golden(frames, entity) for entity in RESOLVED),
        *_relations(frames),
        *_hierarchy(frames),
        *_deals(frames),
        *_bound(frames, "activity"),
        _owners(frames),
    ]


def _golden(frames: Frames, entity: str) -> Finding:
    walk = hashed(frames["crosswalk"].filter(pl.col("entity") == entity).select("canonical_id"))
    counted = walk.group_by("canonical_id").agg(records=pl.len().cast(pl.Int64))
    made = hashed(frames[entity].select("canonical_id", "records"))
    return finding(entity, "recounted", {"rows": unlike(counted, made, ["canonical_id"])})


def _relations(frames: Frames) -> list[Finding]:
    made = frames["contact_account"]
    orphans: dict[str, int] = {
        entity: lacking(made[f"{entity}_id"], frames[entity]["canonical_id"]) for entity in RESOLVED
    }
    current = made.filter(pl.col("role") == "current")
    names = hashed(frames["crosswalk"].select("key", "canonical_id"))
    said = hashed(account_keys(frames["contact_records"])).join(names.rename({"canonical_id": "contact_id"}), on="key")
    bound = said.join(names.select(account_key="key", account_id="canonical_id"), on="account_key")
    pair = ["contact_id", "account_id"]
    counted = bound.group_by(pair).agg(records=pl.len().cast(pl.Int64))
    told = hashed(current.select(*pair, "records"))
    primary = made.filter("primary")
    facts = {
        "contacts": differing(primary["contact_id"], current["contact_id"]),
        "twice": repeated(primary["contact_id"]),
        "former": primary.filter(pl.col("role") != "current").height,
    }
    return [
        finding("contact_account", "no_orphan_relations", orphans),
        finding("contact_account", "recounted", {"relations": unlike(counted, told, pair)}),
        finding("contact_account", "one_primary", facts),
    ]


def _hierarchy(frames: Frames) -> list[Finding]:
    """Depths that grow by one from parent to child leave no room for a circle."""
    made = frames["account_hierarchy"]
    known = frames["account"]["canonical_id"]
    above = made.select(parent_id="account_id", above="depth", top="root_id")
    child = made.drop_nulls("parent_id").join(above, on="parent_id")
    roots = made.filter(pl.col("parent_id").is_null())
    orphans = {
        "accounts": lacking(pl.concat([made[f"{name}_id"] for name in ("account", "parent", "root")]), known),
        "parents": lacking(made["parent_id"], made["account_id"]),
    }
    circles = {
        "depths": child.filter(pl.col("depth") != pl.col("above") + 1).height,
        "roots": child.filter(pl.col("root_id") != pl.col("top")).height,
        "own": roots.filter((pl.col("depth") != 0) | (pl.col("root_id") != pl.col("account_id"))).height,
    }
    children = _tally(made["parent_id"].drop_nulls(), "account_id", "children")
    members = _tally(made["root_id"], "account_id", "descendants").with_columns(pl.col("descendants") - 1)
    had = made.filter(pl.col("children") > 0).select("account_id", "children")
    counts = {
        "children": unlike(children, had, ["account_id"]),
        "descendants": unlike(members, roots.select("account_id", "descendants"), ["account_id"]),
    }
    pairs = (("no_orphan_relations", orphans), ("no_circles", circles), ("recounted", counts))
    return [finding("account_hierarchy", check, facts) for check, facts in pairs]


def _tally(values: pl.Series, value: str, name: str) -> pl.DataFrame:
    return values.alias(value).value_counts(name=name).with_columns(pl.col(name).cast(pl.Int64))


def _deals(frames: Frames) -> list[Finding]:
    group = ["source", "currency"]
    sums = pl.col("amount").cast(MONEY, strict=False).sum()
    said = frames["opportunity_records"].group_by(group).agg(sums, deals=pl.len())
    made = frames["opportunity"].group_by(group).agg(amount=pl.col("amount_number").sum(), deals=pl.len())
    differ = {"sums": unlike(said, made, group)}
    return [*_bound(frames, "opportunity"), finding("opportunity", "amounts_conserved", differ)]


def _bound(frames: Frames, name: str) -> list[Finding]:
    made, keys = frames[name], frames[f"{name}_records"]["key"]
    contacts = made["contact_ids"].drop_nulls().explode(empty_as_null=True)
    orphans = {
        "contact": lacking(contacts, frames["contact"]["canonical_id"]),
        "account": lacking(made["account_id"], frames["account"]["canonical_id"]),
    }
    rows = {"missing_or_foreign": differing(keys, made["key"]), "more_than_once": repeated(made["key"])}
    return [finding(name, "no_orphan_relations", orphans), finding(name, "every_record_once", rows)]


def _owners(frames: Frames) -> Finding:
    """Both as one row for each owner and thing that is owned."""
    rows = {"contacts": "contact", "accounts": "account", "opportunities": "opportunity", "activities": "activity"}
    owned = [frames[name].select("owner", what=pl.lit(what)) for what, name in rows.items()]
    deals = frames["opportunity"].filter(pl.col("status") == "open").select("owner", what=pl.lit("open_deals"))
    counted = pl.concat([*owned, deals]).drop_nulls("owner").group_by("owner", "what").agg(count=pl.len())
    made = frames["owner"].unpivot([*rows, "open_deals"], index="owner", variable_name="what", value_name="count")
    said = pl.concat([frames[f"{entity}_records"]["owner"].unique() for entity in ENTITIES])
    facts = {
        "counts": unlike(counted.cast({"count": pl.Int64}), made.filter(pl.col("count") > 0), ["owner", "what"]),
        "owners": differing(pl.concat([said, counted["owner"]]), frames["owner"]["owner"]),
    }
    return finding("owner", "recounted", facts)
