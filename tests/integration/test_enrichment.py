"""Client cards through the real graph-backed asset, on the stand-in worker."""

from __future__ import annotations

import io
from pathlib import Path

import dagster as dg
import pytest
from PIL import Image
from sqlalchemy import text

from resources import enrichment, log
from resources.comfy.card import pixel_sha256
from resources.workspace import Workspace
from tests.integration.conftest import Import, definitions, listed


@pytest.fixture
def published(workspace: Workspace, exports: Path, run_import: Import, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv("VELOCITY_COMFY_URL", raising=False)
    run_import(listed(exports))
    return workspace


KEEP_THREE = """delete from contact_360 where canonical_id not in
    (select canonical_id from (select distinct on (owner) owner, canonical_id from contact_360) c limit 3)"""


def change(workspace: Workspace, statement: str) -> None:
    with workspace.database.transaction() as connection:
        connection.execute(text(statement))


def enrich(workspace: Workspace, limit: int) -> dict[str, int]:
    job = definitions(workspace).resolve_job_def("enrich")
    config = {"ops": {"client_cards": {"ops": {"plan": {"config": {"limit": limit}}}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, run_config=config)
        counts: dict[str, int] = result.output_for_node("client_cards.conclude")
    return counts


def test_cards_are_made_once_and_again_only_for_a_client_that_changed(published: Workspace) -> None:
    change(published, KEEP_THREE)
    assert enrich(published, 200) == {"done": 3, "failed": 0}
    assert enrich(published, 200) == {"done": 0, "failed": 0}
    change(published, "update contact_360 set owner = 'Another' where owner = (select min(owner) from contact_360)")
    assert enrich(published, 200) == {"done": 1, "failed": 0}
    jobs = enrichment.listed(published)
    assert [job["state"] for job in jobs] == ["done"] * 4
    assert len({job["prompt_id"] for job in jobs}) == 4


def test_an_artefact_is_kept_by_its_hash_with_a_receipt_in_the_log(published: Workspace) -> None:
    assert enrich(published, 1) == {"done": 1, "failed": 0}
    (row,) = published.database.frame("select * from enrichment_artefact").to_dicts()
    data = published.storage.get("artefacts", row["sha256"])
    with Image.open(io.BytesIO(data)) as card:
        assert (card.size, card.format, card.info) == ((1200, 630), "PNG", {})
    assert pixel_sha256(data) == row["pixel_sha256"]
    with published.database.transaction() as connection:
        ((seq, receipt),) = log.payloads(connection, "receipt")
        assert log.verify(connection).broken_at is None
    assert (seq, receipt["sha256"]) == (row["seq"], row["sha256"])


def test_the_jobs_of_a_run_that_died_are_taken_up_again(published: Workspace) -> None:
    change(published, KEEP_THREE)
    (job,) = enrichment.plan(published, 1)
    with enrichment.working(published, "a-run"):
        assert enrichment.begin(published, job.job, "a-run") == 1
        assert enrichment.begin(published, job.job, "another") is None
        assert enrich(published, 200) == {"done": 2, "failed": 0}
    assert enrich(published, 200) == {"done": 1, "failed": 0}
    row = next(row for row in enrichment.listed(published) if row["job"] == job.job)
    assert (row["state"], row["attempts"]) == ("done", 2)


def test_jobs_that_fail_stand_behind_those_that_were_not_tried_and_hopeless_ones_are_left(published: Workspace) -> None:
    change(published, KEEP_THREE)
    first, second, third = (job.job for job in enrichment.plan(published, 3))
    for job, failure in ((first, "permanent"), (second, "lost")):
        enrichment.begin(published, job, "a-run")
        enrichment.fail(published, job, None, failure)
    assert [job.job for job in enrichment.plan(published, 3)] == [third, second]


def test_a_worker_that_does_not_answer_fails_the_run_and_leaves_the_jobs_planned(
    published: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VELOCITY_COMFY_URL", "http://127.0.0.1:9")
    with pytest.raises(Exception, match="worker"):
        enrich(published, 2)
    assert [job["state"] for job in enrichment.listed(published)] == ["planned", "planned"]
