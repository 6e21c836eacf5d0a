"""A small import looks at few, by real runs, and shows what looking at everybody would; so does doing all anew."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import yaml
from sqlalchemy import text

from identity import client360, contracts
from resources import publishing
from resources.workspace import Workspace
from tests.integration.conftest import Shown, Velocity

PATCHED = ["account", "account_360", "contact", "contact_360"]
MAPPING = """source: desk
entity: contact
key: Id
columns: {Name: full_name, Mail: email, Company: company_name, Title: title}
"""
PEOPLE = "Id,Name,Mail,Company,Title\n1,Ann Brook,ann@brook.example,Brook Mills,Buyer\n"


def layered(workspace: Workspace) -> list[str]:
    """The frames of the newest version that are kept as patches."""
    query = "select asset from frame where run = :run and below <> '{}' order by asset"
    found = workspace.database.frame(query, run=publishing.newest_run(workspace.database))
    return [str(name) for name in found["asset"]]


@pytest.fixture
def small(velocity: Velocity, shown: Shown, tmp_path: Path) -> str:
    """Everybody is shown, and a person more; the mapping of another file like theirs."""
    shown()
    (tmp_path / "desk.yaml").write_text(MAPPING)
    (tmp_path / "desk.csv").write_text(PEOPLE)
    mapping = str(tmp_path / "desk.yaml")
    assert velocity("import", str(tmp_path / "desk.csv"), "--mapping", mapping)[0] == 0
    return mapping


def test_a_small_import_is_kept_as_patches_and_equals_a_replay(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, small: str
) -> None:
    assert layered(workspace) == ["account", "contact"]  # the first contact of a source bears on all of its clients
    (tmp_path / "more.csv").write_text(PEOPLE.replace("Buyer", "Director") + "2,Bo Ek,bo@brook.example,Brook Mills,\n")
    code, answer, _ = velocity("import", str(tmp_path / "more.csv"), "--mapping", small)
    assert (code, answer["entities"]["contact"]["created"]) == (0, 1)
    assert layered(workspace) == PATCHED
    assert velocity("replay", "--verify")[:2] == (0, {"version": answer["version"], "differences": [], "equal": True})
    undone = velocity("undo", answer["batches"][0]["batch"])
    assert (undone[0], layered(workspace)) == (0, PATCHED)
    assert velocity("replay", "--verify")[0] == 0


def test_nothing_is_built_on_what_a_contract_or_an_erasure_has_left(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, small: str
) -> None:
    del small
    (client,) = workspace.database.frame("select canonical_id from contact where full_name = 'Ann Brook'")[
        "canonical_id"
    ]
    assert velocity("override", f"contact:{client}", "title", "Chief", "--reason", "she said so")[0] == 0
    assert layered(workspace) == PATCHED
    rules = tmp_path / "rules.yaml"
    rules.write_text(yaml.safe_dump(yaml.safe_load(contracts.shipped("survivorship")) | {"trust": {"desk": 1}}))
    made = velocity("contract", "propose", "survivorship", str(rules), "--reason", "they know", "--by", "ann")[1]
    for step in (("approve", "--by", "bob"), ("activate",)):
        assert velocity("contract", step[0], made["version"], *step[1:])[0] == 0
    assert (velocity("resolve")[0], layered(workspace)) == (0, [])
    assert velocity("resolve")[0] == 0
    assert velocity("override", f"contact:{client}", "title", "Head", "--reason", "she said so")[0] == 0
    assert layered(workspace) == ["account_360", "contact", "contact_360"]  # no golden account differs
    assert velocity("erase", f"contact:{client}", "--reason", "she asked for it", "--yes")[0] == 0
    assert layered(workspace) == []
    assert velocity("replay", "--verify")[0] == 0


def test_what_another_code_or_a_hand_has_left_is_mended_by_resolving_anew(
    velocity: Velocity, workspace: Workspace, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del small
    monkeypatch.setattr(client360, "_sort_name", lambda: pl.lit("of another code").alias("sort_name"))
    assert velocity("resolve")[0] == 0
    assert velocity("replay", "--verify")[0] == 1
    assert velocity("resolve", "--anew")[0] == 0
    assert layered(workspace) == []
    assert velocity("replay", "--verify")[0] == 0


def test_where_an_object_below_is_lost_all_that_would_stand_on_it_is_made(
    velocity: Velocity, workspace: Workspace, tmp_path: Path, small: str
) -> None:
    with workspace.database.transaction() as connection:
        query = "select below[1] from frame where asset = 'contact' and below <> '{}'"
        (lowest,) = connection.execute(text(query)).scalars()
    (Path(workspace.storage.url) / "frames" / f"{lowest}.parquet").unlink()
    (tmp_path / "more.csv").write_text(PEOPLE.replace("1,Ann", "3,Anna"))
    assert velocity("import", str(tmp_path / "more.csv"), "--mapping", small)[0] == 0
    assert layered(workspace) == ["account_360", "contact_360"]
    assert velocity("replay", "--verify")[0] == 0
