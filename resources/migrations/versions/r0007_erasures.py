"""Erased rows are counted; a payload may be what an erasure left of it; ids may be erased."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("batch", sa.Column("erased", sa.BigInteger(), nullable=True))
    op.execute("update batch set erased = 0 where accepted is not null")
    op.create_index(op.f("ix_log_kind"), "log", ["kind"])
    op.add_column("log_payload", sa.Column("restated", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_log_payload_restated"), "log_payload", "log", ["restated"], ["seq"])


def downgrade() -> None:
    """Back to the revision before; payloads that an erasure has restated stay as they are."""
    op.drop_constraint(op.f("fk_log_payload_restated"), "log_payload")
    op.drop_column("log_payload", "restated")
    op.drop_index(op.f("ix_log_kind"), table_name="log")
    op.drop_column("batch", "erased")
