"""The landing folder: complete files once, bad ones aside with the reason, and what was cut off is taken up again."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from identity.errors import BadInputError
from resources import catalog
from resources.publishing import read_tables
from resources.workspace import Workspace
from tests.integration.conftest import definitions, take
from tests.workbooks import write_workbook
from velocity_pipelines import sensors
from velocity_pipelines.launching import IMPORT_JOB, import_tags
from velocity_pipelines.sensors import MOST_FILES, complete_files, landing_folder

GOOD = "Id,Name,Email\n{0},Ann Brook,ann{0}@crm.example\n"
MAPPING = "source: list\nentity: contact\nkey: Id\ncolumns: {Name: full_name, Email: email}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "landing"
    made.mkdir()
    monkeypatch.setenv("VELOCITY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VELOCITY_LANDING", str(made))
    return made


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def lay(folder: Path, name: str, body: str, *, rested: bool = True) -> Path:
    """A file that came a minute ago, or is still being written."""
    file = folder / name
    file.write_text(body)
    file.with_name(name + ".mapping.yaml").write_text(MAPPING)
    if rested:
        os.utime(file, (time.time() - 60, time.time() - 60))
    return file


def look(
    instance: dg.DagsterInstance, workspace: Workspace, *, keep_cursor: bool = True
) -> dg.SensorResult | dg.SkipReason:
    """One evaluation; what it asks for in partitions is done, and its cursor kept, as the daemon does it."""
    cursor = instance.daemon_cursor_storage.get_cursor_values({"landing"}).get("landing")
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"workspace": workspace})
    result = landing_folder(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    if keep_cursor and isinstance(result, dg.SensorResult) and result.cursor:
        instance.daemon_cursor_storage.set_cursor_values({"landing": result.cursor})
    for wish in getattr(result, "dynamic_partitions_requests", None) or []:
        instance.add_dynamic_partitions("batches", list(wish.partition_keys))
    return result


def test_complete_files_are_taken_once_in_one_run(
    folder: Path, instance: dg.DagsterInstance, workspace: Workspace
) -> None:
    for number in (1, 2, 3):
        lay(folder, f"{number}.csv", GOOD.format(number))
    result = look(instance, workspace)
    assert isinstance(result, dg.SensorResult)
    (request,) = result.run_requests or []
    pending = catalog.pending(workspace.database)
    assert len(pending) == 3
    assert list(request.tags.values())[:2] == [pending[0], pending[-1]]
    assert sorted(p.name for p in (folder / "taken").glob("*.csv")) == ["1.csv", "2.csv", "3.csv"]
    assert isinstance(look(instance, workspace), dg.SkipReason)
    assert catalog.pending(workspace.database) == pending


def test_a_file_that_grows_is_left_until_it_rests_or_is_said_to_be_done(
    folder: Path, instance: dg.DagsterInstance, workspace: Workspace
) -> None:
    file = lay(folder, "grows.csv", GOOD.format(1), rested=False)
    assert isinstance(look(instance, workspace), dg.SkipReason)
    assert file.exists()
    file.with_name("grows.csv.done").touch()
    assert isinstance(look(instance, workspace), dg.SensorResult)
    assert [p.name for p in folder.iterdir()] == ["taken"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "bad.csv is empty"),
        ("Id,_line\n1,2\n", "which we use"),
        ("A,B\n1,2\n", "lacks the columns Id, Name, Email"),
    ],
)
def test_a_bad_file_is_put_aside_with_the_reason_and_blocks_nobody(
    folder: Path, instance: dg.DagsterInstance, workspace: Workspace, body: str, said: str
) -> None:
    lay(folder, "bad.csv", body)
    lay(folder, "good.csv", GOOD.format(1))
    assert isinstance(look(instance, workspace), dg.SensorResult)
    assert said in (folder / "refused" / "bad.csv.reason.txt").read_text()
    assert (folder / "taken" / "good.csv").exists()
    assert len(catalog.pending(workspace.database)) == 1


HEADER = ["Id", "Name", "Email"]


def book(path: Path) -> None:
    sheets = {name: [HEADER, [name, "Ann Brook", f"{name}@crm.example"]] for name in ("North", "South")}
    write_workbook(path, sheets)


def archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("in/north.csv", GOOD.format("North"))
        made.writestr("in/south.csv", GOOD.format("South"))


def half_bad(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("north.csv", GOOD.format("North"))
        made.writestr("south.csv", "A,B\n1,2\n")
        made.writestr("photo.png", b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("name", "write", "members", "refused"),
    [
        ("a.xlsx", book, ["North", "South"], []),
        ("a.zip", archive, ["in/north.csv", "in/south.csv"], []),
        ("b.zip", half_bad, ["north.csv"], ["lacks the columns Id, Name, Email", "photo.png is a PNG picture"]),
    ],
)
def test_each_table_of_a_file_is_a_batch_of_its_own_once(
    folder: Path,
    instance: dg.DagsterInstance,
    workspace: Workspace,
    name: str,
    write: Callable[[Path], None],
    members: list[str],
    refused: list[str],
) -> None:
    sent = folder.parent / name
    write(sent)
    for call in ("first", "again"):
        file = lay(folder, f"{call}-{name}", "", rested=False)
        shutil.copyfile(sent, file)
        os.utime(file, (time.time() - 60, time.time() - 60))
        result = look(instance, workspace)
        put = "refused" if refused else "taken"
        assert [p.name for p in folder.iterdir() if p.is_file()] == []
        assert (folder / put / file.name).exists()
        reason = folder / "refused" / f"{file.name}.reason.txt"
        assert [said in reason.read_text() for said in refused] == [True] * len(refused)
        if refused:
            proposal = folder / "refused" / f"{file.name}.south.csv.proposed.yaml"
            assert proposal.exists()
            assert f"a proposal is in {proposal}:" in reason.read_text()
        if call == "first":
            assert isinstance(result, dg.SensorResult)
            pending = catalog.pending(workspace.database)
            found = [catalog.get(workspace.database, batch).arrival.member for batch in pending]
            assert (found, len(result.run_requests or [])) == (members, 1)
            publish(instance, workspace, pending)
        assert catalog.pending(workspace.database) == []
        assert read_tables(workspace.database, ("crosswalk",))["crosswalk"].height == len(members)
        assert isinstance(look(instance, workspace), dg.SkipReason)


def publish(instance: dg.DagsterInstance, workspace: Workspace, batches: list[str]) -> None:
    job = definitions(workspace).resolve_job_def(IMPORT_JOB)
    assert job.execute_in_process(instance=instance, tags=import_tags(batches)).success


def test_a_defect_of_a_reader_refuses_its_file_without_telling_values(
    folder: Path, instance: dg.DagsterInstance, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from velocity_pipelines import landing

    def broken(*_: object) -> None:
        raise RuntimeError("ann1@crm.example")

    monkeypatch.setattr(landing, "offer", broken)
    lay(folder, "odd.csv", GOOD.format(1))
    assert isinstance(look(instance, workspace), dg.SkipReason)
    assert (folder / "refused" / "odd.csv.reason.txt").read_text() == "it cannot be read: RuntimeError\n"


def test_a_full_disk_is_no_fault_of_the_file(
    folder: Path, instance: dg.DagsterInstance, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise BadInputError("storage_unwritable", "no space left", "")

    file = lay(folder, "1.csv", GOOD.format(1))
    with monkeypatch.context() as patched:
        patched.setattr("resources.storage.Storage.put_file", full)
        with pytest.raises(BadInputError, match="no space left"):
            look(instance, workspace)
    assert file.exists()
    assert catalog.pending(workspace.database) == []
    assert isinstance(look(instance, workspace), dg.SensorResult)


def test_a_batch_whose_run_was_never_asked_for_is_run_with_the_next(
    folder: Path, instance: dg.DagsterInstance, workspace: Workspace
) -> None:
    file = lay(folder, "1.csv", GOOD.format(1))
    assert sensors._take(workspace, file) is not None  # and here the daemon died
    result = look(instance, workspace)
    assert isinstance(result, dg.SensorResult)
    assert [r.tags["dagster/partition"] for r in result.run_requests or []] == catalog.pending(workspace.database)


def test_a_file_whose_run_failed_is_run_again_when_it_comes_again(
    folder: Path, instance: dg.DagsterInstance, workspace: Workspace
) -> None:
    lay(folder, "1.csv", GOOD.format(1))
    look(instance, workspace)  # its run fails: no version shows the batch
    assert isinstance(look(instance, workspace), dg.SkipReason)
    lay(folder, "again.csv", GOOD.format(1))
    result = look(instance, workspace)
    assert isinstance(result, dg.SensorResult)
    assert [r.tags["dagster/partition"] for r in result.run_requests or []] == catalog.pending(workspace.database)


def test_a_file_that_somebody_else_began_to_import_is_run(
    folder: Path, instance: dg.DagsterInstance, workspace: Workspace
) -> None:
    file = lay(folder, "1.csv", GOOD.format(1))
    batch = take(workspace, file, file.with_name("1.csv.mapping.yaml"))  # by a command that died
    result = look(instance, workspace)
    assert isinstance(result, dg.SensorResult)
    assert [r.tags["dagster/partition"] for r in result.run_requests or []] == [batch]


def test_a_batch_is_asked_for_until_the_request_was_kept(
    folder: Path, instance: dg.DagsterInstance, workspace: Workspace
) -> None:
    lay(folder, "1.csv", GOOD.format(1))
    look(instance, workspace, keep_cursor=False)  # the daemon added the partition and died
    result = look(instance, workspace)
    assert isinstance(result, dg.SensorResult)
    assert len(result.run_requests or []) == 1
    assert isinstance(look(instance, workspace), dg.SkipReason)


def test_a_flood_is_taken_in_portions_oldest_first(folder: Path) -> None:
    for number in range(MOST_FILES + 2):
        file = folder / f"{number:04}.csv"
        file.touch()
        os.utime(file, (time.time() - 9000 + number, time.time() - 9000 + number))
    assert [p.name for p in complete_files(folder)] == [f"{n:04}.csv" for n in range(MOST_FILES)]
