"""A frame may be kept as patches of another."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision. Features were not screened before: they are made again by the next run."""
    op.execute("delete from frame where run <> '' and asset in ('contact_features', 'account_features')")
    op.add_column("frame", sa.Column("below", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))


def downgrade() -> None:
    """Back to the revision before: what is kept as patches is forgotten, and made anew by the next run. Its
    objects go with the next erasure.
    """
    op.execute("delete from frame where below <> '{}'")
    op.drop_column("frame", "below")
