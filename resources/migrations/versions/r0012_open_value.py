"""What open deals amount to, to nine places as every amount."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("contact_360", "account_360")
VIEWS = "artefact_evidence, oracle_contact, oracle_account, contact_client, account_client"


def upgrade() -> None:
    """To this revision."""
    for table in TABLES:
        for name in (table, f"{table}_history"):
            op.execute(f"alter table {name} alter column open_value type numeric(38, 9)")


def downgrade() -> None:
    """Back to the revision before; what stands here reads there."""
    op.execute(f"drop view if exists {VIEWS}")
    for table in TABLES:
        for name in (table, f"{table}_history"):
            op.execute(f"alter table {name} alter column open_value type numeric")
