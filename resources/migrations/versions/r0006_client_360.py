"""What lists of clients filter and sort by, what is expected of sources, and the indexes for both.

The next publication writes every client anew, since all of them have more columns. The views are no part of migrations:
`resources.migrations.upgrade` makes them after the last one.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None

BOTH: dict[
    str, tuple[Any, Any]
] = {  # column: its type, and for one that is never null what rows have that are there already
    "sort_name": (sa.Text(collation="C"), "~"),
    "country": (sa.Text(), None),
    "city": (sa.Text(), None),
    "open_value": (sa.Numeric(), "0"),
    "fit_score": (sa.BigInteger(), "0"),
    "intent": (sa.JSON(), None),
    "complete": (sa.Boolean(), sa.false()),
}
ADDED = {
    "contact_360": {**BOTH, **dict.fromkeys(("domain", "industry", "title"), (sa.Text(), None))},
    "account_360": BOTH,
}
ORDERS = {
    "fit_score": None,
    "last_activity_at": "last_activity_at is not null",
    "open_value": "open_value > 0",
}
FILTERS = {"contact_360": ("owner", "lifecycle_stage"), "account_360": ("owner",)}
REPLACED = (
    ("contact", "display_name"), ("account", "display_name"), ("contact_360", "display_name"),
    ("account_360", "display_name"), ("contact_360", "last_activity_at"), ("account_360", "last_activity_at"),
    ("contact_360", "owner"), ("account_360", "owner"),
)  # fmt: skip
BATCHES = {
    "ix_batch_shown": (["source", "entity", "received_at", "seq"], "published is not null and withdrawn is null"),
    "ix_batch_waiting": (["source", "entity"], "published is null and withdrawn is null"),
}
VIEWS = "oracle_contact, oracle_account, oracle_version, contact_client, account_client, source_status"


def upgrade() -> None:
    """To this revision."""
    for table, column in REPLACED:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    for table in ADDED:
        _add(table)
        # A long payload stands beside its row, as it is: compressing a million costs more than writing them, and lists
        # that do not ask for it read small rows.
        op.execute(f"alter table {table} alter column payload set storage external")
        for name, (columns, where) in _indexes(table).items():
            op.create_index(name, table, columns, postgresql_where=sa.text(where) if where else None)
    op.create_index("ix_contact_360_sources", "contact_360", ["sources"], postgresql_using="gin")
    for name, (keys, where) in BATCHES.items():
        op.create_index(name, "batch", keys, postgresql_where=sa.text(where))
    op.create_table(
        "source_expectation",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("cadence_days", sa.BigInteger(), nullable=True),
        sa.Column("rejected_share", sa.Double(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "entity", name=op.f("pk_source_expectation")),
    )
    # What the last run left of these lacks the new columns; without it the tables themselves are compared with.
    op.execute("delete from frame where asset in ('contact_360', 'account_360') and run <> ''")


def _indexes(table: str) -> dict[str, tuple[list[str], str | None]]:
    """Each index of lists: its columns, and which rows it holds."""
    found: dict[str, tuple[list[str], str | None]] = {
        f"ix_{table}_sort_name": (["sort_name", "canonical_id"], None),
        f"ix_{table}_country": (["country"], None),
    }
    for order, where in ORDERS.items():
        found[f"ix_{table}_{order}"] = ([order, "canonical_id"], where)
        found |= {f"ix_{table}_{f}_{order}": ([f, order, "canonical_id"], where) for f in FILTERS[table]}
    return found


def _add(table: str) -> None:
    for name, (kind, default) in ADDED[table].items():
        op.add_column(table, sa.Column(name, kind, server_default=default, nullable=default is None))
        if default is not None:
            op.alter_column(table, name, server_default=None)


def downgrade() -> None:
    """Back to the revision before."""
    op.execute(f"drop view if exists {VIEWS} cascade")
    op.drop_table("source_expectation")
    for name in BATCHES:
        op.drop_index(name, table_name="batch", if_exists=True)
    op.drop_index("ix_contact_360_sources", table_name="contact_360", if_exists=True)
    for table in ADDED:
        op.execute(f"alter table {table} alter column payload set storage extended")
    for table, columns in ADDED.items():
        for name in _indexes(table):
            op.drop_index(name, table_name=table, if_exists=True)
        for name in columns:
            op.drop_column(table, name)
    for table, column in REPLACED:
        op.create_index(f"ix_{table}_{column}", table, [column])
