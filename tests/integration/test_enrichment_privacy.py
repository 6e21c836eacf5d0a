"""A whole run over clients with telling names: nothing of them on the wire, in the worker, in logs and events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import text

from resources.workspace import Workspace
from tests.enriching import change, jobs_of
from tests.integration.conftest import definitions
from tests.workers import Recorder, Standin, recorded
from velocity_pipelines.launching import enrich_config

WORDS = ("Zephyrine", "Quillfeather", "Gyroscopes", "Quinton", "Marmalade", "Volapuk", "مريم", "778123")
COLUMNS = """display_name, sort_name, owner, open_count, won_count, lost_count, activity_count, open_value, fit_score,
    complete, sources, records, payload, version"""
VALUES = ":name, 'q', 'Volapuk', 778123, 1, 0, 0, 0, 1, true, '{crm}', 1, '{}', 1"
CONTACT = f"""insert into contact_360 (canonical_id, account_name, lifecycle_stage, {COLUMNS})
    values ('c_000000000001', 'Gyroscopes of Quinton', 'Marmalade', {VALUES})"""
ACCOUNT = f"""insert into account_360 (canonical_id, contact_count, {COLUMNS}) values ('a_000000000001', 1, {VALUES})"""


@pytest.fixture
def wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Recorder, Standin]]:
    standin = Standin(tmp_path / "worker", "--models")
    with recorded(standin.port) as recorder:
        monkeypatch.setenv("VELOCITY_COMFY_URL", recorder.url)
        yield recorder, standin
    standin.kill()


def told(data: bytes) -> list[str]:
    ways = {word: {word.encode(), json.dumps(word)[1:-1].encode()} for word in WORDS}
    return [word for word, found in ways.items() if any(way.lower() in data.lower() for way in found)]


def test_a_run_tells_nobody_of_whom_it_makes_pictures(workspace: Workspace, wire: tuple[Recorder, Standin]) -> None:
    recorder, standin = wire
    change(workspace, CONTACT, name="Zephyrine Quillfeather مريم")
    change(workspace, ACCOUNT, name="Gyroscopes of Quinton")
    job = definitions(workspace).resolve_job_def("enrich")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, run_config=enrich_config(20))
        logs = [entry.to_json() for entry in instance.all_logs(result.run_id)]
    made = jobs_of(workspace).values()
    assert sorted((made_of["template"], made_of["entity"], made_of["state"]) for made_of in made) == [
        ("avatar_pack", "account", "done"),
        ("avatar_pack", "contact", "done"),
        ("client_card", "contact", "done"),
        ("logo_upscale", "account", "done"),
    ]
    assert recorder.seen.count(b"POST /prompt") == 4
    assert told(recorder.seen) == []
    assert [path for path in standin.folder.rglob("*.png") if told(path.read_bytes())] == []
    assert logs
    assert told("\n".join(logs).encode()) == []
    with workspace.database.transaction() as connection:
        receipts = connection.execute(text("select body from log_payload")).scalars().all()
        artefacts = connection.execute(text("select name, sha256 from enrichment_artefact")).all()
    assert told("\n".join(map(str, receipts)).encode()) == []
    pictures = {name: workspace.storage.get("artefacts", sha256) for name, sha256 in artefacts}
    assert set(pictures) >= {"card", "avatar_512", "avatar_256", "avatar_64", "emblem"}
    assert [name for name, data in pictures.items() if told(data) or b"tEXt" in data or b"iTXt" in data] == []
