"""An erased person is gone from every id that they wore; nobody else's past, values or explanations go with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.rebuild import rebuild
from identity.errors import VelocityError
from identity.judgements import Judgement
from resources import decisions, log
from resources.decisions import Override
from resources.enriching import planning
from resources.erasing import scouring
from resources.tables import HISTORY
from resources.workspace import Workspace
from tests.integration.conftest import Begin, Velocity
from velocity_pipelines import launching
from velocity_pipelines.sampling import random_cells

pytestmark = pytest.mark.timeout(900)  # several runs of the whole platform a test
MAPPING = """{source: crm, entity: contact, key: Id, updated_at: Changed,
 columns: {First: first_name, Last: last_name, Mail: email, Firm: company_name, Title: title}}"""
ROWS = """Id,First,Last,Mail,Firm,Title,Changed
1,Zephyrine,Quill,zq@quill.example,Mill,Gyroscopist,2026-01-01
2,Zenobia,Feather,zf@feather.example,Mill,Aeronaut,2026-02-01
3,Bob,Hill,bob@hill.example,Mill,Buyer,2026-01-01
4,Cyprian,Marsh,cy@marsh.example,Mill,Diver,2026-02-01
5,Cyprian,Marsh,other@lake.example,Lake Works,Owner,2026-01-01
"""
FIRST = ("Zephyrine", "Zenobia", "quill.example", "feather.example", "Gyroscopist", "Aeronaut")
SECOND = ("Marcellus", "mf@fenn.example", "Dowser")


@pytest.fixture
def ids(velocity: Velocity, workspace: Workspace, tmp_path: Path, begin: Begin) -> dict[str, str]:
    """Version 1: the canonical id of each contact by its number."""
    (tmp_path / "m.yaml").write_text(MAPPING)
    (tmp_path / "a.csv").write_text(ROWS)

    def imported() -> None:
        assert velocity("import", str(tmp_path / "a.csv"), "--mapping", str(tmp_path / "m.yaml"))[0] == 0
        planning.plan(workspace, 10)

    begin("five people, and jobs planned for them", imported)
    return worn(workspace)


def said_of(workspace: Workspace, words: tuple[str, ...]) -> dict[str, set[str]]:
    """Which of these words stand in which history."""
    found = {}
    for name, table in HISTORY.items():
        rows = "\n".join(workspace.database.frame(f"select to_jsonb(h)::text as row from {table.name} h")["row"])
        found[name] = {word for word in words if word in rows}
    return {name: words for name, words in found.items() if words}


def worn(workspace: Workspace) -> dict[str, str]:
    """The canonical id of each contact by its number."""
    walk = workspace.database.frame("select source_id, canonical_id from crosswalk where entity = 'contact'")
    return dict(walk.iter_rows())


def jobs(workspace: Workspace) -> set[tuple[str, int]]:
    return set(workspace.database.frame("select canonical_id, version_360 from enrichment_job").iter_rows())


def dies(*_given: Any, **_named: Any) -> None:
    raise RuntimeError("killed")


def then(velocity: Velocity, name: str, version: int) -> tuple[str, Any]:
    shown = velocity("show", f"contact:{name}", "--as-of", str(version))[1]
    return shown["state"], shown.get("profile", {}).get("email")


def erased(velocity: Velocity, name: str) -> None:
    code, done, error = velocity("erase", f"contact:{name}", "--reason", "r 1", "--yes")
    assert (code, done.get("state")) == (0, "erased"), (done, error)


def test_who_was_merged_is_gone_under_both_ids(
    velocity: Velocity, workspace: Workspace, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = ("crm:contact:1", "crm:contact:2")
    assert velocity("merge", *pair, "--reason", "one person")[0] == 0
    merged = worn(workspace)
    person = merged["1"]
    (other,) = {ids["1"], ids["2"]} - {person}
    assert (merged["2"], then(velocity, other, 1)[0]) == (person, "live")
    assert {"contact", "contact_360", "account_360", "contact_account"} <= set(said_of(workspace, FIRST))
    assert {(other, 1), (person, 1), (ids["3"], 1)} <= jobs(workspace)
    with monkeypatch.context() as patched:
        patched.setattr(scouring, "scour", dies)
        velocity("erase", f"contact:{other}", "--reason", "r 1", "--yes")  # any id of theirs names them
    erased(velocity, other)
    assert said_of(workspace, (*FIRST, *pair)) == {}
    assert [then(velocity, name, version)[0] for name in (person, other) for version in (1, 2, 3)] == ["erased"] * 6
    assert then(velocity, ids["3"], 1) == ("live", ["bob@hill.example"])
    assert {name for name, _ in jobs(workspace)} == {ids[number] for number in "345"}
    with workspace.database.transaction() as connection:
        ((_, entry), *_) = [one for one in log.payloads(connection, "erasure") if "erases" in one[1]]
    assert (entry["erases"], entry["ids"], entry["stood"]) == (person, sorted([person, other]), [])
    assert velocity("replay", "--verify")[0] == 0


def test_who_was_split_off_is_gone_from_the_id_that_stood_for_them(
    velocity: Velocity, workspace: Workspace, ids: dict[str, str], tmp_path: Path
) -> None:
    """Bob's id wore the record in version 2 only."""
    bob, key = ids["3"], "crm:contact:6"
    mistake = decisions.judge(workspace.database, [Judgement("same", "crm:contact:3", key)], "t", "one", {})
    (tmp_path / "b.csv").write_text(
        f"{ROWS.splitlines()[0]}\n6,Marcellus,Fenn,mf@fenn.example,Mill,Dowser,2026-03-01\n"
    )
    assert velocity("import", str(tmp_path / "b.csv"), "--mapping", str(tmp_path / "m.yaml"))[0] == 0
    assert worn(workspace)["6"] == bob
    planning.plan(workspace, 10)
    decisions.retract(workspace.database, mistake.seq, "t", "two")
    assert velocity("resolve")[0] == 0
    parted = worn(workspace)
    assert parted["3"] == bob != parted["6"]
    assert {"contact", "contact_360", "account_360", "contact_account"} <= set(said_of(workspace, SECOND))
    assert {(bob, 1), (bob, 2)} <= jobs(workspace)
    erased(velocity, parted["6"])
    assert said_of(workspace, (*SECOND, key)) == {}
    mail = ["bob@hill.example"]
    seen = [then(velocity, bob, version) for version in (1, 2, 3)]
    assert seen == [("live", mail), ("erased", None), ("live", mail)]
    assert {version for name, version in jobs(workspace) if name == bob} == {1}
    assert velocity("replay", "--verify")[0] == 0


