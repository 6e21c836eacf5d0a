"""Which column comes from which: column lineage, as metadata that Dagster keeps with each materialisation.

A column of a stage comes from the column of its name in the stage's main input, unless `FROM` says otherwise.

Not here: which value of several survives (`identity.survivorship`).
"""

from collections.abc import Iterable

import dagster as dg

from identity.mapping import Mapping

KEY = "dagster/column_lineage"
MAIN = {
    "contact": "contact_records",
    "account": "account_records",
    "opportunity": "opportunity_records",
    "activity": "activity_records",
    "contact_360": "contact",
    "account_360": "account",
}
NAMED = ["contact_clusters.cluster", "account_clusters.cluster"]
DEALS, TOUCHES = ["opportunity.status"], ["activity.at"]
OPEN = ["opportunity.amount", "opportunity.currency", *DEALS]
FROM: dict[str, dict[str, list[str]]] = {
    "source_expectation": {"source": ["cut.source"]},
    "crosswalk": {
        "canonical_id": NAMED,
        "key": ["contact_records.key", "account_records.key"],
        "source": ["contact_records.source", "account_records.source"],
        "source_id": ["contact_records.source_id", "account_records.source_id"],
        "batch": ["contact_records.batch", "account_records.batch"],
        "line": ["contact_records.line", "account_records.line"],
    },
    "contact": {"canonical_id": ["crosswalk.canonical_id"], "records": ["crosswalk.key"]},
    "account": {"canonical_id": ["crosswalk.canonical_id"], "records": ["crosswalk.key"]},
    "contact_account": {
        "contact_id": ["crosswalk.canonical_id"],
        "account_id": ["crosswalk.canonical_id"],
        "title": ["contact_records.title"],
        "since": ["contact_records.version_at"],
        "until": ["contact_records.version_at"],
        "records": ["contact_records.key"],
    },
    "opportunity": {"account_id": ["crosswalk.canonical_id"], "contact_ids": ["crosswalk.canonical_id"]},
    "activity": {"account_id": ["crosswalk.canonical_id"], "contact_ids": ["crosswalk.canonical_id"]},
    "contact_360": {
        "sort_name": ["contact.display_name"],
        "domain": ["contact.company_domain", "account.domain"],
        "industry": ["account.industry"],
        "open_value": OPEN,
        "fit_score": ["contact.title", *DEALS],
        "intent": [*DEALS, *TOUCHES],
        "complete": ["crosswalk.source", *DEALS, *TOUCHES],
        "primary_email": ["contact.email"],
        "primary_phone": ["contact.phone"],
        "account_id": ["contact_account.account_id"],
        "account_name": ["account.display_name"],
        "sources": ["crosswalk.source"],
        **dict.fromkeys(("open_count", "won_count", "lost_count"), DEALS),
        **dict.fromkeys(("activity_count", "last_activity_at"), TOUCHES),
    },
    "account_360": {
        "sort_name": ["account.display_name"],
        "open_value": OPEN,
        "fit_score": ["account.domain", *DEALS],
        "intent": [*DEALS, *TOUCHES],
        "complete": ["crosswalk.source", *DEALS, *TOUCHES],
        "primary_domain": ["account.domain"],
        "primary_phone": ["account.phone"],
        "contact_count": ["contact_account.contact_id"],
        "sources": ["crosswalk.source"],
        **dict.fromkeys(("open_count", "won_count", "lost_count"), DEALS),
        **dict.fromkeys(("activity_count", "last_activity_at"), TOUCHES),
    },
}


def column_lineage(stage: str, columns: Iterable[str]) -> dict[str, dg.TableColumnLineage]:
    """Metadata of a set-wise stage's output; empty where nothing is known of it."""
    known, main = FROM.get(stage, {}), MAIN.get(stage)
    sources = {c: known.get(c) or ([f"{main}.{c}"] if main else []) for c in columns if c != "payload"}
    return _metadata({column: names for column, names in sources.items() if names})


def mapped_lineage(mapping: Mapping) -> dict[str, dg.TableColumnLineage]:
    """Metadata of the accepted rows of a batch: each field and the columns of the file that feed it."""
    return _metadata({f.name: [f"rows.{column}" for column in mapping.feeding(f.name)] for f in mapping.fields()})


def _metadata(sources: dict[str, list[str]]) -> dict[str, dg.TableColumnLineage]:
    deps = {column: [_dep(name) for name in names] for column, names in sources.items()}
    return {KEY: dg.TableColumnLineage(deps)} if deps else {}


def _dep(name: str) -> dg.TableColumnDep:
    asset, _, column = name.partition(".")
    return dg.TableColumnDep(asset_key=dg.AssetKey(asset), column_name=column)
