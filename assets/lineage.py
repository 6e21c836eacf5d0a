"""Which column comes from which: column lineage, as metadata that Dagster keeps with each materialisation.

A column of a stage comes from the column of its name in the stage's main input, unless `FROM` says otherwise. A golden
field comes from the records, from what people set, and where the contract names roles, from attributes; scores come
from what the signals of the contract in force ask for.

Not here: which value of several survives (`identity.survivorship`).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import dagster as dg

from identity.fields import ENTITIES, FIELDS, RESOLVED, Entity
from identity.mapping import Mapping as FileMapping
from identity.signals import Amount, Condition, Count, Fields, Signal
from identity.survivorship import DISPLAY
from identity.survivorship_rules import Rules
from resources.tables import Base

KEY = "dagster/column_lineage"
MAIN = {
    "opportunity": "opportunity_records",
    "activity": "activity_records",
    "contact_360": "contact",
    "account_360": "account",
}
NAMED = ["contact_clusters.cluster", "account_clusters.cluster"]
DEALS, TOUCHES = ["opportunity.status"], ["activity.at"]
NAMES, PARENTS = ["crosswalk.canonical_id"], ["account_claims.target"]
CLAIMING = {"contact": ["contact_claims.key"], "account": ["account_claims.key"]}
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
    "deleted_record": {
        "canonical_id": ["record_home.home", "canonical_id.to"],
        **{n: [f"deletions.{n}"] for n in ("key", "entity", "source", "source_id", "since", "how", "batch", "line")},
    },
    "contact_account": {
        "contact_id": ["crosswalk.canonical_id"],
        "account_id": ["crosswalk.canonical_id"],
        "role": ["contact_claims.until"],
        "title": ["contact_claims.title"],
        **{name: [f"contact_claims.{name}"] for name in ("since", "said_at", "until")},
        "primary": ["contact_claims.said_at"],
        **dict.fromkeys(("records", "evidence"), CLAIMING["contact"]),
    },
    "account_hierarchy": {
        **dict.fromkeys(("account_id", "parent_id", "root_id"), NAMES),
        **dict.fromkeys(("depth", "children", "descendants", "parents", "cut"), PARENTS),
        "since": ["account_claims.since"],
        **dict.fromkeys(("records", "evidence"), CLAIMING["account"]),
    },
    "owner": {
        "owner": [f"{entity}_records.owner" for entity in ENTITIES],
        "sources": [f"{entity}_records.source" for entity in ENTITIES],
        "contacts": ["contact.owner"],
        "accounts": ["account.owner"],
        "opportunities": ["opportunity.owner"],
        "open_deals": ["opportunity.owner", "opportunity.status"],
        "activities": ["activity.owner"],
    },
    "opportunity": {
        **dict.fromkeys(("account_id", "contact_ids"), NAMES),
        "amount_number": ["opportunity_records.amount"],
    },
    "activity": {**dict.fromkeys(("account_id", "contact_ids"), NAMES), "happened_at": ["activity_records.at"]},
    "contact_360": {
        "sort_name": ["contact.display_name"],
        "domain": ["contact.company_domain", "account.domain"],
        "industry": ["account.industry"],
        "open_value": OPEN,
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
        "complete": ["crosswalk.source", *DEALS, *TOUCHES],
        "primary_domain": ["account.domain"],
        "primary_phone": ["account.phone"],
        "contact_count": ["contact_account.contact_id"],
        "sources": ["crosswalk.source"],
        **dict.fromkeys(("open_count", "won_count", "lost_count"), DEALS),
        **dict.fromkeys(("activity_count", "last_activity_at"), TOUCHES),
    },
}


def column_lineage(
    stage: str, columns: Iterable[str], by_contract: Mapping[str, list[str]] = MappingProxyType({})
) -> dict[str, dg.TableColumnLineage]:
    """Metadata of a set-wise stage's output; empty where nothing is known of it."""
    known, main = {**FROM.get(stage, {}), **by_contract}, MAIN.get(stage)
    sources = {c: known.get(c, [f"{main}.{c}"] if main else []) for c in columns if c != "payload"}
    return _metadata({column: names for column, names in sources.items() if names})


def scored_lineage(rules: dict[Entity, tuple[Signal, ...]]) -> dict[str, dict[str, dg.TableColumnLineage]]:
    """Metadata of the client-360 under a contract of signals, by table."""
    names = {entity: f"{entity}_360" for entity in RESOLVED}
    columns = {
        name: [c.name for c in Base.metadata.tables[name].columns if c.name != "version"] for name in names.values()
    }
    return {name: column_lineage(name, columns[name], _scores(e, rules[e])) for e, name in names.items()}


def _scores(entity: Entity, rules: Iterable[Signal]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {"fit_score": [], "intent": []}
    for signal in rules:
        made["fit_score" if signal.kind == "fit" else "intent"] += _asked(entity, signal.condition)
    return {column: list(dict.fromkeys(names)) for column, names in made.items()}


def _asked(entity: Entity, condition: Condition) -> list[str]:
    """What a signal looks at."""
    if isinstance(condition, Fields):
        return [f"{entity}.{name}" for name in condition.names]
    if isinstance(condition, Amount):
        return OPEN
    if isinstance(condition, Count):
        facts = {
            "touches": ["activity.key"],
            "records": [f"{entity}_records.key"],
            "contacts": ["contact_account.contact_id", "contact_account.role"],
        }
        return facts.get(condition.facts, DEALS)
    return [*TOUCHES, *(["activity.kind"] if condition.kinds else [])]


def golden_lineage(rules: dict[Entity, Rules]) -> dict[str, dict[str, dg.TableColumnLineage]]:
    """Metadata of golden rows under a contract, by entity."""
    return {entity: _metadata(_golden(entity, rules[entity])) for entity in RESOLVED}


def _golden(entity: Entity, rules: Rules) -> dict[str, list[str]]:
    records = f"{entity}_records"
    golden = {f.name: [f"{records}.{f.name}", "overrides.value"] for f in FIELDS[entity] if f.ref is None}
    for unit in rules.units:
        for field in unit.fields:
            golden[field] += [f"{records}.attributes"] if len(unit.roles) > 1 else []
    called = dict.fromkeys(name for one in DISPLAY[entity] for name in one.meta.root_names())
    named = {"canonical_id": ["crosswalk.canonical_id"], "records": ["crosswalk.key"]}
    return {
        **golden,
        **named,
        "display_name": list(dict.fromkeys(source for field in called for source in golden[field])),
    }


def mapped_lineage(mapping: FileMapping) -> dict[str, dg.TableColumnLineage]:
    """Metadata of the accepted rows of a batch: each field and the columns of the file that feed it."""
    return _metadata({f.name: [f"rows.{column}" for column in mapping.feeding(f.name)] for f in mapping.fields()})


def _metadata(sources: dict[str, list[str]]) -> dict[str, dg.TableColumnLineage]:
    deps = {column: [_dep(name) for name in names] for column, names in sources.items()}
    return {KEY: dg.TableColumnLineage(deps)} if deps else {}


def _dep(name: str) -> dg.TableColumnDep:
    asset, _, column = name.partition(".")
    return dg.TableColumnDep(asset_key=dg.AssetKey(asset), column_name=column)
