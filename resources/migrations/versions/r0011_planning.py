"""What planning remembers: how far it has looked, what budgets left out, which jobs ended since; and who made what."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

VIEWS = "artefact_evidence, oracle_contact, oracle_account, contact_client, account_client"
CLIENTS = ("contact_360", "account_360")


def upgrade() -> None:
    """To this revision. The first planning looks at every client."""
    op.add_column("enrichment_job", sa.Column("unseen", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column("enrichment_job", "unseen", server_default=None)
    op.create_index("ix_enrichment_job_unseen", "enrichment_job", ["job"], postgresql_where=sa.text("unseen"))
    op.drop_index("ix_enrichment_job_state", table_name="enrichment_job")
    op.create_index("ix_enrichment_job_state", "enrichment_job", ["state", "template", "entity"])
    op.create_table(
        "enrichment_want",
        sa.Column("canonical_id", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("worth", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("canonical_id", "template", name=op.f("pk_enrichment_want")),
    )
    op.create_index(
        "ix_enrichment_want_worth", "enrichment_want", ["template", "entity", sa.text("worth desc"), "canonical_id"]
    )
    op.create_table(
        "enrichment_look",
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("way", name=op.f("pk_enrichment_look")),
    )
    op.add_column("enrichment_attempt", sa.Column("worker", sa.Text(), nullable=True))
    op.alter_column("enrichment_artefact", "pixel_sha256", nullable=False)  # all are pictures
    for name in CLIENTS:
        op.create_index(f"ix_{name}_version", name, ["version"])


def downgrade() -> None:
    """Back to the revision before."""
    op.execute(f"drop view if exists {VIEWS} cascade")
    for name in CLIENTS:
        op.execute(f"drop index if exists ix_{name}_version")
    op.alter_column("enrichment_artefact", "pixel_sha256", nullable=True)
    op.drop_column("enrichment_attempt", "worker")
    op.drop_table("enrichment_look")
    op.drop_table("enrichment_want")
    op.drop_index("ix_enrichment_job_state", table_name="enrichment_job")
    op.create_index("ix_enrichment_job_state", "enrichment_job", ["state"])
    op.drop_index("ix_enrichment_job_unseen", table_name="enrichment_job")
    op.drop_column("enrichment_job", "unseen")