def test_what_is_said_and_explained_of_others_stays(
    velocity: Velocity, workspace: Workspace, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a namesake and of those whose rows stand in the same file; on the way, a replay says what is unfinished."""
    set_on = {number: Override("contact", f"crm:contact:{number}", "full_name", "Cyprian Marsh") for number in "45"}
    seqs = {number: decisions.override(workspace.database, one, "t", "by phone") for number, one in set_on.items()}
    mail = Override("contact", "crm:contact:4", "email", "set@marsh.example")
    decisions.override(workspace.database, mail, "t", "by phone")
    assert velocity("resolve")[0] == 0
    with monkeypatch.context() as patched:
        patched.setattr(launching, "run_resolve", dies)
        velocity("erase", f"contact:{ids['4']}", "--reason", "r 1", "--yes")
    with pytest.raises(VelocityError) as refused:
        rebuild(workspace, lambda _line: None)
    assert refused.value.code == "erasure_unfinished"
    assert f"velocity erase contact:{ids['4']}" in refused.value.hint
    erased(velocity, ids["4"])
    with workspace.database.transaction() as connection:
        said = {one.seq: one.override.value for one in decisions.set_by_people(connection)}
    assert said == {seqs["5"]: "Cyprian Marsh"}
    assert workspace.database.frame("select full_name from contact where 'other@lake.example' = any(email)").rows() == [
        ("Cyprian Marsh",)
    ]
    code, told, error = velocity("explain", f"contact:{ids['3']}", "--field", "title")
    assert (code, told.get("value")) == (0, "Buyer"), (told, error)
    cells = random_cells(workspace, 100, seed=1)
    assert cells.height > 10
    assert cells["verified"].all()


def test_a_value_that_people_set_is_known_again(
    velocity: Velocity, workspace: Workspace, ids: dict[str, str], tmp_path: Path
) -> None:
    said = Override("contact", "crm:contact:4", "email", "set@marsh.example")
    decisions.override(workspace.database, said, "t", "by phone")
    erased(velocity, ids["4"])
    (tmp_path / "b.csv").write_text("Id,First,Last,Mail,Firm,Title,Changed\n9,Cy,M,set@marsh.example,,,2026-03-01\n")
    (tmp_path / "o.yaml").write_text(MAPPING.replace("crm", "shop"))
    answer = velocity("import", str(tmp_path / "b.csv"), "--mapping", str(tmp_path / "o.yaml"))[1]
    assert [answer["batches"][0][name] for name in ("accepted", "held")] == [0, 1]
