"""The life of an epoch through the command line: trained, told, compared, put in force, and taken back."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from identity.epoch import shipped
from resources import log
from resources.publishing import live_edges
from resources.workspace import Workspace
from tests.integration.conftest import Begin, Velocity, definitions, listed, rows_of
from tests.records import forgetful
from velocity_pipelines import importing, landing
from velocity_pipelines.settings import Settings
from velocity_pipelines.synth import write_exports


@pytest.fixture
def imported(velocity: Velocity, workspace: Workspace, tmp_path: Path, begin: Begin) -> None:
    """Exports of a size that can be trained on, imported."""
    del velocity  # which says by the environment where the workspace is

    def made() -> None:
        exports = tmp_path / "exports"
        write_exports(3000, 17, exports)
        files = [(file, landing.Options(mapping=mapping)) for file, mapping in listed(exports)]
        answer = importing.import_files(Settings.read(), workspace, importing.Request(files), lambda _line: None)
        assert importing.exit_code(answer) == 0

    begin("exports to train on", made)


@pytest.mark.usefixtures("imported")
def test_the_life_of_an_epoch(velocity: Velocity, workspace: Workspace) -> None:
    ours = shipped("contact").id
    assert in_force(velocity) == [ours, shipped("account").id]
    before = velocity("fingerprint")[1]

    code, made, _ = velocity("model", "train", "--entity", "contact", "--by", "tester")
    assert (code, made["entity"], made["active"]) == (0, "contact", False)
    assert made["epoch"] != ours
    entries = rows_of(workspace, "log")
    assert velocity("model", "train", "--entity", "contact")[1] == made
    assert rows_of(workspace, "log") == entries

    shown = velocity("model", "show", made["epoch"])[1]
    assert (shown["records"], shown["active"], shown["actor"]) == (made["records"], False, "tester")
    assert {level["comparison"] for level in shown["levels"]} >= {"name", "email", "phone", "first_rarity"}
    code, compared, _ = velocity("model", "compare", ours, made["epoch"])
    assert (code, compared["epochs"], compared["records"]) == (0, [ours, made["epoch"]], made["records"])
    assert velocity("fingerprint")[1] == before

    code, active, _ = velocity("model", "activate", made["epoch"], "--reason", "outgrown")
    assert (code, active["active"]) == (0, True)
    assert in_force(velocity)[0] == made["epoch"]
    assert set(live_edges(workspace, "contact")["epoch"]) == {made["epoch"]}
    assert clusters(workspace) == compared["clusters"][1]
    assert velocity("replay", "--verify")[1]["differences"] == []
    with_it = velocity("fingerprint")[1]

    assert velocity("model", "activate", ours)[0] == 0
    back = velocity("fingerprint")[1]
    assert (back["content"], back["partition"]) == (before["content"], before["partition"])
    assert (with_it["partition"] != before["partition"]) == (
        compared["merge"] + compared["split"] + compared["move"] > 0
    )
    assert velocity("replay", "--verify")[1]["differences"] == []
    with workspace.database.transaction() as connection:
        said = [payload.get("activates") for _, payload in log.payloads(connection, "epoch")]
    assert said == [None, made["epoch"], ours]


@pytest.mark.usefixtures("imported")
def test_an_asset_trains_and_puts_nothing_in_force(velocity: Velocity, workspace: Workspace) -> None:
    with forgetful() as instance:
        job = definitions(workspace).resolve_job_def("train_epochs")
        made = job.execute_in_process(instance=instance, asset_selection=[dg.AssetKey("contact_epoch")])
    (done,) = made.asset_materializations_for_node("contact_epoch")
    trained = done.metadata["epoch"].value
    assert [epoch["active"] for epoch in velocity("model", "list")[1]["epochs"] if epoch["epoch"] == trained] == [False]
    assert done.metadata["records"].value > 1000


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["train"], "too_small"),
        (["train", "--entity", "account", "--activate"], "too_small"),
        (["show", "contact-zz"], "unknown_epoch"),
        (["activate", "contact"], "already_active"),
        (["compare", "contact", "account"], "different_entities"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    velocity: Velocity, workspace: Workspace, arguments: list[str], code: str
) -> None:
    exit_code, answer, said = velocity("model", *arguments)
    assert (exit_code, answer["error"]["code"]) == (2, code)
    assert said.strip().splitlines()[-1].startswith("velocity: ")
    assert rows_of(workspace, "log") == 0


def in_force(velocity: Velocity) -> list[str]:
    return [epoch["epoch"] for epoch in velocity("model", "list")[1]["epochs"] if epoch["active"]]


def clusters(workspace: Workspace) -> int:
    """How many contacts are published."""
    return rows_of(workspace, "contact")
