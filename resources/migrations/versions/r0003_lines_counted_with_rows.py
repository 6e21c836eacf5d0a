"""Lines that are no rows are counted with the rows, by the run that reads them."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.alter_column("batch", "skipped", nullable=True)


def downgrade() -> None:
    """Back to the revision before."""
    op.execute("update batch set skipped = 0 where skipped is null")
    op.alter_column("batch", "skipped", nullable=False)
