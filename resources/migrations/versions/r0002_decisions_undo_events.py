"""What decisions, snapshots and undo need: marks of batches, and the feed of what happened to ids."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; no earlier batch was a snapshot or of a source that holds nobody twice."""
    for name in ("snapshot", "deduplicated"):
        op.add_column("batch", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
        op.alter_column("batch", name, server_default=None)
    op.add_column("batch", sa.Column("withdrawn", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_batch_withdrawn"), "batch", "log", ["withdrawn"], ["seq"])
    op.create_table(
        "id_event",
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["version"], ["publication.version"], name=op.f("fk_id_event_version")),
        sa.PrimaryKeyConstraint("version", "number", name=op.f("pk_id_event")),
    )
    op.create_index(op.f("ix_id_event_id"), "id_event", ["id"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index(op.f("ix_id_event_id"), table_name="id_event")
    op.drop_table("id_event")
    op.drop_constraint(op.f("fk_batch_withdrawn"), "batch")
    for name in ("withdrawn", "deduplicated", "snapshot"):
        op.drop_column("batch", name)
