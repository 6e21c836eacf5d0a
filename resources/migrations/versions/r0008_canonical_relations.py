"""Canonical relations: when each holds and what says so, hierarchy of accounts, owners, deleted records."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; what stands in a changed table is written whole by the next publication."""
    op.create_table(
        "deleted_record",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("canonical_id", sa.Text(), nullable=True),
        sa.Column("since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deleted_record")),
    )
    op.create_index(op.f("ix_deleted_record_canonical_id"), "deleted_record", ["canonical_id"])
    _hierarchy()
    _owner()
    op.add_column("contact_account", sa.Column("role", sa.Text(), nullable=True))
    op.add_column("contact_account", sa.Column("said_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("contact_account", sa.Column("evidence", sa.ARRAY(sa.Text()), nullable=True))
    op.execute("update contact_account set role = 'current', said_at = until, until = null, evidence = '{}'")
    for column in ("role", "said_at", "evidence", "since"):
        op.alter_column("contact_account", column, nullable=False)
    op.add_column("opportunity", sa.Column("amount_number", sa.Numeric(38, 9), nullable=True))
    op.add_column("activity", sa.Column("happened_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    for table in ("opportunity", "activity"):
        op.create_index(f"ix_{table}_contact_ids", table, ["contact_ids"], postgresql_using="gin")


def _hierarchy() -> None:
    op.create_table(
        "account_hierarchy",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("root_id", sa.Text(), nullable=False),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.Column("children", sa.BigInteger(), nullable=False),
        sa.Column("descendants", sa.BigInteger(), nullable=False),
        sa.Column("cut", sa.Text(), nullable=True),
        sa.Column("since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("parents", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_hierarchy")),
    )
    op.create_index(op.f("ix_account_hierarchy_parent_id"), "account_hierarchy", ["parent_id"])
    op.create_index(op.f("ix_account_hierarchy_root_id"), "account_hierarchy", ["root_id"])


def _owner() -> None:
    op.create_table(
        "owner",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("contacts", sa.BigInteger(), nullable=False),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.Column("opportunities", sa.BigInteger(), nullable=False),
        sa.Column("open_deals", sa.BigInteger(), nullable=False),
        sa.Column("activities", sa.BigInteger(), nullable=False),
        sa.Column("sources", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_owner")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    for table in ("opportunity", "activity"):
        op.drop_index(f"ix_{table}_contact_ids", table_name=table, if_exists=True)
    op.drop_column("activity", "happened_at")
    op.drop_column("opportunity", "amount_number")
    op.alter_column("contact_account", "since", nullable=True)
    op.execute("delete from contact_account where role = 'former'")
    op.execute("update contact_account set until = said_at")
    for column in ("evidence", "said_at", "role"):
        op.drop_column("contact_account", column)
    op.drop_table("owner")
    op.drop_index(op.f("ix_account_hierarchy_root_id"), table_name="account_hierarchy", if_exists=True)
    op.drop_index(op.f("ix_account_hierarchy_parent_id"), table_name="account_hierarchy", if_exists=True)
    op.drop_table("account_hierarchy")
    op.drop_index(op.f("ix_deleted_record_canonical_id"), table_name="deleted_record", if_exists=True)
    op.drop_table("deleted_record")
