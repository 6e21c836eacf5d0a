"""The log, its folds and the published tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "account",
        sa.Column("canonical_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("domain", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("phone", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("employee_count", sa.Text(), nullable=True),
        sa.Column("annual_revenue", sa.Text(), nullable=True),
        sa.Column("tax_id", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("canonical_id", name=op.f("pk_account")),
    )
    op.create_index(op.f("ix_account_display_name"), "account", ["display_name"])
    op.create_table(
        "account_360",
        sa.Column("canonical_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("primary_domain", sa.Text(), nullable=True),
        sa.Column("primary_phone", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("contact_count", sa.BigInteger(), nullable=False),
        sa.Column("open_count", sa.BigInteger(), nullable=False),
        sa.Column("won_count", sa.BigInteger(), nullable=False),
        sa.Column("lost_count", sa.BigInteger(), nullable=False),
        sa.Column("activity_count", sa.BigInteger(), nullable=False),
        sa.Column("last_activity_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sources", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("canonical_id", name=op.f("pk_account_360")),
    )
    op.create_index(op.f("ix_account_360_display_name"), "account_360", ["display_name"])
    op.create_index(op.f("ix_account_360_last_activity_at"), "account_360", ["last_activity_at"])
    op.create_index(op.f("ix_account_360_owner"), "account_360", ["owner"])
    op.create_index(op.f("ix_account_360_primary_domain"), "account_360", ["primary_domain"])
    op.create_table(
        "activity",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=True),
        sa.Column("contact_ids", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("opportunity_key", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_activity")),
    )
    op.create_index(op.f("ix_activity_account_id"), "activity", ["account_id"])
    op.create_table(
        "canonical_id",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=True),
        sa.Column("minted", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("born_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("born_key", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canonical_id")),
    )
    op.create_table(
        "contact",
        sa.Column("canonical_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("middle_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("full_name", sa.Text(), nullable=True),
        sa.Column("email", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("phone", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("company_name", sa.Text(), nullable=True),
        sa.Column("company_domain", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("date_of_birth", sa.Text(), nullable=True),
        sa.Column("national_id", sa.Text(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("linkedin_url", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lifecycle_stage", sa.Text(), nullable=True),
        sa.Column("source_created_at", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("canonical_id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_display_name"), "contact", ["display_name"])
    op.create_table(
        "contact_360",
        sa.Column("canonical_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("primary_email", sa.Text(), nullable=True),
        sa.Column("primary_phone", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("account_name", sa.Text(), nullable=True),
        sa.Column("lifecycle_stage", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("open_count", sa.BigInteger(), nullable=False),
        sa.Column("won_count", sa.BigInteger(), nullable=False),
        sa.Column("lost_count", sa.BigInteger(), nullable=False),
        sa.Column("activity_count", sa.BigInteger(), nullable=False),
        sa.Column("last_activity_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sources", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("canonical_id", name=op.f("pk_contact_360")),
    )
    op.create_index(op.f("ix_contact_360_account_id"), "contact_360", ["account_id"])
    op.create_index(op.f("ix_contact_360_display_name"), "contact_360", ["display_name"])
    op.create_index(op.f("ix_contact_360_last_activity_at"), "contact_360", ["last_activity_at"])
    op.create_index(op.f("ix_contact_360_owner"), "contact_360", ["owner"])
    op.create_index(op.f("ix_contact_360_primary_email"), "contact_360", ["primary_email"])
    op.create_table(
        "contact_account",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("primary", sa.Boolean(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "account_id", name=op.f("pk_contact_account")),
    )
    op.create_index(op.f("ix_contact_account_account_id"), "contact_account", ["account_id"])
    op.create_table(
        "crosswalk",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("canonical_id", sa.Text(), nullable=False),
        sa.Column("derived", sa.Boolean(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_crosswalk")),
    )
    op.create_index(op.f("ix_crosswalk_batch"), "crosswalk", ["batch"])
    op.create_index(op.f("ix_crosswalk_canonical_id"), "crosswalk", ["canonical_id"])
    op.create_table(
        "enrichment_job",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("canonical_id", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Text(), nullable=False),
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("version_360", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("prompt_id", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("planned_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_enrichment_job")),
    )
    op.create_index(op.f("ix_enrichment_job_canonical_id"), "enrichment_job", ["canonical_id"])
    op.create_index("ix_enrichment_job_state", "enrichment_job", ["state"])
    op.create_table(
        "frame",
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("partition", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("written_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("asset", "partition", "run", name=op.f("pk_frame")),
    )
    op.create_index(op.f("ix_frame_sha256"), "frame", ["sha256"])
    op.create_table(
        "log",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_log")),
    )
    op.create_table(
        "opportunity",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("contact_ids", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("close_date", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_opportunity")),
    )
    op.create_index(op.f("ix_opportunity_account_id"), "opportunity", ["account_id"])
    op.create_table(
        "record_home",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_record_home")),
    )
    op.create_table(
        "enrichment_artefact",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("pixel_sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["enrichment_job.job"], name=op.f("fk_enrichment_artefact_job")),
        sa.ForeignKeyConstraint(["seq"], ["log.seq"], name=op.f("fk_enrichment_artefact_seq")),
        sa.PrimaryKeyConstraint("job", "name", name=op.f("pk_enrichment_artefact")),
    )
    op.create_table(
        "log_payload",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["log.seq"], name=op.f("fk_log_payload_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_log_payload")),
    )
    op.create_table(
        "publication",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("cut", sa.BigInteger(), nullable=False),
        sa.Column("as_of", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["log.seq"], name=op.f("fk_publication_seq")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_publication")),
        sa.UniqueConstraint("seq", name=op.f("uq_publication_seq")),
    )
    op.create_index(op.f("ix_publication_run_id"), "publication", ["run_id"])
    op.create_table(
        "batch",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=True),
        sa.Column("accepted", sa.BigInteger(), nullable=True),
        sa.Column("rejected", sa.BigInteger(), nullable=True),
        sa.Column("superseded", sa.BigInteger(), nullable=True),
        sa.Column("held", sa.BigInteger(), nullable=True),
        sa.Column("published", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["published"], ["publication.version"], name=op.f("fk_batch_published")),
        sa.ForeignKeyConstraint(["seq"], ["log.seq"], name=op.f("fk_batch_seq")),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_batch")),
        sa.UniqueConstraint("seq", name=op.f("uq_batch_seq")),
    )
    op.create_index(op.f("ix_batch_published"), "batch", ["published"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index(op.f("ix_batch_published"), table_name="batch")
    op.drop_table("batch")
    op.drop_index(op.f("ix_publication_run_id"), table_name="publication")
    op.drop_table("publication")
    op.drop_table("log_payload")
    op.drop_table("enrichment_artefact")
    op.drop_table("record_home")
    op.drop_index(op.f("ix_opportunity_account_id"), table_name="opportunity")
    op.drop_table("opportunity")
    op.drop_table("log")
    op.drop_index(op.f("ix_frame_sha256"), table_name="frame")
    op.drop_table("frame")
    op.drop_index("ix_enrichment_job_state", table_name="enrichment_job")
    op.drop_index(op.f("ix_enrichment_job_canonical_id"), table_name="enrichment_job")
    op.drop_table("enrichment_job")
    op.drop_index(op.f("ix_crosswalk_canonical_id"), table_name="crosswalk")
    op.drop_index(op.f("ix_crosswalk_batch"), table_name="crosswalk")
    op.drop_table("crosswalk")
    op.drop_index(op.f("ix_contact_account_account_id"), table_name="contact_account")
    op.drop_table("contact_account")
    op.drop_index(op.f("ix_contact_360_primary_email"), table_name="contact_360")
    op.drop_index(op.f("ix_contact_360_owner"), table_name="contact_360")
    op.drop_index(op.f("ix_contact_360_last_activity_at"), table_name="contact_360")
    op.drop_index(op.f("ix_contact_360_display_name"), table_name="contact_360")
    op.drop_index(op.f("ix_contact_360_account_id"), table_name="contact_360")
    op.drop_table("contact_360")
    op.drop_index(op.f("ix_contact_display_name"), table_name="contact")
    op.drop_table("contact")
    op.drop_table("canonical_id")
    op.drop_index(op.f("ix_activity_account_id"), table_name="activity")
    op.drop_table("activity")
    op.drop_index(op.f("ix_account_360_primary_domain"), table_name="account_360")
    op.drop_index(op.f("ix_account_360_owner"), table_name="account_360")
    op.drop_index(op.f("ix_account_360_last_activity_at"), table_name="account_360")
    op.drop_index(op.f("ix_account_360_display_name"), table_name="account_360")
    op.drop_table("account_360")
    op.drop_index(op.f("ix_account_display_name"), table_name="account")
    op.drop_table("account")
