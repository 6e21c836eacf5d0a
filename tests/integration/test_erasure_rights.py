"""Who may erase whom, what is refused, and what an import is without the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from resources import log
from resources.workspace import Workspace
from tests.integration.conftest import Begin, Velocity
from velocity_pipelines import deciding

pytestmark = pytest.mark.timeout(900)  # several runs of the whole platform a test
MAPPING = "{source: crm, entity: contact, key: Id, columns: {Name: full_name, Mail: email, Firm: company_name}}"
ROWS = [
    "Id,Name,Mail,Firm",
    "1,Ann Brook,ann@crm.example,Mill",
    "2,Bob Hill,bob@crm.example,Mill",
    "3,Cy Marsh,cy@crm.example,",
]


@pytest.fixture
def ids(velocity: Velocity, workspace: Workspace, tmp_path: Path, begin: Begin) -> dict[str, str]:
    """The canonical id of each record key, after an import."""
    assert begin("three people", lambda: imported(velocity, tmp_path, "a.csv", *ROWS))["status"] == "published"
    return dict(workspace.database.frame("select key, canonical_id from crosswalk").iter_rows())


def imported(velocity: Velocity, tmp_path: Path, name: str, *rows: str, dry: bool = False) -> Any:
    (tmp_path / "m.yaml").write_text(MAPPING)
    (tmp_path / name).write_text("\n".join(rows) + "\n")
    options = ("--dry-run",) if dry else ()
    answer = velocity("import", str(tmp_path / name), "--mapping", str(tmp_path / "m.yaml"), *options)[1]
    return answer["batches"][0] if "batches" in answer else answer


def heads(workspace: Workspace) -> int:
    with workspace.database.transaction() as connection:
        return log.head(connection)


def test_what_is_refused_changes_nothing(velocity: Velocity, workspace: Workspace, ids: dict[str, str]) -> None:
    ann, firm = ids["crm:contact:1"], next(name for name in ids.values() if name.startswith("a_"))
    before = heads(workspace)
    refused = {
        "unknown_id": ("contact:c_000000000000", "--reason", "r 1", "--yes"),
        "bad_entity": (f"account:{firm}", "--reason", "r 1", "--yes"),
        "effect_changed": (f"contact:{ann}", "--reason", "r 1", "--expect", "0" * 64),
        "reason_names_person": (f"contact:{ann}", "--reason", "ANN BROOK asked", "--yes"),
        "usage": (f"contact:{ann}",),
    }
    assert {velocity("erase", *given)[1]["error"]["code"] for given in refused.values()} == set(refused)
    assert velocity("erase", "approve", "1", "--reason", "r")[1]["error"]["code"] == "unknown_request"
    assert velocity("erase", "release", "b", "1", "--reason", "r")[1]["error"]["code"] == "unknown_batch"
    assert heads(workspace) == before


def test_outside_of_local_somebody_else_has_to_approve(
    velocity: Velocity, workspace: Workspace, ids: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VELOCITY_ENV", "staging")
    monkeypatch.setenv("VELOCITY_ERASURE_KEY", "k" * 32)
    monkeypatch.setattr(deciding, "_user", lambda: "one")
    name = f"contact:{ids['crm:contact:1']}"
    listed = velocity("erase", name, "--reason", "r 1")[1]
    assert (listed["state"], [row["line"] for row in listed["rows"]]) == ("listed", [2])
    code, asked, _ = velocity("erase", name, "--reason", "r 1", "--expect", listed["effect"])
    assert (code, asked["state"], velocity("show", name)[1]["state"]) == (0, "requested", "live")
    number = str(asked["request"])
    assert velocity("erase", "approve", number, "--reason", "ok")[1]["error"]["code"] == "not_allowed"
    monkeypatch.setattr(deciding, "_user", lambda: "two")
    code, done, said = velocity("erase", "approve", number, "--reason", "ok")
    assert (code, done.get("state")) == (0, "erased"), (done, said)
    assert velocity("show", name)[1]["state"] == "erased"
    states = [(one["number"], one["state"]) for one in velocity("erase", "list")[1]["erasures"]]
    assert states == [(done["erasure"], "erased")]
    assert velocity("erase", "approve", number, "--reason", "ok")[1]["error"]["code"] == "unknown_request"
    assert velocity("erase", name, "--reason", "r 2", "--yes")[1]["error"]["code"] == "nothing_to_erase"
    monkeypatch.setenv("VELOCITY_ERASURE_KEY", "q" * 32)
    lost = imported(velocity, tmp_path, "b.csv", ROWS[0], "9,New,new@crm.example,", dry=True)
    assert lost["error"]["code"] == "erasure_key_changed"


def test_the_same_bytes_bring_nothing_back(
    velocity: Velocity, workspace: Workspace, ids: dict[str, str], tmp_path: Path
) -> None:
    """Undone and imported again, and under another source: the row stays erased, the colleague's firm stays theirs."""
    name = f"contact:{ids['crm:contact:1']}"
    code, done, said = velocity("erase", name, "--reason", "r 1", "--yes")
    assert (code, done.get("state")) == (0, "erased"), (done, said)
    (batch,) = {row["batch"] for row in done["rows"]}
    assert velocity("undo", batch)[0] == 0
    again = imported(velocity, tmp_path, "again.csv", *ROWS)
    assert [again[n] for n in ("status", "received", "accepted", "held", "erased")] == ["reinstated", 3, 2, 0, 1]
    (tmp_path / "o.yaml").write_text(MAPPING.replace("crm", "other"))
    dry, other = (
        velocity("import", str(tmp_path / "again.csv"), "--mapping", str(tmp_path / "o.yaml"), *options)[1]["batches"][
            0
        ]
        for options in (("--dry-run",), ())
    )
    counts = [3, 2, 0, 1]
    assert [[one[n] for n in ("received", "accepted", "held", "erased")] for one in (dry, other)] == [counts, counts]
    assert b"ann@crm" not in b"".join(p.read_bytes() for p in (tmp_path / "storage" / "evidence").iterdir())
    assert velocity("evidence", "verify")[0] == velocity("replay", "--verify")[0] == 0
    assert workspace.database.frame("select name from account")["name"].to_list() == ["Mill"]
