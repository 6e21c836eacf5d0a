"""Column lineage names columns that exist, and all that a golden field may come from."""

from __future__ import annotations

import yaml

from assets.lineage import KEY, golden_lineage
from identity import contracts
from identity.fields import RESOLVED
from identity.frames import OVERRIDES, record_schema
from identity.survivorship_rules import parse
from resources.tables import Base


def sources(roles: list[str]) -> dict[str, dict[str, set[str]]]:
    """By entity and column: `asset.column` of everything that it comes from."""
    said = yaml.safe_load(contracts.shipped("survivorship"))
    said["contact"]["units"]["address"]["roles"] = roles
    found = golden_lineage(parse(said))
    return {
        entity: {
            column: {f"{dep.asset_key.to_user_string()}.{dep.column_name}" for dep in deps}
            for column, deps in found[entity][KEY].deps_by_column.items()
        }
        for entity in RESOLVED
    }


def test_every_golden_column_comes_from_columns_that_exist() -> None:
    for entity, columns in sources(["main", "billing"]).items():
        assert set(columns) == set(Base.metadata.tables[entity].columns.keys()) - {"version"}
        known = {f"{e}_records.{name}" for e in RESOLVED for name in record_schema(e)}
        known |= {f"overrides.{name}" for name in OVERRIDES} | {"crosswalk.canonical_id", "crosswalk.key"}
        assert {source for deps in columns.values() for source in deps} <= known


def test_attributes_are_named_where_the_contract_has_roles() -> None:
    plain, roles = sources(["main"])["contact"], sources(["billing", "main"])["contact"]
    assert plain["city"] == {"contact_records.city", "overrides.value"}
    assert roles["city"] == {"contact_records.city", "overrides.value", "contact_records.attributes"}
    assert roles["title"] == {"contact_records.title", "overrides.value"}
    assert plain["display_name"] == {
        *(f"contact_records.{name}" for name in ("full_name", "first_name", "last_name", "email", "phone")),
        "overrides.value",
    }
