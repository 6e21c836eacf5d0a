"""What must hold of a whole evaluation before it may be published: pure checks on its frames.

Not here: contracts of single rows (`quality_checks.contracts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from identity.fields import RESOLVED


@dataclass(frozen=True, slots=True)
class Finding:
    """Outcome of a check on an asset; `facts` are counts, never values."""

    asset: str
    check: str
    ok: bool
    facts: dict[str, int]


CLUSTER_CHECKS = {"every_record_in_one_cluster": "Every current record is in exactly one cluster."}
CROSSWALK_CHECKS = {
    "every_record_has_one_id": "Every current record of a resolved entity has exactly one canonical id."
}
CANONICAL_CHECKS = {"no_orphan_relations": "Both ends of every relation exist, and so does every bound reference."}
CLIENT_360_CHECKS = {"equals_canonical": "There is one client-360 for each canonical row, and none else."}


def clusters(frames: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """Each entity's clusters hold each current record once."""
    found = []
    for entity in RESOLVED:
        keys, members = frames[f"{entity}_records"]["key"], frames[f"{entity}_clusters"]["key"]
        missing, twice = len(set(keys) ^ set(members)), members.len() - members.n_unique()
        facts = {"missing_or_foreign": missing, "more_than_once": twice}
        found.append(_finding(f"{entity}_clusters", "every_record_in_one_cluster", facts))
    return found


def crosswalk(frames: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """The crosswalk holds each current record of a resolved entity once."""
    walk = frames["crosswalk"]["key"]
    keys = pl.concat([frames[f"{entity}_records"]["key"] for entity in RESOLVED])
    facts = {"missing_or_foreign": len(set(keys) ^ set(walk)), "more_than_once": walk.len() - walk.n_unique()}
    return [_finding("crosswalk", "every_record_has_one_id", facts)]


def canonical(frames: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """Relations and references point to canonical rows that exist."""
    contacts, accounts = (set(frames[entity]["canonical_id"]) for entity in RESOLVED)
    relations = frames["contact_account"]
    facts = {
        "contact": len(set(relations["contact_id"]) - contacts),
        "account": len(set(relations["account_id"]) - accounts),
    }
    found = [_finding("contact_account", "no_orphan_relations", facts)]
    for name in ("opportunity", "activity"):
        bound = set(frames[name]["contact_ids"].explode(empty_as_null=True).drop_nulls())
        facts = {
            "contact": len(bound - contacts),
            "account": len(set(frames[name]["account_id"].drop_nulls()) - accounts),
        }
        found.append(_finding(name, "no_orphan_relations", facts))
    return found


def client_360(frames: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """Client-360 and canonical rows are the same set."""
    pairs = [(f"{entity}_360", entity) for entity in RESOLVED]
    return [
        _finding(
            made,
            "equals_canonical",
            {"differing": len(set(frames[made]["canonical_id"]) ^ set(frames[of]["canonical_id"]))},
        )
        for made, of in pairs
    ]


def _finding(asset: str, check: str, facts: dict[str, int]) -> Finding:
    return Finding(asset, check, not any(facts.values()), facts)
