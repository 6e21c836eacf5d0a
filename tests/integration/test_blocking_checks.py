"""A version that does not add up is not published, and what was published before stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from identity import stages
from resources import publishing
from resources.publishing import published_fingerprint
from resources.workspace import Workspace
from tests.integration.conftest import Import, Shown, listed

Stage = Callable[..., dict[str, pl.DataFrame]]


def breaking(stage: Stage, name: str, column: str) -> Stage:
    """A stage one of whose numbers is one too many."""

    def broken(*arguments: object) -> dict[str, pl.DataFrame]:
        made = stage(*arguments)
        return {**made, name: made[name].with_columns(pl.col(column) + (pl.int_range(pl.len()) == 0).cast(pl.Int64))}

    return broken


@pytest.mark.parametrize(
    ("stage", "table", "column", "check"),
    [
        ("canonical", "owner", "contacts", "recounted"),
        ("canonical", "contact_account", "records", "recounted"),
        ("client_360", "contact_360", "activity_count", "counts_recounted"),
    ],
)
def test_a_version_that_does_not_add_up_is_not_published(
    workspace: Workspace,
    exports: Path,
    run_import: Import,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    table: str,
    column: str,
    check: str,
) -> None:
    files = listed(exports)
    shown(3)
    before = published_fingerprint(workspace.database)
    with monkeypatch.context() as patched:
        patched.setattr(stages, stage, breaking(getattr(stages, stage), table, column))
        with pytest.raises(Exception, match=f"{table}.*{check}|{check}.*{table}"):
            run_import(files[3:4])
    assert published_fingerprint(workspace.database) == before
    run_import(files[3:4])
    assert publishing.newest(workspace.database) == 2
