"""The runbook `client-360-partial`, walked: a source fails, sends rubbish, is late, and is mended."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from identity import contracts
from identity.errors import VelocityError
from resources import catalog, log, publishing
from resources.workspace import Workspace
from tests.enriching import drawn, failed, jobs_of, made, planned
from tests.integration.conftest import RECEIVED, Begin, Import, take
from velocity_pipelines import showing, wording

SINCE = RECEIVED.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
COMPLETE = {"state": "complete", "reasons": []}
RUNBOOK = Path(__file__).parents[2] / "deploy" / "runbooks" / "client-360-partial.md"


def partial(reason: str, since: str = SINCE) -> dict[str, Any]:
    return {"state": "partial", "reasons": [{"reason": reason, "since": since, "source": "crm"}]}


@pytest.fixture
def people(tmp_path: Path) -> tuple[Path, Path]:
    """A list of two people, with its mapping."""
    mapping = tmp_path / "people.yaml"
    mapping.write_text("source: crm\nentity: contact\nkey: Id\ncolumns: {Who: full_name, Mail: email}\n")
    return written(tmp_path, "people.csv", "1,Ann Brook,ann@crm.example", "2,Bo Ek,bo@crm.example"), mapping


@pytest.fixture
def known(run_import: Import, people: tuple[Path, Path], begin: Begin) -> None:
    """They are shown."""
    begin("two people", lambda: run_import([people]).success)


@pytest.fixture
def touches(tmp_path: Path) -> tuple[Path, Path]:
    """A touch with one of them, with its mapping."""
    mapping = tmp_path / "touches.yaml"
    columns = "columns: {Person: contact_source_id, Kind: kind, At: at}"
    mapping.write_text(f"source: crm\nentity: activity\nkey: Id\n{columns}\n")
    file = tmp_path / "touches.csv"
    file.write_text("Id,Person,Kind,At\n1,1,call,2026-05-01T10:00:00Z\n")
    return file, mapping


def written(folder: Path, name: str, *lines: str) -> Path:
    file = folder / name
    file.write_text("\n".join(["Id,Who,Mail", *lines]) + "\n")
    return file


def shown(workspace: Workspace, name: str = "ann brook") -> dict[str, Any]:
    found = workspace.database.frame("select canonical_id from contact_360 where sort_name = :name", name=name)
    return showing.client(workspace, found["canonical_id"][0])


def refuse(*_: object) -> None:
    raise VelocityError("disk", "the disk is gone", "")


@pytest.mark.usefixtures("known")
def test_a_file_that_could_not_be_published_is_said_until_it_is(
    workspace: Workspace, run_import: Import, touches: tuple[Path, Path]
) -> None:
    silent = shown(workspace)["completeness"]
    assert [r["reason"] for r in silent["engagement"]["reasons"]] == ["nothing_received"]
    with pytest.MonkeyPatch.context() as patched, pytest.raises(VelocityError, match="the disk is gone"):
        patched.setattr(publishing, "write", refuse)
        run_import([touches])
    said = shown(workspace)
    assert said["completeness_state"] == "partial"
    for section in ("engagement", "timeline", "qualification"):
        assert {"reason": "not_published", "since": SINCE, "source": "crm"} in said["completeness"][section]["reasons"]
    assert said["completeness"]["profile"] == COMPLETE
    assert "engagement of crm: a file was taken in and is not shown" in wording.words(said)
    run_import([touches])
    mended = shown(workspace)
    assert mended["completeness"]["engagement"] == mended["completeness"]["timeline"] == COMPLETE
    assert mended["activity_count"] == 1
    traced = {row["key"]: (row["file"], row["line"]) for row in mended["rows"]}
    assert traced == {"crm:activity:1": ("touches.csv", 2)}


@pytest.mark.usefixtures("known")
def test_a_file_that_is_largely_rejected_is_said_until_a_better_one_comes(
    workspace: Workspace, run_import: Import, people: tuple[Path, Path], tmp_path: Path
) -> None:
    assert shown(workspace)["completeness"]["profile"] == COMPLETE
    lines = [f"{n if n < 8 else ''},Cy {n},cy{n}@crm.example" for n in range(3, 10)]
    spoilt = written(tmp_path, "spoilt.csv", *lines)
    run_import([(spoilt, people[1])], [RECEIVED + dt.timedelta(days=1)])
    said = shown(workspace)
    assert said["completeness"]["profile"] == partial("rows_rejected", "2026-06-02T12:00:00.000000Z")
    assert said["completeness"]["sources"] == said["completeness"]["health"] == said["completeness"]["profile"]
    (row,) = workspace.database.frame(
        "select rejected, received, rejected_limit from source_status where source = 'crm' and entity = 'contact'"
    ).rows()
    assert row == (2, 7, 0.2)
    mended = written(tmp_path, "mended.csv", "8,Cy 8,cy8@crm.example", "9,Cy 9,cy9@crm.example")
    run_import([(mended, people[1])], [RECEIVED + dt.timedelta(days=2)])
    assert shown(workspace)["completeness"]["profile"] == COMPLETE


def test_a_source_is_late_by_the_contract_and_no_longer_when_it_sends(
    workspace: Workspace, run_import: Import, people: tuple[Path, Path], tmp_path: Path
) -> None:
    said = {"cadence_days": None, "rejected_share": 0.2, "sources": {"crm": {"contact": {"cadence_days": 7}}}}
    text = contracts.canonical(said)
    named = {"name": contracts.COMPLETENESS, "version": contracts.version(text)}
    with workspace.database.transaction() as connection:
        log.append(connection, "contract", {**named, "text": text}, "test")
        log.append(connection, "contract", {"name": named["name"], "activates": named["version"]}, "test")
    run_import([people])
    assert shown(workspace)["completeness"]["profile"] == partial("overdue", "2026-06-08T12:00:00.000000Z")
    fresh = written(tmp_path, "fresh.csv", "3,Cy Low,cy@crm.example")
    run_import([(fresh, people[1])], [dt.datetime.now(dt.UTC)])
    assert shown(workspace)["completeness"]["profile"] == COMPLETE


@pytest.mark.usefixtures("known")
def test_pictures_that_are_to_be_made_are_a_section_of_their_own(workspace: Workspace) -> None:
    assert shown(workspace)["completeness"]["enrichment"] == COMPLETE
    first, _ = planned(workspace, 2)
    name = jobs_of(workspace)[first]["canonical_id"]
    asked = [shown(workspace, name) for name in ("ann brook", "bo ek")]
    reasons = [client["completeness"]["enrichment"]["reasons"] for client in asked]
    assert [[(r["reason"], r["source"]) for r in found] for found in reasons] == [
        [("enrichment_pending", "client_card")]
    ] * 2
    failed(workspace, first, "lost", 0.0)
    (reason,) = showing.client(workspace, name)["completeness"]["enrichment"]["reasons"]
    assert reason["reason"] == "enrichment_failed"
    made(workspace, first, drawn("red"))
    done = showing.client(workspace, name)
    assert done["completeness"]["enrichment"] == COMPLETE
    assert [(job["template"], job["state"], len(job["sha256"])) for job in done["enrichment"]] == [
        ("client_card", "done", 64)
    ]


@pytest.mark.usefixtures("known")
def test_an_undone_file_waits_for_nothing(workspace: Workspace, touches: tuple[Path, Path]) -> None:
    batch = take(workspace, *touches)
    waiting = "select waiting from source_status where source = 'crm' and entity = 'activity'"
    assert workspace.database.frame(waiting)["waiting"].to_list() == [1]
    catalog.withdraw(workspace.database, batch, "test", "a test")
    assert workspace.database.frame(waiting)["waiting"].to_list() == [0]


def test_the_runbook_and_the_words_name_every_reason() -> None:
    text = RUNBOOK.read_text("utf-8")
    assert [reason for reason in wording.REASONS if f"`{reason}`" not in text] == []
