"""Rows of before leases and attempts are kept, and led on."""

from __future__ import annotations

from alembic import command
from sqlalchemy import text

from resources.enriching import queue
from resources.migrations import config
from resources.workspace import Workspace
from tests.enriching import add_clients, change, drawn, made, planned

OLD = """insert into enrichment_job (job, entity, canonical_id, template, template_version, content_key, version_360,
    state, attempts, run_id, prompt_id, failure, planned_at) values
    ('ran', 'contact', 'c1', 'client_card', 'v', 'k', 1, 'running', 1, 'r', 'p1', null, now()),
    ('failed', 'contact', 'c1', 'client_card', 'v', 'k', 1, 'failed', 2, 'r', 'p2', 'permanent', now()),
    ('back', 'contact', 'c1', 'client_card', 'v', 'k', 1, 'cancelled', 0, null, null, null, now())"""


def test_jobs_and_artefacts_of_before_are_there_afterwards(workspace: Workspace) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    made(workspace, job, drawn("red"))
    with workspace.database.transaction() as connection:
        command.downgrade(config(connection), "0009")
        connection.execute(text(OLD))
    workspace.database.create()
    found = {row["job"]: row for row in queue.listed(workspace)}
    assert {name: (row["state"], row["failure"], row["prompt_id"]) for name, row in found.items() if name != job} == {
        "ran": ("failed", "lost", "p1"), "failed": ("failed", "permanent", "p2"), "back": ("cancelled", None, None),
    }  # fmt: skip
    assert (found[job]["state"], found[job]["attempts"]) == ("done", 1)
    assert workspace.database.frame("select job, attempt from enrichment_artefact").rows() == [(job, 1)]
    assert queue.handed_out(workspace, 10) == ["ran"]
    change(workspace, "delete from enrichment_job where job = 'failed'")
    assert workspace.database.frame("select job from enrichment_attempt where job = 'failed'").is_empty()
