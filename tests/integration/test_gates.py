"""Release gates: each is green for what was seen, and red for what is not as it must be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from identity.contracts import NAMES
from resources import log
from resources.workspace import Workspace
from tests.integration.conftest import Begin, Velocity
from tests.workers import Standin
from velocity_pipelines import evidence, gates

GATES = ["settings", "worker_url", "schema", "audit_chain", "evidence", "contracts", "erasures"]
GOOD = "https://comfy.example.com/gpu/one"


def red(answer: dict[str, list[dict[str, object]]]) -> dict[str, str]:
    return {str(gate["gate"]): str(gate["evidence"]) for gate in answer["gates"] if not gate["ok"]}


@pytest.fixture
def imported(velocity: Velocity, exports: Path, begin: Begin) -> Velocity:
    begin("the events of gates", lambda: velocity("import", str(exports / "events_contact.csv")))
    return velocity


def test_where_all_holds_every_gate_is_green_and_says_why(imported: Velocity, monkeypatch: pytest.MonkeyPatch) -> None:
    code, answer, _ = imported("gates")
    assert (code, answer["env"], answer["ok"]) == (0, "local", True)
    assert [gate["gate"] for gate in answer["gates"]] == GATES
    seen = {gate["gate"]: gate["evidence"] for gate in answer["gates"]}
    assert seen["evidence"] == "1 of 1 files hashed again, all as they came"
    assert seen["audit_chain"] == "2 entries, chain whole"
    assert seen["worker_url"] == "none set: a local stand-in serves enrichment"
    assert [one.split()[0] for one in seen["contracts"].split(", ")] == sorted(NAMES)
    monkeypatch.setenv("VELOCITY_COMFY_URL", GOOD)
    code, answer, _ = imported("gates", "--env", "production")
    assert (code, answer["env"], red(answer)) == (0, "production", {})


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://192.0.2.7/gpu", "is an IP address"),
        ("http://192.0.2.7:8188", "is an IP address"),
        ("https://[2001:db8::1]/", "is an IP address"),
        ("https://localhost", "is an IP address"),
        ("http://comfy.example.com", "is not https"),
        ("https://comfy.example.com/?token=s3cret", "carries more than host and path"),
        (None, "VELOCITY_COMFY_URL is not set"),
    ],
)
def test_a_worker_that_is_no_name_over_tls_is_red_outside_of_local(
    velocity: Velocity, monkeypatch: pytest.MonkeyPatch, url: str | None, why: str
) -> None:
    if url is not None:
        monkeypatch.setenv("VELOCITY_COMFY_URL", url)
    code, answer, _ = velocity("gates", "--env", "staging")
    assert (code, list(red(answer))) == (1, ["worker_url"])
    assert why in red(answer)["worker_url"]
    assert "s3cret" not in str(answer)


def test_settings_that_would_not_do_there_are_red(velocity: Velocity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELOCITY_COMFY_URL", GOOD)
    monkeypatch.delenv("VELOCITY_STORAGE_URL")
    code, answer, _ = velocity("gates", "--env", "production")
    assert (code, list(red(answer))) == (1, ["settings"])
    assert "VELOCITY_STORAGE_URL is not set" in red(answer)["settings"]


def test_an_environment_that_there_is_not_is_bad_input(velocity: Velocity) -> None:
    code, answer, _ = velocity("gates", "--env", "moon")
    assert (code, answer["error"]["code"]) == (2, "bad_setting")


def _log_changed(workspace: Workspace) -> None:
    with workspace.database.transaction() as connection:
        connection.execute(text("update log_payload set body = '{}' where seq = 1"))


def _evidence_changed(workspace: Workspace) -> None:
    (file,) = (Path(workspace.storage.url) / "evidence").iterdir()
    file.write_bytes(b"something else")


def _contract_of_another_time(workspace: Workspace) -> None:
    said = {"name": "survivorship", "activates": "0" * 16, "text": '{"bogus": {}}', "reason": "why not"}
    with workspace.database.transaction() as connection:
        log.append(connection, "contract", said, "somebody")


@pytest.mark.parametrize(
    ("gate", "harm", "why"),
    [
        ("audit_chain", _log_changed, "entry 1: the payload is not the one committed to"),
        ("evidence", _evidence_changed, "object damaged"),
        ("contracts", _contract_of_another_time, "bogus"),
    ],
)
def test_harm_is_seen_by_the_gate_that_it_is_for(
    imported: Velocity, workspace: Workspace, gate: str, harm: Callable[[Workspace], None], why: str
) -> None:
    harm(workspace)
    code, answer, _ = imported("gates")
    assert code == 1
    assert why in red(answer)[gate]


def test_a_sample_is_spread_over_all_files(workspace: Workspace, velocity: Velocity, tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text("source: list\nentity: contact\nkey: Id\ncolumns: {Mail: email}\n")
    for number in range(5):
        file = tmp_path / f"{number}.csv"
        file.write_text(f"Id,Mail\n{number},a{number}@x.example\n")
        velocity("import", str(file), "--mapping", str(mapping))
    for file in (Path(workspace.storage.url) / "evidence").iterdir():
        file.write_bytes(b"something else")
    assert [len(evidence.verify(workspace, lambda _: None, sample=most)) for most in (1, 3, 5, gates.SAMPLE)] == [
        1, 3, 5, 5,
    ]  # fmt: skip


MODEL = "; model RealESRGAN_x4plus.safetensors: BSD-3-Clause"


def test_doctor_says_which_pictures_a_worker_cannot_make(
    velocity: Velocity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for options, told in (
        ((), "; no logo_upscale: it has no upscale_models/RealESRGAN_x4plus.safetensors"),
        (("--models",), ""),
    ):
        worker = Standin(tmp_path / f"worker{len(options)}", *options)
        monkeypatch.setenv("VELOCITY_COMFY_URL", worker.url)
        code, answer, _ = velocity("doctor")
        worker.kill()
        assert code == 0
        assert {"check": "worker", "ok": True, "what": f"{worker.url}, ComfyUI 0.33.0{told}{MODEL}"} in answer["checks"]
