"""The command line on a real database: answers in their shape, bad input in one line, nothing half-written."""

from __future__ import annotations

import gc
import os
import socket
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resources.workspace import Workspace
from tests.integration.conftest import Begin, Shown, Velocity, rows_of, take
from velocity_pipelines.cli import run

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)
AT = ("--received-at", "2026-06-01T12:00:00Z")


@pytest.fixture
def hubspot(velocity: Velocity, exports: Path, begin: Begin) -> tuple[int, Any, str]:
    """A workspace that shows one export; what was said of the import."""
    return begin("hubspot", lambda: velocity("import", str(exports / "hubspot_contact.csv"), *AT))


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("gone.csv", None, "unreadable_file"),
        ("empty.csv", b"", "empty_file"),
        ("blank.csv", b" \r\n\n", "empty_file"),
        ("picture.csv", PICTURE, "not_a_table"),
        ("twice.csv", b"Record ID,Email,Email\n1,a@x.example,b@x.example\n", "mapping_needed"),
        ("unknown.csv", b"Frobnicate,Quux\n1,2\n", "mapping_needed"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_and_leaves_nothing(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, name: str, data: bytes | None, code: str
) -> None:
    file = tmp_path / name
    if data is not None:
        file.write_bytes(data)
    exit_code, answer, said = velocity("import", str(file))
    assert exit_code == 2
    assert [b["status"] for b in answer["batches"]] == ["refused"]
    assert answer["batches"][0]["error"]["code"] == code
    assert answer["version"] is None
    assert "Traceback" not in said
    assert rows_of(workspace, "log") == rows_of(workspace, "batch") == 0
    assert not (Path(workspace.storage.url) / "evidence").exists()


def test_an_unmapped_column_is_refused_by_name_with_a_proposal_beside_the_file(
    velocity: Velocity, tmp_path: Path
) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text("source: list\nentity: contact\nkey: Id\ncolumns: {Mail: email}\n")
    file = tmp_path / "list.csv"
    file.write_text("Id,Mail,Shoe size\n1,a@x.example,42\n")
    exit_code, answer, _ = velocity("import", str(file), "--mapping", str(mapping))
    error = answer["batches"][0]["error"]
    assert (exit_code, error["code"]) == (2, "mapping_needed")
    assert "Shoe size" in error["message"]
    assert (tmp_path / "list.csv.proposed.yaml").exists()
    exit_code, answer, _ = velocity("import", str(file), "--mapping", str(mapping), "--unmapped", "keep")
    assert (exit_code, answer["batches"][0]["status"]) == (0, "published")


def test_a_proposal_that_somebody_mended_stays(velocity: Velocity, tmp_path: Path) -> None:
    file, proposal = tmp_path / "list.csv", tmp_path / "list.csv.proposed.yaml"
    file.write_text("Frobnicate,Quux\n1,2\n")
    proposal.write_text("# mended\n")
    exit_code, answer, _ = velocity("import", str(file))
    assert (exit_code, str(proposal) in answer["batches"][0]["error"]["hint"]) == (2, True)
    assert proposal.read_text() == "# mended\n"


@pytest.mark.parametrize("given", [("--source", "Bad Name!"), ("--entity", "person")])
def test_a_name_that_cannot_be_is_refused_before_anything_is_written(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, given: tuple[str, str]
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("First Name,Last Name,Email,Phone\nAnn,Brook,ann@brook.example,\n")
    exit_code, _, said = velocity("import", str(file), *given)
    assert exit_code == 2
    assert "Traceback" not in said
    assert rows_of(workspace, "log") == rows_of(workspace, "batch") == 0


def test_what_is_no_file_is_refused_and_not_waited_for(velocity: Velocity, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    exit_code, answer, _ = velocity("import", str(tmp_path / "pipe.csv"))
    assert (exit_code, answer["batches"][0]["error"]["code"]) == (2, "unreadable_file")


def test_an_interruption_is_said_and_has_a_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("velocity_pipelines.settings.Settings.read", interrupted)
    assert run(["status"]) == 130
    assert capsys.readouterr().err.startswith("velocity: interrupted")


@pytest.mark.parametrize("arguments", [("erase",), ("export", "contacts"), ("import",), ("show",)])
def test_wrong_usage_is_one_clear_line(velocity: Velocity, arguments: tuple[str, ...]) -> None:
    exit_code, answer, said = velocity(*arguments)
    assert exit_code == 2
    assert answer["error"]["message"]
    assert answer["error"]["hint"].startswith(f"see `velocity {arguments[0]}")
    assert ".:" not in said


def test_a_bad_file_stops_only_itself(velocity: Velocity, exports: Path, tmp_path: Path) -> None:
    bad = tmp_path / "picture.csv"
    bad.write_bytes(PICTURE)
    exit_code, answer, _ = velocity("import", str(bad), str(exports / "events_contact.csv"))
    assert exit_code == 2
    assert [b["status"] for b in answer["batches"]] == ["refused", "published"]
    assert answer["version"] == 1


def test_the_answer_of_an_import_has_its_shape(
    velocity: Velocity, exports: Path, hubspot: tuple[int, Any, str]
) -> None:
    exit_code, answer, _ = hubspot
    assert exit_code == 0
    assert set(answer) == {"version", "run_id", "dry_run", "effect", "review", "entities", "batches"}
    assert set(answer["entities"]) == {"contact", "account"}
    assert set(answer["entities"]["contact"]) == {"created", "updated", "merged", "split", "retired"}
    (batch,) = answer["batches"]
    assert set(batch) == {
        "batch", "file", "member", "source", "entity", "mapping", "sha256", "status", "received", "accepted",
        "rejected", "superseded", "held", "skipped", "erased", "error",
    }  # fmt: skip
    assert (
        batch["received"]
        == batch["accepted"] + batch["rejected"] + batch["superseded"] + batch["held"] + batch["erased"]
    )
    again = velocity("import", str(exports / "hubspot_contact.csv"))[1]
    assert (again["batches"][0]["status"], again["run_id"], again["version"]) == ("duplicate", None, 1)


def test_no_frame_outlives_the_step_that_made_it(velocity: Velocity, exports: Path) -> None:
    """A run in this process needs the memory of its largest step, not that of all its frames together."""
    before = held()
    assert velocity("import", str(exports / "hubspot_contact.csv"))[1]["version"] == 1
    assert held() - before == set()


def held() -> set[int]:
    """The frames of clients that this process holds."""
    gc.collect()
    return {id(one) for one in gc.get_objects() if isinstance(one, pl.DataFrame) and "payload" in one.columns}


@pytest.mark.usefixtures("hubspot")
def test_a_dry_run_tells_exactly_what_the_import_then_does_and_leaves_no_trace(
    velocity: Velocity, workspace: Workspace, exports: Path
) -> None:
    second = str(exports / "salesforce_contact.csv")
    before = rows_of(workspace, "log")
    exit_code, dry, _ = velocity("import", second, *AT, "--dry-run")
    assert (exit_code, dry["dry_run"], dry["version"], dry["run_id"]) == (0, True, None, None)
    assert dry["batches"][0]["batch"] is None
    assert rows_of(workspace, "log") == before
    refused = velocity("import", second, *AT, "--expect", "0" * 64)
    assert (refused[0], refused[1]["error"]["code"]) == (2, "effect_changed")
    assert rows_of(workspace, "log") == before
    done = velocity("import", second, *AT, "--expect", dry["effect"])[1]
    assert (done["version"], done["entities"]) == (2, dry["entities"])
    told = ("received", "accepted", "rejected", "superseded")
    assert [done["batches"][0][t] for t in told] == [dry["batches"][0][t] for t in told]


def test_resolve_takes_up_a_batch_whose_run_never_began(
    velocity: Velocity, workspace: Workspace, exports: Path
) -> None:
    batch = take(workspace, exports / "events_contact.csv", None)
    exit_code, answer, _ = velocity("resolve")
    assert (exit_code, answer["version"]) == (0, 1)
    assert velocity("import", str(exports / "events_contact.csv"))[1]["batches"][0]["status"] == "duplicate"
    assert velocity("resolve")[1]["version"] == 2
    assert workspace.database.frame("select published from batch where batch = :b", b=batch)["published"][0] == 1


def test_rejected_rows_can_be_mended_and_imported_again(
    velocity: Velocity, tmp_path: Path, hubspot: tuple[int, Any, str]
) -> None:
    (batch,) = hubspot[1]["batches"]
    out = tmp_path / "mend.csv"
    found = velocity("rejected", batch["batch"], "--out", str(out))[1]["rejected"]
    assert len(found) == batch["rejected"] == 3
    assert {row["reason"] for row in found} >= {"not an e-mail address", "it has no id"}
    out.write_text(out.read_text().replace("anna@@example", "anna@example.com"))
    mended = velocity("import", str(out))[1]["batches"][0]
    assert (mended["status"], mended["source"], mended["accepted"]) == ("published", "hubspot", 1)


def test_published_things_are_shown_exported_and_scored(
    velocity: Velocity, exports: Path, workspace: Workspace, shown: Shown, tmp_path: Path
) -> None:
    shown()
    contact = workspace.database.frame("select min(canonical_id) as id from contact")["id"][0]
    exit_code, said, _ = velocity("show", f"contact:{contact}")
    assert (exit_code, said["canonical_id"], said["state"], said["entity"]) == (0, contact, "live", "contact")
    wrong = velocity("show", f"account:{contact}")
    assert (wrong[0], wrong[1]["error"]["code"]) == (2, "bad_entity")
    for command in (["erase", f"contact:{contact}"], ["override", f"contact:{contact}", "city", "Ulm"]):
        exit_code, answer, _ = velocity(*command, "--reason", " ")
        assert (exit_code, answer["error"]["code"]) == (2, "no_reason")
    assert all(e["line"] >= 2 and e["file"].endswith(".csv") for e in said["evidence"])
    for what in ("contacts", "accounts", "crosswalk", "edges", "360"):
        for form in ("parquet", "csv"):
            exported = velocity("export", what, "--out", str(tmp_path / f"{what}.{form}"), "--format", form)[1]
            assert exported["rows"] > 0
    exported = velocity("export", "contacts", "--out", str(tmp_path / "told.csv"))[1]
    assert pl.read_csv(tmp_path / "told.csv", infer_schema=False).height == exported["rows"]
    for what, table in [("relations", "contact_account"), ("hierarchy", "account_hierarchy"), ("owners", "owner")]:
        exported = velocity("export", what, "--out", str(tmp_path / "x.csv"), "--format", "csv")[1]
        assert exported["rows"] == rows_of(workspace, table)
    assert velocity("export", "deleted", "--out", str(tmp_path / "x.parquet"))[1]["rows"] == 0
    scores = velocity("score", "--truth", str(exports / "truth.parquet"))[1]
    assert scores["contact"]["missing"] == 0
    assert scores["contact"]["pairwise"]["precision"] >= 0.95
    assert velocity("fingerprint")[1] == velocity("fingerprint")[1]
    assert velocity("replay", "--verify")[:2] == (0, {"version": 1, "equal": True, "differences": []})


def test_an_unknown_id_is_one_clear_line(velocity: Velocity) -> None:
    exit_code, answer, said = velocity("show", "contact:c_000000000000")
    assert (exit_code, answer["error"]["code"]) == (2, "unknown_id")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("VELOCITY_DATABASE_URL", "postgresql://velocity:wrong@127.0.0.1:1/velocity", "database_unreachable"),
        ("VELOCITY_DATABASE_URL", "mysql://localhost/x", "bad_dsn"),
        ("VELOCITY_STORAGE_URL", "/dev/null/storage", "storage_unusable"),
        ("VELOCITY_STORAGE_URL", "/proc/velocity", "storage_unusable"),
        ("VELOCITY_ENV", "moon", "bad_setting"),
    ],
)
def test_wrong_configuration_is_one_clear_line(
    velocity: Velocity, exports: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, code: str
) -> None:
    monkeypatch.setenv(variable, value)
    exit_code, answer, said = velocity("import", str(exports / "events_contact.csv"))
    assert (exit_code, answer["error"]["code"]) == (2, code)
    assert said.count("\n") == 1
    assert "wrong@" not in said


def test_a_wrong_password_is_refused_without_telling_it(
    velocity: Velocity, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, _, tail = database_url.partition("@")
    monkeypatch.setenv("VELOCITY_DATABASE_URL", f"{head.rpartition(':')[0]}:not-the-one@{tail}")
    exit_code, answer, said = velocity("fingerprint")
    assert (exit_code, answer["error"]["code"]) == (2, "database_unreachable")
    assert "password" in answer["error"]["message"]
    assert "not-the-one" not in said


def test_a_full_storage_root_is_refused_before_anything_is_written(
    velocity: Velocity, workspace: Workspace, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VELOCITY_STORAGE_URL", "/dev/full")
    exit_code, answer, _ = velocity("import", str(exports / "events_contact.csv"))
    assert (exit_code, answer["error"]["code"]) == (2, "storage_unusable")
    assert rows_of(workspace, "log") == 0


def test_a_port_in_use_is_one_clear_line(velocity: Velocity, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("VELOCITY_WEBSERVER_PORT", str(taken.getsockname()[1]))
        exit_code, answer, _ = velocity("up")
    assert (exit_code, answer["error"]["code"]) == (2, "port_in_use")
