"""What was visible once, and the feed that tells what changed: both are what a recount of the versions says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from assets.rebuild import rebuild
from identity.errors import BadInputError
from resources.enriching import planning
from resources.history import as_of, version_of
from resources.migrations import config
from resources.tables import HISTORY, PUBLISHED, Base, Publication
from resources.workspace import Workspace
from tests.integration.conftest import Begin, Import, Velocity

MAPPING = """source: list
entity: contact
key: Id
updated_at: Changed
columns: {Who: full_name, Mail: email, Firm: company_name}
deleted: {column: Gone, values: ['yes']}
"""
FIRST = """Id,Who,Mail,Firm,Changed,Gone
1,Ann Brook,ann@crm.example,,2026-01-01,
2,Bo Hill,bo@crm.example,Hill Works,2026-01-01,
3,Cy Lake,cy@crm.example,,2026-01-01,
"""
SECOND = """Id,Who,Mail,Firm,Changed,Gone
1,Ann Brook,ann@crm.example,Brook Mills,2026-02-01,
3,Cy Lake,cy@crm.example,,2026-02-01,yes
4,Di Ford,di@crm.example,,2026-02-01,
"""


@pytest.fixture
def twice(workspace: Workspace, tmp_path: Path, run_import: Import, begin: Begin) -> dict[str, str]:
    """Two versions of three contacts; the id of each by name."""
    mapping = tmp_path / "list.yaml"
    mapping.write_text(MAPPING)

    def imported() -> None:
        for number, text in enumerate((FIRST, SECOND), start=1):
            file = tmp_path / f"{number}.csv"
            file.write_text(text)
            run_import([(file, mapping)])

    begin("two versions of three contacts", imported)
    with workspace.database.transaction() as connection:
        rows = [row for version in (1, 2) for row in connection.execute(as_of("contact", version)).mappings()]
    return {row["display_name"]: row["canonical_id"] for row in rows}


def test_the_feed_tells_each_client_that_changed_and_in_what(workspace: Workspace, twice: dict[str, str]) -> None:
    told = workspace.database.frame("select * from change where entity = 'contact' order by version, canonical_id")
    found = {(row["version"], row["canonical_id"]): (row["change"], row["fields"]) for row in told.to_dicts()}
    first = {(1, twice[name]): ("added", None) for name in ("Ann Brook", "Bo Hill", "Cy Lake")}
    assert {key: said for key, said in found.items() if key[0] == 1} == first
    change, fields = found.pop((2, twice["Ann Brook"]))
    assert change == "updated"
    assert {"company_name", "updated_at", "account_id", "account_name", "profile", "relations"} <= set(fields)
    assert not {"email", "primary_email", "engagement", "display_name"} & set(fields)
    assert {key: said for key, said in found.items() if key[0] == 2} == {
        (2, twice["Cy Lake"]): ("removed", None),
        (2, twice["Di Ford"]): ("added", None),
    }


def test_a_client_is_seen_as_of_any_version(workspace: Workspace, twice: dict[str, str]) -> None:
    with workspace.database.transaction() as connection:
        seen = []
        for version in (1, 2):
            rows = as_of("contact", version).subquery()
            query = select(rows.c.display_name, rows.c.company_name).order_by(rows.c.display_name)
            seen.append([tuple(row) for row in connection.execute(query)])
    assert seen[0] == [("Ann Brook", None), ("Bo Hill", "Hill Works"), ("Cy Lake", None)]
    assert seen[1] == [("Ann Brook", "Brook Mills"), ("Bo Hill", "Hill Works"), ("Di Ford", None)]
    assert len(twice) == 4


@pytest.mark.usefixtures("twice")
def test_a_version_is_named_by_its_number_or_by_a_time(workspace: Workspace) -> None:
    with workspace.database.transaction() as connection:
        stamps = connection.execute(select(Publication.as_of).order_by(Publication.version)).scalars().all()
        day, later = stamps[1].astimezone(dt.UTC).date(), dt.timedelta(days=1)
        said = ["1", "2", stamps[0].isoformat(), day.isoformat(), (day + later).isoformat()]
        assert [version_of(connection, one) for one in said] == [1, 2, 1, 2, 2]
        for wrong, code in {"3": "unknown_version", "0": "unknown_version", "2020-01-01": "unknown_version",
                            "soon": "bad_time"}.items():  # fmt: skip
            with pytest.raises(BadInputError) as refused:
                version_of(connection, wrong)
            assert refused.value.code == code


def test_each_published_table_has_a_history_of_its_columns() -> None:
    assert set(HISTORY) == set(PUBLISHED)
    for name, then in HISTORY.items():
        assert [*Base.metadata.tables[name].columns.keys(), "ended"] == then.columns.keys()


@pytest.mark.usefixtures("twice")
def test_a_database_of_before_the_history_goes_on_and_says_where_it_begins(
    workspace: Workspace, tmp_path: Path, run_import: Import
) -> None:
    with workspace.database.transaction() as connection:
        command.downgrade(config(connection), "0003")
        connection.exec_driver_sql("delete from frame where run <> ''")
    workspace.database.create()
    with workspace.database.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    third = tmp_path / "3.csv"
    third.write_text("Id,Who,Mail,Firm,Changed,Gone\n5,Eve Moor,eve@crm.example,,2026-03-01,\n")
    assert run_import([(third, tmp_path / "list.yaml")]).success
    assert rebuild(workspace, lambda _line: None).equal
    with workspace.database.transaction() as connection:
        assert [version_of(connection, one) for one in ("2", "3")] == [2, 3]
        with pytest.raises(BadInputError) as refused:
            version_of(connection, "1")
        assert refused.value.code == "before_history"
        names = [row["display_name"] for row in connection.execute(as_of("contact", 2)).mappings()]
    assert sorted(names) == ["Ann Brook", "Bo Hill", "Di Ford"]


def test_show_tells_what_a_client_was_on_a_day(velocity: Velocity, workspace: Workspace, twice: dict[str, str]) -> None:
    def shown(name: str, *as_of: str) -> dict[str, Any]:
        code, document, _ = velocity("show", f"contact:{twice[name]}", *as_of)
        assert code == 0
        return dict(document)

    then, now = shown("Ann Brook", "--as-of", "1"), shown("Ann Brook")
    assert (then["account_name"], now["account_name"]) == (None, "Brook Mills")
    assert (then["version"], then["published_version"], now["version"]) == (1, 1, 2)
    assert [one["file"] for one in (*then["evidence"], *now["evidence"])] == ["1.csv", "2.csv"]
    assert then["completeness"]["profile"]["state"] == "complete"
    assert shown("Ann Brook", "--as-of", "2")["profile"] == now["profile"]
    assert (shown("Cy Lake")["state"], shown("Cy Lake", "--as-of", "1")["profile"]["email"]) == (
        "gone",
        ["cy@crm.example"],
    )
    assert [shown("Di Ford", "--as-of", "1")["state"], shown("Cy Lake", "--as-of", "2")["state"]] == ["unborn", "gone"]
    assert velocity("show", "contact:c_none", "--as-of", "1")[0] == 2
    assert workspace.database.frame("select count(*) as n from contact_360_history")["n"][0] == 2


def test_a_picture_that_is_wanted_today_was_not_pending_then(
    velocity: Velocity, workspace: Workspace, twice: dict[str, str]
) -> None:
    planning.plan(workspace, 100)
    said = {}
    for when in ((), ("--as-of", "2")):
        _, document, _ = velocity("show", f"contact:{twice['Ann Brook']}", *when)
        said[when] = [one["reason"] for one in document["completeness"]["enrichment"]["reasons"]]
    assert said[()] and set(said[()]) == {"enrichment_pending"}
    assert said["--as-of", "2"] == []


def test_an_id_that_was_merged_and_came_back_is_led_on_as_of_the_version_between(
    velocity: Velocity, twice: dict[str, str]
) -> None:
    one, other = (f"contact:{twice[name]}" for name in ("Ann Brook", "Bo Hill"))
    said = velocity("merge", one, other, "--reason", "a test")[1]
    assert velocity("decisions", "retract", str(said["decision"]))[0] == 0
    shown = [[velocity("show", name, "--as-of", v)[1] for v in ("2", "3", "4")] for name in (one, other)]
    states = [[(was["state"], was["forwarded_to"] is not None) for was in of] for of in shown]
    assert states[0][::2] == states[1][::2] == [("live", False)] * 2
    assert sorted([states[0][1], states[1][1]]) == [("live", False), ("live", True)]
    assert len({of[1]["canonical_id"] for of in shown}) == 1
