"""Dry runs and what is expected of them, `resolve --anew`, duplicates, and defects at the edge of the command line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import text

from identity.errors import VelocityError
from resources import catalog, publishing
from resources.database import Database
from resources.run_tags import FOLLOWS
from resources.workspace import Workspace
from tests.integration.conftest import Begin, Shown, Velocity, definitions, listed, rows_of, take
from tests.records import forgetful
from velocity_pipelines.launching import IMPORT_JOB, import_tags, stretches
from velocity_pipelines.rejects import write_rejected

KEYLESS = "source: list\nentity: contact\ncolumns: {Name: full_name, Mail: email}\n"
AT = ("--received-at", "2026-06-01T12:00:00Z")


@pytest.fixture
def events(velocity: Velocity, exports: Path, begin: Begin) -> dict[str, Any]:
    """A workspace that shows one export; the answer of the import."""
    return begin("the events", lambda: velocity("import", str(exports / "events_contact.csv"), *AT)[1])


def test_a_dry_run_of_keyless_rows_foresees_what_the_import_does(velocity: Velocity, tmp_path: Path) -> None:
    mapping, first, second = tmp_path / "m.yaml", tmp_path / "1.csv", tmp_path / "2.csv"
    mapping.write_text(KEYLESS)
    first.write_text("Name,Mail\nAnn Brook,ann@crm.example\nAnn Brook,ann@crm.example\nBo Hill,bo@crm.example\n")
    second.write_text("Mail,Name\nann@crm.example,Ann Brook\ncy@crm.example,Cy Marsh\n")
    with_mapping = ("--mapping", str(mapping), *AT)
    assert velocity("import", str(first), *with_mapping)[1]["entities"]["contact"]["created"] == 2
    dry = velocity("import", str(second), *with_mapping, "--dry-run")[1]
    assert (dry["entities"]["contact"]["created"], dry["batches"][0]["accepted"]) == (1, 2)
    code, done, _ = velocity("import", str(second), *with_mapping, "--expect", dry["effect"])
    assert (code, done["version"], done["entities"]) == (0, 2, dry["entities"])


def test_a_run_that_was_told_what_it_follows_publishes_nothing_after_another_version(
    workspace: Workspace, exports: Path, shown: Shown
) -> None:
    shown(1)
    batch = take(workspace, *listed(exports)[1])
    with forgetful() as instance:
        instance.add_dynamic_partitions("batches", [batch])
        job = definitions(workspace).resolve_job_def(IMPORT_JOB)
        late = job.execute_in_process(
            instance=instance, tags={**import_tags([batch]), FOLLOWS: "0"}, raise_on_error=False
        )
        assert not late.success
        assert publishing.newest(workspace.database) == 1
        tags = {**import_tags([batch]), FOLLOWS: "1"}
        assert job.execute_in_process(instance=instance, tags=tags).success
    assert publishing.newest(workspace.database) == 2


@pytest.mark.usefixtures("events")
def test_what_was_changed_by_hand_is_mended_by_resolving_anew(velocity: Velocity, workspace: Workspace) -> None:
    before = velocity("fingerprint")[1]
    with workspace.database.transaction() as connection:
        connection.execute(
            text("update contact set last_name = 'Edited' where canonical_id = (select min(canonical_id) from contact)")
        )
    code, replayed, _ = velocity("replay", "--verify")
    assert (code, [d["table"] for d in replayed["differences"]]) == (1, ["contact"])
    assert velocity("resolve", "--anew")[0] == 0
    assert velocity("replay", "--verify")[0] == 0
    assert velocity("fingerprint")[1]["all"] == before["all"]


def test_a_duplicate_is_reported_as_it_was_first_taken(
    velocity: Velocity, exports: Path, tmp_path: Path, events: dict[str, Any]
) -> None:
    (first,) = events["batches"]
    copy = tmp_path / "copy.csv"
    copy.write_bytes((exports / "events_contact.csv").read_bytes())
    code, answer, _ = velocity("import", str(copy), str(copy))
    assert (code, answer["run_id"]) == (0, None)
    for batch in answer["batches"]:
        assert batch["status"] == "duplicate"
        assert {n: batch[n] for n in ("batch", "accepted", "mapping")} == {
            n: first[n] for n in ("batch", "accepted", "mapping")
        }


def test_the_same_file_twice_in_one_call_is_taken_once(velocity: Velocity, exports: Path) -> None:
    file = str(exports / "events_contact.csv")
    answer = velocity("import", file, file)[1]
    assert [b["status"] for b in answer["batches"]] == ["published", "duplicate"]


def test_runs_cover_partitions_that_stand_side_by_side() -> None:
    there = ["a", "b", "c", "d", "e"]
    assert stretches(there, ["d", "a", "b", "a"]) == [["a", "b"], ["d"]]
    assert stretches(there, there[::-1]) == [there]
    assert stretches(there, []) == []


def test_a_resolve_of_batches_that_stand_apart_shows_them_all(
    velocity: Velocity, workspace: Workspace, exports: Path
) -> None:
    files = [exports / f"{name}_contact.csv" for name in ("events", "hubspot", "salesforce")]
    first = take(workspace, files[0], None)
    velocity("import", str(files[1]), *AT)
    last = take(workspace, files[2], None)
    assert velocity("resolve")[0] == 0
    assert catalog.pending(workspace.database) == []
    assert {first, last} <= set(workspace.database.frame("select distinct batch from crosswalk")["batch"])


def test_files_that_stand_apart_among_the_partitions_are_published_together_as_foreseen(
    velocity: Velocity, workspace: Workspace, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, between, last = (str(exports / f"{name}_contact.csv") for name in ("events", "hubspot", "salesforce"))
    with monkeypatch.context() as patched:
        patched.setattr("resources.publishing.write", no_disk)
        assert velocity("import", first, *AT)[0] == 1
    velocity("import", between, *AT)
    dry = velocity("import", first, last, *AT, "--dry-run")[1]
    code, done, _ = velocity("import", first, last, *AT, "--expect", dry["effect"])
    assert (code, [b["status"] for b in done["batches"]]) == (0, ["published", "published"])
    assert (done["version"], done["entities"]) == (2, dry["entities"])
    assert publishing.newest(workspace.database) == 2


def no_disk(*_: object) -> None:
    raise VelocityError("disk", "the disk is gone", "")


@pytest.mark.parametrize("said", [(), ("--received-at", "2026-06-03T12:00:00Z")])
def test_a_file_that_waits_is_foreseen_under_the_stamp_that_its_run_uses(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, said: tuple[str, ...]
) -> None:
    mapping, old, new = tmp_path / "m.yaml", tmp_path / "old.csv", tmp_path / "new.csv"
    mapping.write_text("source: list\nentity: contact\nkey: Id\ncolumns: {Name: full_name, Mail: email}\n")
    old.write_text("Id,Name,Mail\n1,Ann Brook,ann@old.example\n")
    new.write_text("Id,Name,Mail\n1,Ann Brook,ann@new.example\n")
    take(workspace, old, mapping)
    named = ("--mapping", str(mapping))
    velocity("import", str(new), *named, "--received-at", "2026-06-02T12:00:00Z")
    dry = velocity("import", str(old), *named, *said, "--dry-run")[1]
    assert dry["entities"]["contact"]["updated"] == len(said) // 2
    code, done, _ = velocity("import", str(old), *named, *said, "--expect", dry["effect"])
    assert (code, done["entities"]) == (0, dry["entities"])
    mail = workspace.database.frame("select email from contact")["email"][0].to_list()
    assert mail == (["ann@old.example"] if said else ["ann@new.example"])


@pytest.mark.usefixtures("events")
def test_a_batch_that_cannot_be_taken_in_keeps_no_other_from_resolving(
    velocity: Velocity, workspace: Workspace, exports: Path
) -> None:
    lost, good = (take(workspace, exports / f"{name}_contact.csv", None) for name in ("hubspot", "salesforce"))
    evidence = workspace.database.frame("select sha256 from batch where batch = :b", b=lost)["sha256"][0]
    (Path(workspace.storage.url) / "evidence" / evidence).unlink()
    with workspace.database.transaction() as connection:
        connection.execute(text("update contact set last_name = 'Edited'"))
    code, answer, _ = velocity("resolve", "--anew")
    assert (code, answer["ok"], answer["version"], answer["failed"]) == (1, True, 2, [lost])
    assert catalog.pending(workspace.database) == [lost]
    assert catalog.get(workspace.database, good).published == 2
    assert velocity("replay", "--verify")[0] == 0


def test_the_time_zone_of_the_server_has_no_effect(workspace: Workspace, database_url: str) -> None:
    with workspace.database.transaction() as connection:
        connection.execute(text(f"alter database {workspace.database.url.database} set timezone to 'America/New_York'"))
    fresh = Database(database_url)
    assert fresh.frame("select current_setting('timezone') as zone")["zone"].to_list() == ["UTC"]
    fresh.close()


def test_a_defect_is_told_by_kind_and_place_never_by_its_words(
    velocity: Velocity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("ann@crm.example")

    monkeypatch.setattr("resources.publishing.published_fingerprint", broken)
    code, answer, said = velocity("fingerprint")
    assert (code, answer["error"]["code"]) == (1, "internal")
    assert "RuntimeError in broken, test_expectations.py" in answer["error"]["message"]
    assert "ann@crm.example" not in said + str(answer)


def test_cells_that_a_spreadsheet_would_run_are_defused_where_they_are_ours(
    velocity: Velocity, workspace: Workspace, tmp_path: Path
) -> None:
    mapping, file, out = tmp_path / "m.yaml", tmp_path / "1.csv", tmp_path / "out.csv"
    mapping.write_text("source: list\nentity: contact\nkey: Id\ncolumns: {Name: full_name, Mail: email}\n")
    file.write_text("Id,Name,Mail\n1,+Ann,=cmd()\n2,Bo,bo@crm.example\n")
    batch = velocity("import", str(file), "--mapping", str(mapping))[1]["batches"][0]["batch"]
    assert write_rejected(workspace, batch, out) == 1
    with out.open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["Name"], row["Mail"]) == ("'+Ann", "'=cmd()")  # the apostrophe is taken off when it comes in again
    assert row["_rejected_value"] == "'=cmd()"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("export", "edges", "--out", "gone/x.parquet"), "bad_path"),
        (("export", "contacts", "--out", "gone/x.csv", "--format", "csv"), "bad_path"),
        (("export", "contacts", "--out", "x", "--entity", "deal"), "usage"),
        (("score", "--truth", "gone.parquet"), "bad_truth"),
        (("rejected", "list-contact-0"), "unknown_batch"),
        (("import", "--received-at", "noon", "x.csv"), "bad_time"),
        (("frobnicate",), "usage"),
    ],
)
def test_wrong_arguments_are_one_clear_line(
    velocity: Velocity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    exit_code, answer, said = velocity(*arguments)
    assert (exit_code, answer["error"]["code"]) == (2, code)
    assert said.count("\n") == 1
    assert list(tmp_path.rglob("*.csv")) == []


def test_exports_have_the_columns_that_scripts_rely_on(velocity: Velocity, shown: Shown, tmp_path: Path) -> None:
    shown()
    out = tmp_path / "x.parquet"
    velocity("export", "crosswalk", "--out", str(out), "--entity", "contact")
    walk = pl.read_parquet(out)
    assert walk.columns == ["source", "entity", "source_id", "canonical_id", "derived", "batch"]
    assert walk["entity"].unique().to_list() == ["contact"]
    velocity("export", "edges", "--out", str(out))
    edges = pl.read_parquet(out)
    assert edges.columns == ["entity", "left", "right", "bits", "answer", "cut", "epoch"]
    assert (edges["left"] < edges["right"]).all()
    velocity("export", "accounts", "--out", str(tmp_path / "a.csv"), "--format", "csv")
    domains = pl.read_csv(tmp_path / "a.csv", infer_schema=False)["domain"].drop_nulls()
    assert domains.str.starts_with("[").all()


@pytest.mark.usefixtures("events")
def test_doctor_says_what_is_wrong(velocity: Velocity, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    code, answer, _ = velocity("doctor")
    assert (code, [c["check"] for c in answer["checks"] if not c["ok"]]) == (0, [])
    with workspace.database.transaction() as connection:
        connection.execute(text("update log_payload set body = '{}' where seq = 1"))
    monkeypatch.setattr("velocity_pipelines.doctor.LEAST_FREE", 2**62)
    code, answer, _ = velocity("doctor")
    wrong = {c["check"]: c["what"] for c in answer["checks"] if not c["ok"]}
    assert code == 1
    assert set(wrong) == {"disk", "log"}
    assert wrong["log"].startswith("entry 1: the payload is not the one committed to")


@pytest.mark.usefixtures("events")
def test_a_resolve_without_anything_new_changes_no_row(velocity: Velocity, workspace: Workspace) -> None:
    before = velocity("fingerprint")[1]
    assert velocity("resolve")[0] == 0
    after = velocity("fingerprint")[1]
    assert {n: after[n] for n in after if n != "version"} == {n: before[n] for n in before if n != "version"}
    assert rows_of(workspace, "contact where version > 1") == 0


def test_an_unreadable_file_is_one_clear_line(velocity: Velocity, tmp_path: Path) -> None:
    code, answer, _ = velocity("import", str(tmp_path))
    assert (code, answer["batches"][0]["error"]["code"]) == (2, "unreadable_file")
