"""From files to published tables by the real job: rows conserved, nothing personal told, order without effect."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text

from identity.errors import VelocityError
from resources import catalog, log, publishing
from resources.publishing import published_fingerprint, read_tables
from resources.workspace import Workspace
from tests.integration.conftest import RECEIVED, Import, Shown, listed


def test_every_row_is_in_one_place_and_everything_is_published(
    workspace: Workspace, exports: Path, run_import: Import
) -> None:
    files = listed(exports)
    result = run_import(files)
    assert result.success
    received = accepted = 0
    with workspace.database.transaction() as connection:
        batches = [row.batch for row in connection.execute(text("select batch from batch"))]
        assert log.verify(connection).broken_at is None
    for batch in batches:
        state = catalog.get(workspace.database, batch)
        counts = state.counts
        assert counts is not None
        assert state.published == 1
        assert counts.received == counts.accepted + counts.rejected + counts.superseded + counts.held
        received, accepted = received + counts.received, accepted + counts.accepted
    assert received == sum(pl.read_csv(f, infer_schema=False).height for f, _ in files)
    tables = read_tables(workspace.database, ("crosswalk", "contact", "opportunity", "activity", "contact_360"))
    own = tables["crosswalk"].filter(~pl.col("derived")).height
    assert own + tables["opportunity"].height + tables["activity"].height == accepted
    assert 0 < tables["contact"].height < tables["crosswalk"].filter(pl.col("entity") == "contact").height
    assert tables["contact_360"]["canonical_id"].sort().equals(tables["contact"]["canonical_id"].sort())
    assert tables["contact"]["canonical_id"].str.contains(r"^c_[0-9a-z]{12,}$").all()


def test_every_check_passes_and_events_name_nobody(workspace: Workspace, exports: Path, run_import: Import) -> None:
    result = run_import(listed(exports))
    checks = [
        e.asset_check_evaluation_data for e in result.all_events if e.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    assert len(checks) >= 8
    assert [c.check_name for c in checks if not c.passed] == []
    told = " ".join(str(e) for e in result.all_events)
    people = read_tables(workspace.database, ("contact",))["contact"]
    for column in ("email", "phone"):
        for value in people[column].explode(empty_as_null=True).drop_nulls():
            assert value not in told
    for name in people["full_name"].drop_nulls():
        assert name not in told


def test_the_same_files_again_change_nothing(
    workspace: Workspace, exports: Path, run_import: Import, shown: Shown
) -> None:
    files = listed(exports)
    shown()
    before = published_fingerprint(workspace.database)
    assert run_import(files).success
    after = published_fingerprint(workspace.database)
    assert (after.all, after.ids, after.content) == (before.all, before.ids, before.content)


def test_order_and_grouping_of_stamped_files_have_no_effect(
    workspace: Workspace, exports: Path, run_import: Import
) -> None:
    files = listed(exports)
    stamps = [RECEIVED + dt.timedelta(minutes=i) for i in range(len(files))]
    run_import(files, stamps)
    together = published_fingerprint(workspace.database)
    with workspace.database.transaction() as connection:
        connection.execute(text(f'drop schema "{workspace.database.schema}" cascade'))
    workspace.database.create()
    backwards = list(zip(files, stamps, strict=True))[::-1]
    for start in (0, 4):
        part = backwards[start : start + 4] if start == 0 else backwards[4:]
        run_import([f for f, _ in part], [s for _, s in part])
    apart = published_fingerprint(workspace.database)
    assert (apart.partition, apart.content) == (together.partition, together.content)


def test_a_failed_publication_shows_nothing(
    workspace: Workspace, exports: Path, run_import: Import, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = listed(exports)
    shown(2)
    before = published_fingerprint(workspace.database)
    write = publishing.write

    def broken(connection: object, name: str, *rest: object) -> None:
        if name == "account_360":
            raise VelocityError("disk", "the disk is gone")
        write(connection, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "write", broken)
    with pytest.raises(VelocityError, match="the disk is gone"):
        run_import(files)
    assert published_fingerprint(workspace.database) == before
    monkeypatch.undo()
    run_import(files)
    assert published_fingerprint(workspace.database).version == 2


def test_a_draft_that_another_version_overtook_is_refused(workspace: Workspace, shown: Shown) -> None:
    shown(1)
    stale = catalog.cut(workspace.database).with_columns(follows=pl.lit(0, pl.Int64))
    frames = publishing.published_frames(workspace)
    run_id = workspace.database.frame("select run_id from publication")["run_id"][0]
    for name in ("canonical_id", "record_home", "record_worn", "id_event", "contact_live_edges", "account_live_edges"):
        frames[name] = workspace.frames.read(name, [run_id])
    with pytest.raises(VelocityError) as refused:
        publishing.publish(workspace, publishing.Draft.of({**frames, "cut": stale}), "late")
    assert refused.value.code == "stale_draft"
    assert publishing.newest(workspace.database) == 1


def test_a_newer_version_of_a_record_replaces_the_older_whatever_came_first(
    workspace: Workspace, tmp_path: Path, run_import: Import
) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "source: list\nentity: contact\nkey: Id\nupdated_at: Changed\ncolumns: {Name: full_name, Mail: email}\n"
    )
    new, old = tmp_path / "new.csv", tmp_path / "old.csv"
    new.write_text("Id,Name,Mail,Changed\n1,Ann Brook,ann@new.example,2026-05-02\n")
    old.write_text("Id,Name,Mail,Changed\n1,Ann Brook,ann@old.example,2026-05-01\n")
    run_import([(new, mapping)])
    run_import([(old, mapping)])
    people = read_tables(workspace.database, ("contact",))["contact"]
    assert people["email"].to_list() == [["ann@new.example"]]


def test_the_payload_is_kept_verbatim(workspace: Workspace, shown: Shown) -> None:
    shown()
    kept = workspace.database.frame("select payload::text as payload from contact_360 order by canonical_id")["payload"]
    for body in kept[:50]:
        assert body == json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
