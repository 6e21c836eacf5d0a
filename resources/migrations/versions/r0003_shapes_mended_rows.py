"""Lines that are no rows are counted with the rows; the shape of exports; which rows mend which."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.alter_column("batch", "skipped", nullable=True)
    op.add_column("batch", sa.Column("fill", postgresql.JSONB(), nullable=True))
    op.create_table(
        "mended",
        sa.Column("by_batch", sa.Text(), nullable=False),
        sa.Column("by_line", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by_batch"], ["batch.batch"], name=op.f("fk_mended_by_batch")),
        sa.PrimaryKeyConstraint("by_batch", "by_line", name=op.f("pk_mended")),
    )
    op.create_index(op.f("ix_mended_batch"), "mended", ["batch"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index(op.f("ix_mended_batch"), table_name="mended")
    op.drop_table("mended")
    op.drop_column("batch", "fill")
    op.execute("update batch set skipped = 0 where skipped is null")
    op.alter_column("batch", "skipped", nullable=False)
