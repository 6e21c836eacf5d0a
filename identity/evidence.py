"""What of a record a person looks at who says whether two records are one: if it changes, that word wants a new look.

Not here: the judgements (`identity.judgements`).
"""

from __future__ import annotations

import polars as pl

from identity.fields import FIELDS, Entity
from identity.records import content_hash

NO_EVIDENCE = ("owner", "lifecycle_stage", "title", "source_created_at", "updated_at", "industry", "employee_count",
               "annual_revenue", "account_source_id", "parent_source_id")  # fmt: skip


def shown(records: pl.DataFrame, entity: Entity) -> dict[str, str]:
    """A hash (16 hex digits) of the identifying fields of each of these records, by key."""
    names = [f.name for f in FIELDS[entity] if f.name not in NO_EVIDENCE]
    hashed = records.select("key", shown=content_hash(names).str.head(16))
    return dict(hashed.iter_rows())
