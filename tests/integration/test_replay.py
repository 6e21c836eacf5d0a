"""Replay: what is published follows from evidence and log, and an edit by hand is found and named."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from assets.rebuild import rebuild
from resources.workspace import Workspace
from tests.integration.conftest import Begin, Import, definitions, listed
from tests.records import forgetful


def quiet(_line: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def published(workspace: Workspace, exports: Path, run_import: Import, begin: Begin) -> Workspace:
    """A workspace with two versions published."""

    def twice() -> None:
        files = listed(exports)
        run_import(files[:4])
        run_import(files)

    begin("four exports, then those and the others", twice)
    return workspace


def test_a_rebuild_equals_what_is_published_and_leaves_nothing_behind(published: Workspace) -> None:
    outcome = rebuild(published, quiet)
    assert (outcome.version, outcome.equal) == (2, True)
    schemas = published.database.frame("select nspname from pg_namespace where nspname like 'velocity%'")
    assert schemas["nspname"].to_list() == ["velocity"]
    assert not [p for p in Path(published.storage.url, "replay").rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        (
            "update contact set last_name = 'Edited' where canonical_id = (select min(canonical_id) from contact)",
            "contact",
        ),
        ("delete from activity where key = (select min(key) from activity)", "activity"),
        (
            "update account_360 set owner = '' where canonical_id = (select min(canonical_id) from account_360)",
            "account_360",
        ),
        ("update canonical_id set born_key = 'x' where id = (select min(id) from canonical_id)", "canonical_id"),
    ],
)
def test_an_edit_by_hand_is_named(published: Workspace, statement: str, table: str) -> None:
    with published.database.transaction() as connection:
        assert connection.execute(text(statement)).rowcount == 1
    assert [d.table for d in rebuild(published, quiet).differences] == [table]


def test_the_nightly_job_turns_its_check_red_with_the_name_of_the_table(published: Workspace) -> None:
    job = definitions(published).resolve_job_def("replay_published")
    with forgetful() as instance:
        good = job.execute_in_process(instance=instance)
        with published.database.transaction() as connection:
            connection.execute(text("update contact set city = 'Nowhere'"))
        bad = job.execute_in_process(instance=instance)
    checks = [
        next(e.asset_check_evaluation_data for e in r.all_events if e.event_type_value == "ASSET_CHECK_EVALUATION")
        for r in (good, bad)
    ]
    assert [c.passed for c in checks] == [True, False]
    assert checks[1].metadata["tables_that_differ"].value == "contact"
