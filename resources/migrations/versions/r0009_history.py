"""What was visible once, and the feed of which clients changed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEYS = {
    "crosswalk": "key",
    "contact": "canonical_id",
    "account": "canonical_id",
    "contact_account": "contact_id, account_id",
    "opportunity": "key",
    "activity": "key",
    "contact_360": "canonical_id",
    "account_360": "canonical_id",
    "account_hierarchy": "account_id",
    "owner": "owner",
    "deleted_record": "key",
    "source_expectation": "source, entity",
}


def upgrade() -> None:
    """To this revision; the history begins here."""
    op.create_table(
        "change",
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("canonical_id", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("fields", sa.ARRAY(sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["version"], ["publication.version"], name=op.f("fk_change_version")),
        sa.PrimaryKeyConstraint("version", "canonical_id", name=op.f("pk_change")),
    )
    op.create_table(
        "history_begin",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_history_begin")),
    )
    op.execute("insert into history_begin select coalesce(max(version), 1) from publication")
    for name, key in KEYS.items():
        op.execute(f"create table {name}_history (like {name})")
        op.add_column(f"{name}_history", sa.Column("ended", sa.BigInteger(), nullable=False))
        op.create_index(f"ix_{name}_history_{key.split(',')[0]}", f"{name}_history", key.split(", "))
        op.create_index(f"ix_{name}_history_ended", f"{name}_history", ["ended"])
    for name in ("contact_360", "account_360"):
        op.execute(f"alter table {name}_history alter column payload set storage external")
    op.create_index("ix_crosswalk_history_canonical_id", "crosswalk_history", ["canonical_id"])


def downgrade() -> None:
    """Back to the revision before."""
    for name in KEYS:
        op.drop_table(f"{name}_history")
    op.drop_table("history_begin")
    op.drop_table("change")
