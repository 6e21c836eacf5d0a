"""Files of every kind through the command line: what was sent can be shown, mended and sent again."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import yaml

from identity.errors import VelocityError
from identity.mapping import Mapping
from resources import catalog, log
from resources.publishing import read_tables
from resources.workspace import Workspace
from tests.integration.conftest import Begin, Velocity, definitions, rows_of
from tests.workbooks import write_workbook
from velocity_pipelines.platform import in_process
from velocity_pipelines.settings import Settings

CSV = (
    "Id,Name,Email,Born\n1,Ann Brook,ann@brook.example,1980-02-01\n2,Bo Stone,bo@stone.example,soon\n3,=cmd(),x,2\n4\n"
)
MAPPING = """
source: fair
entity: contact
key: Id
columns: {Name: full_name, Email: email, Born: date_of_birth}
"""


@pytest.fixture
def mapping(tmp_path: Path) -> str:
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING)
    return str(path)


def sent(tmp_path: Path, name: str, data: bytes) -> str:
    path = tmp_path / name
    path.write_bytes(data)
    return str(path)


def names(workspace: Workspace) -> list[str]:
    return sorted(read_tables(workspace.database, ("contact",))["contact"]["full_name"])


def batches(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {batch["member"]: batch for batch in answer["batches"]}


def test_a_workbook_and_an_archive_are_a_batch_a_table(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, mapping: str
) -> None:
    book = tmp_path / "book.xlsx"
    rows = [["Id", "Name", "Email", "Born"], [7, "Cy Reed", "cy@reed.example", "1990-01-01"]]
    write_workbook(book, {"People": rows, "Notes": [["ask Cy"]]})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a/people.csv", CSV)
        archive.writestr("a/photo.png", b"\x89PNG\r\n\x1a\n")
    zipped = sent(tmp_path, "all.zip", out.getvalue())
    code, answer, _ = velocity("import", str(book), zipped, "--mapping", mapping)
    found = batches(answer)
    assert code == 2
    assert {member: one["status"] for member, one in found.items()} == {
        "People": "published", "Notes": "refused", "a/people.csv": "published", "a/photo.png": "refused",
    }  # fmt: skip
    assert found["a/photo.png"]["error"]["code"] == "not_a_table"
    assert (found["a/people.csv"]["received"], found["a/people.csv"]["rejected"]) == (4, 3)
    assert names(workspace) == ["Ann Brook", "Cy Reed"]
    code, compared, _ = velocity("replay")
    assert (code, compared["differences"]) == (0, [])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("p.jsonl", b'{"Id": 1, "Name": "Ann", "Email": "ann@brook.example", "Born": null}\n'),
        ("p.json", b'{"people": [{"Id": 1, "Name": "Ann", "Email": "ann@brook.example", "Born": ""}]}'),
        ("p.csv.gz", gzip.compress(b"Id;Name;Email;Born\n1;Ann;ann@brook.example;\n", mtime=0)),
        ("p.csv", "Id,Name,Email,Born\n1,Ann,ann@brook.example,\n".encode("utf-16")),
    ],
)
def test_the_same_person_in_any_format(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, mapping: str, name: str, data: bytes
) -> None:
    code, answer, _ = velocity("import", sent(tmp_path, name, data), "--mapping", mapping)
    assert (code, [one["status"] for one in answer["batches"]]) == (0, ["published"])
    person = read_tables(workspace.database, ("contact",))["contact"].row(0, named=True)
    assert (person["full_name"], person["email"]) == ("Ann", ["ann@brook.example"])


def test_rejected_rows_are_mended_and_sent_again(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, mapping: str
) -> None:
    _, answer, _ = velocity("import", sent(tmp_path, "people.csv", CSV.encode()), "--mapping", mapping)
    batch = answer["batches"][0]["batch"]
    out = tmp_path / "mend.csv"
    _, said, _ = velocity("rejected", batch, "--out", str(out))
    assert [(row["line"], row["column"], row["mended_by"]) for row in said["rejected"]] == [
        (3, "Born", []), (4, "Email", []), (5, None, []),
    ]  # fmt: skip
    frame = pl.read_csv(out, infer_schema=False)
    assert frame["Name"].to_list() == ["Bo Stone", "'=cmd()", None]
    assert frame["_rejected_line"].to_list() == ["3", "4", "5"]
    mended = frame.with_columns(
        Born=pl.lit("1990-01-01"),
        Email=pl.concat_str(pl.lit("m"), "Id", pl.lit("@x.example")),
        Name=pl.col("Name").fill_null("D"),
    )
    mended.write_csv(out)
    code, again, _ = velocity("import", str(out), "--mapping", mapping)
    by = again["batches"][0]
    assert (code, by["accepted"], by["rejected"]) == (0, 3, 0)
    _, said, _ = velocity("rejected", batch)
    assert [row["mended_by"] for row in said["rejected"]] == [[f"{by['batch']}:{line}"] for line in (2, 3, 4)]
    assert names(workspace) == ["=cmd()", "Ann Brook", "Bo Stone", "D"]


def test_evidence_is_given_back_and_verified(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, mapping: str
) -> None:
    data = CSV.encode("cp1252")
    _, answer, _ = velocity("import", sent(tmp_path, "people.csv", data), "--mapping", mapping)
    one = answer["batches"][0]
    out = tmp_path / "back.csv"
    code, given, _ = velocity("evidence", "get", one["batch"], "--out", str(out))
    assert (code, out.read_bytes(), given["sha256"]) == (0, data, one["sha256"])
    _, row, _ = velocity("evidence", "get", one["batch"], "--line", "3")
    assert row["cells"] == {"Id": "2", "Name": "Bo Stone", "Email": "bo@stone.example", "Born": "soon"}
    assert data[row["begin"] : row["end"]] == b"2,Bo Stone,bo@stone.example,soon"
    assert velocity("evidence", "get", one["batch"], "--line", "99")[1]["error"]["code"] == "unknown_line"
    assert velocity("evidence", "get", one["batch"])[0] == 2
    assert velocity("evidence", "verify")[:2] == (0, {"files": 1, "damaged": [], "erased": []})
    kept = Path(workspace.storage.url) / "evidence" / one["sha256"]
    kept.write_bytes(data[:-1])
    code, found, _ = velocity("evidence", "verify")
    assert (code, [(d["batch"], d["code"]) for d in found["damaged"]]) == (1, [(one["batch"], "object_damaged")])
    kept.unlink()
    assert velocity("evidence", "verify")[1]["damaged"][0]["code"] == "object_missing"


def test_mapping_suggest_and_check(velocity: Velocity, tmp_path: Path, mapping: str) -> None:
    file = sent(tmp_path, "people.csv", CSV.encode())
    code, answer, _ = velocity("mapping", "check", file, "--mapping", mapping)
    (table,) = answer["tables"]
    assert (code, table["missing"], table["unmapped"]) == (0, [], [])
    assert (table["counts"]["accepted"], table["counts"]["rejected"]) == (1, 3)
    assert {(r["column"], r["rows"]) for r in table["reasons"]} == {("Born", 1), ("Email", 1), (None, 1)}
    other = sent(tmp_path, "other.csv", b"Key,Vorname,Nachname,Mail\n1,Ann,Brook,ann@brook.example\n")
    assert velocity("mapping", "check", other, "--mapping", mapping)[1]["tables"][0]["missing"] == [
        "Id",
        "Name",
        "Email",
        "Born",
    ]
    out = tmp_path / "proposed.yaml"
    code, answer, _ = velocity("mapping", "suggest", other, "--source", "list", "--out", str(out))
    assert (code, answer["tables"][0]["confident"]) == (0, True)
    code, answer, _ = velocity("import", other, "--mapping", str(out))
    assert (code, answer["batches"][0]["accepted"]) == (0, 1)


@pytest.mark.usefixtures("whole_record")
def test_an_export_that_changed_shape_is_told_and_taken(velocity: Velocity, tmp_path: Path, mapping: str) -> None:
    for number in range(2):
        data = CSV.replace("Ann", f"Ann{number}").encode()
        assert velocity("import", sent(tmp_path, f"{number}.csv", data), "--mapping", mapping)[0] == 0
    changed = CSV.replace("Born", "Birthday")
    file = sent(tmp_path, "changed.csv", changed.encode())
    code, answer, _ = velocity("import", file, "--mapping", mapping)
    assert (code, answer["batches"][0]["error"]["code"]) == (2, "mapping_needed")
    other = tmp_path / "newer.yaml"
    other.write_text(MAPPING.replace("Born:", "Birthday:"))
    code, answer, _ = velocity("import", file, "--mapping", str(other))
    assert (code, answer["batches"][0]["status"]) == (0, "published")
    with in_process.dagster_instance(Settings.read()) as instance:
        key = dg.AssetCheckKey(dg.AssetKey("rows"), "shape_as_before")
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        assert record.status.value == "FAILED"
        said = json.dumps({k: str(v.value) for k, v in record.event.dagster_event.event_specific_data.metadata.items()})
    assert "'Born' is gone" in said
    assert "'Birthday' is new" in said


WRONG = MAPPING.replace("Name: full_name", "Name: company_name")


@pytest.fixture
def misread(velocity: Velocity, tmp_path: Path, begin: Begin) -> tuple[str, str]:
    """A file that was imported by a wrong mapping, and its batch."""
    (tmp_path / "wrong.yaml").write_text(WRONG)
    file = sent(tmp_path, "people.csv", CSV.encode())
    code, answer, _ = begin("misread", lambda: velocity("import", file, "--mapping", str(tmp_path / "wrong.yaml")))
    assert (code, answer["version"]) == (0, 1)
    return file, answer["batches"][0]["batch"]


def test_old_bytes_are_read_by_another_mapping_if_that_is_said(
    velocity: Velocity, workspace: Workspace, mapping: str, misread: tuple[str, str]
) -> None:
    file, batch = misread
    before = catalog.get(workspace.database, batch)
    code, answer, _ = velocity("import", file, "--mapping", mapping)
    assert (code, answer["batches"][0]["status"], answer["version"]) == (0, "duplicate", 1)
    assert rows_of(workspace, "log") == 2

    _, foreseen, _ = velocity("import", file, "--mapping", mapping, "--reinterpret", "--dry-run")
    assert (foreseen["entities"]["contact"]["updated"], rows_of(workspace, "log")) == (1, 2)
    told = ("--expect", foreseen["effect"])
    code, answer, _ = velocity("import", file, "--mapping", mapping, "--reinterpret", *told)
    (one,) = answer["batches"]
    assert (code, one["status"], one["batch"], answer["version"]) == (0, "published", batch, 2)
    person = read_tables(workspace.database, ("contact",))["contact"].row(0, named=True)
    assert (person["full_name"], person["company_name"]) == ("Ann Brook", None)
    after = catalog.get(workspace.database, batch)
    assert (after.arrival.received_at, after.published) == (before.arrival.received_at, 2)
    with workspace.database.transaction() as connection:
        assert log.payload(connection, 3) == {"withdraws": batch, "reason": catalog.READ_ANEW}
        assert [seq for seq, _ in log.payloads(connection, "batch")] == [1, 4]
        assert log.verify(connection).broken_at is None
    code, answer, _ = velocity("import", file, "--mapping", mapping, "--reinterpret")
    assert (code, answer["batches"][0]["status"]) == (0, "duplicate")
    code, compared, _ = velocity("replay", "--verify")
    assert (code, compared["differences"]) == (0, [])


def test_where_reading_anew_fails_the_former_reading_stays(
    velocity: Velocity, workspace: Workspace, mapping: str, misread: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, batch = misread
    shown = read_tables(workspace.database, ("contact", "account"))
    real = Mapping.from_dict

    def breaks(facts: dict[str, Any]) -> Mapping:
        if "full_name" in json.dumps(facts):
            raise VelocityError("broken", "it breaks", "")
        return real(facts)

    with monkeypatch.context() as patched:
        patched.setattr("assets.rows.Mapping.from_dict", breaks)
        patched.setattr("velocity_pipelines.landing.read_mapping", lambda path: real(yaml.safe_load(path.read_text())))
        code, answer, _ = velocity("import", file, "--mapping", mapping, "--reinterpret")
    assert (code, answer["batches"][0]["status"]) == (1, "failed")
    assert catalog.get(workspace.database, batch).published == 2
    now = read_tables(workspace.database, ("contact", "account"))
    assert [now[name].drop("version").equals(shown[name].drop("version")) for name in now] == [True, True]
    assert catalog.pending(workspace.database) == []
    assert velocity("replay", "--verify")[0] == 0


def test_a_file_that_changes_while_it_is_read_is_not_taken(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, mapping: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from velocity_pipelines import landing

    file = sent(tmp_path, "grows.csv", CSV.encode())
    real = landing.open_tables

    def growing(path: Path, name: str) -> Any:
        with Path(file).open("a") as more:
            more.write("5,E,e@x.example,\n")
        return real(path, name)

    monkeypatch.setattr(landing, "open_tables", growing)
    code, answer, _ = velocity("import", file, "--mapping", mapping)
    assert (code, answer["batches"][0]["error"]["code"]) == (2, "file_changed")
    assert rows_of(workspace, "log") == rows_of(workspace, "batch") == 0


def test_the_preview_job_writes_nothing(workspace: Workspace, velocity: Velocity, tmp_path: Path, mapping: str) -> None:
    file = sent(tmp_path, "people.csv", CSV.encode())
    config = {"ops": {"preview_file": {"config": {"path": file, "mapping": mapping}}}}
    job = definitions(workspace).resolve_job_def("preview_import")
    with dg.DagsterInstance.ephemeral() as instance:
        done = job.execute_in_process(instance=instance, run_config=config)
    (output,) = [e for e in done.all_events if e.event_type_value == "STEP_OUTPUT"]
    facts = output.step_output_data.metadata
    assert facts["tables"].value[0]["rejected"] == 3
    assert facts["would_change"].value["contact"]["created"] == 1
    assert rows_of(workspace, "log") == rows_of(workspace, "batch") == 0
    assert "Ann" not in json.dumps([str(value.value) for value in facts.values()])
