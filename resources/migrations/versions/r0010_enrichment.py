"""The life of GPU jobs: leases and next tries, attempts, events, and which attempt made an artefact."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

VIEWS = "artefact_evidence, oracle_contact, oracle_account, contact_client, account_client"
INSTANT = postgresql.TIMESTAMP(timezone=True)
NEW: dict[
    str, tuple[Any, Any]
] = {  # column of a job that is never null: its type, and what jobs have that are there already
    "priority": (sa.Integer(), "10"),
    "worth": (sa.BigInteger(), "0"),
    "cancel_wanted": (sa.Boolean(), sa.false()),
}


def upgrade() -> None:
    """To this revision. Nobody works on the jobs that are said to run: they are tried again."""
    _job()
    _attempt()
    _event()
    op.execute(
        "insert into enrichment_attempt (job, attempt, prompt_id, run_id, state, failure, posts, claimed_at, ended_at)"
        " select job, attempts, coalesce(prompt_id, gen_random_uuid()::text), coalesce(run_id, ''), state, failure, 1,"
        " planned_at, ended_at from enrichment_job where attempts > 0"
    )
    op.drop_column("enrichment_job", "prompt_id")
    op.add_column("enrichment_artefact", sa.Column("attempt", sa.Integer(), nullable=True))
    op.execute("update enrichment_artefact a set attempt = j.attempts from enrichment_job j where j.job = a.job")
    op.alter_column("enrichment_artefact", "attempt", nullable=False)
    op.alter_column("enrichment_artefact", "pixel_sha256", nullable=True)
    op.create_foreign_key(
        "fk_enrichment_artefact_attempt", "enrichment_artefact", "enrichment_attempt",
        ["job", "attempt"], ["job", "attempt"],
    )  # fmt: skip
    op.create_index("ix_enrichment_artefact_sha256", "enrichment_artefact", ["sha256"])


def _job() -> None:
    for name, (kind, default) in NEW.items():
        op.add_column("enrichment_job", sa.Column(name, kind, server_default=default, nullable=False))
        op.alter_column("enrichment_job", name, server_default=None)
    for name in ("next_at", "lease_until"):
        op.add_column("enrichment_job", sa.Column(name, INSTANT, nullable=True))
    op.execute("update enrichment_job set state = 'failed', failure = 'lost' where state = 'running'")
    op.execute("update enrichment_job set next_at = now() where state = 'failed' and failure <> 'permanent'")
    op.execute("update enrichment_job set cancel_wanted = true where state = 'cancelled'")
    op.create_index("ix_enrichment_job_planned_at", "enrichment_job", [sa.text("planned_at desc"), "job"])
    op.create_index(
        "ix_enrichment_job_waiting", "enrichment_job", ["attempts", "priority", sa.text("worth desc"), "job"],
        postgresql_where=sa.text("state in ('planned', 'failed')"),
    )  # fmt: skip


def _attempt() -> None:
    op.create_table(
        "enrichment_attempt",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("prompt_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("running_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("worker_ms", sa.BigInteger(), nullable=True),
        sa.Column("cached", sa.Integer(), nullable=True),
        sa.Column("outputs", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job"], ["enrichment_job.job"], name=op.f("fk_enrichment_attempt_job"), ondelete="cascade"
        ),
        sa.PrimaryKeyConstraint("job", "attempt", name=op.f("pk_enrichment_attempt")),
        sa.UniqueConstraint("prompt_id", name=op.f("uq_enrichment_attempt_prompt_id")),
    )
    op.create_index(op.f("ix_enrichment_attempt_run_id"), "enrichment_attempt", ["run_id"])


def _event() -> None:
    op.create_table(
        "enrichment_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job", "attempt"], ["enrichment_attempt.job", "enrichment_attempt.attempt"],
            name=op.f("fk_enrichment_event_job"), ondelete="cascade",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrichment_event")),
    )  # fmt: skip
    op.create_index("ix_enrichment_event_job", "enrichment_event", ["job", "attempt"])


def downgrade() -> None:
    """Back to the revision before."""
    op.execute(f"drop view if exists {VIEWS} cascade")
    op.drop_index("ix_enrichment_artefact_sha256", table_name="enrichment_artefact")
    op.drop_constraint("fk_enrichment_artefact_attempt", "enrichment_artefact", type_="foreignkey")
    op.execute("delete from enrichment_artefact where pixel_sha256 is null")
    op.alter_column("enrichment_artefact", "pixel_sha256", nullable=False)
    op.drop_column("enrichment_artefact", "attempt")
    op.add_column("enrichment_job", sa.Column("prompt_id", sa.Text(), nullable=True))
    op.execute(
        "update enrichment_job j set prompt_id = a.prompt_id from enrichment_attempt a"
        " where a.job = j.job and a.attempt = j.attempts"
    )
    op.drop_table("enrichment_event")
    op.drop_table("enrichment_attempt")
    op.drop_index("ix_enrichment_job_waiting", table_name="enrichment_job")
    op.drop_index("ix_enrichment_job_planned_at", table_name="enrichment_job")
    for name in (*NEW, "next_at", "lease_until"):
        op.drop_column("enrichment_job", name)
    op.execute("update enrichment_job set state = 'running' where state = 'cancelling'")
