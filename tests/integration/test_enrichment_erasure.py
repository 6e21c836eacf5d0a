"""Whoever is erased while their picture is being made: nothing of it is kept, whatever dies in between."""

from __future__ import annotations

import pytest

from identity.errors import VelocityError
from resources import erasures, log
from resources.enriching.accepting import Finished, accept
from resources.erasing import tables
from resources.storage import Storage
from resources.workspace import Workspace
from tests.enriching import add_clients, begun, jobs_of, made, planned
from tests.enriching import drawn as picture

RED = picture("red")


def finished(workspace: Workspace) -> tuple[str, str, Finished, object]:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    book, claim = begun(workspace, job)
    drawn = Finished(claim, {"card": picture("blue")}, {"card": RED})
    return job, jobs_of(workspace)[job]["canonical_id"], drawn, book


def purge(workspace: Workspace, client: str, *accounts: str) -> None:
    said = {"ids": [client], "stood": [], "accounts": list(accounts)}
    tables.purge(workspace, said, Nobody())  # type: ignore[arg-type]


class Nobody:
    """Erased records: none, for the client came from no file."""

    def among(self, _keys: object) -> list[str]:
        return []


def test_while_an_erasure_is_under_way_nothing_is_kept(workspace: Workspace) -> None:
    job, client, drawn, book = finished(workspace)
    with workspace.database.lock(erasures.LOCK):
        assert accept(book, [drawn]) == (0, [drawn])  # type: ignore[arg-type]
    assert workspace.storage.listed("artefacts") == []
    purge(workspace, client)
    assert accept(book, [drawn]) == (0, [])  # type: ignore[arg-type]
    assert workspace.storage.listed("artefacts") == []
    for table in ("job", "attempt", "event", "artefact"):
        assert workspace.database.frame(f"select 1 from enrichment_{table}").is_empty(), job


def test_bytes_that_were_put_by_a_lane_that_died_then_are_destroyed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, client, drawn, book = finished(workspace)
    put = Storage.put

    def dies(self: Storage, kind: str, data: bytes, suffix: str = "") -> str:
        kept = put(self, kind, data, suffix)
        if data == RED.data:
            raise VelocityError("killed", "killed", "")
        return kept

    monkeypatch.setattr(Storage, "put", dies)
    with pytest.raises(VelocityError, match="killed"):
        accept(book, [drawn])  # type: ignore[arg-type]
    assert len(workspace.storage.listed("artefacts")) == 2
    purge(workspace, client)
    left = [workspace.storage.get("artefacts", one) for one in workspace.storage.listed("artefacts")]
    assert RED.data not in left


def test_a_picture_that_shows_somebody_else_too_stays(workspace: Workspace) -> None:
    add_clients(workspace, 2)
    one, two = planned(workspace)
    made(workspace, one, RED)
    made(workspace, two, RED)
    purge(workspace, jobs_of(workspace)[one]["canonical_id"])
    assert RED.data in [workspace.storage.get("artefacts", name) for name in workspace.storage.listed("artefacts")]
    purge(workspace, jobs_of(workspace)[two]["canonical_id"])
    assert RED.data not in [workspace.storage.get("artefacts", name) for name in workspace.storage.listed("artefacts")]


def test_an_erasure_that_is_killed_among_the_pictures_destroys_them_when_it_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_clients(workspace, 1)
    (job,) = planned(workspace)
    client = jobs_of(workspace)[job]["canonical_id"]
    made(workspace, job, RED)

    def dies(self: Storage, kind: str, digest: str, suffix: str = "") -> None:
        raise VelocityError("killed", f"killed at {kind}/{digest}{suffix} of {self.url}", "")

    with monkeypatch.context() as patch:
        patch.setattr(Storage, "destroy", dies)
        with pytest.raises(VelocityError, match="killed"):
            purge(workspace, client)
    assert workspace.storage.listed("artefacts") != []
    purge(workspace, client)
    assert workspace.storage.listed("artefacts") == []


def test_a_receipt_that_came_while_the_erasure_was_under_way_is_destroyed_and_the_chain_holds(
    workspace: Workspace,
) -> None:
    add_clients(workspace, 2)
    one, two = planned(workspace)
    for job in (one, two):
        made(workspace, job, RED)
    purge(workspace, jobs_of(workspace)[one]["canonical_id"])
    with workspace.database.transaction() as connection:
        assert [body["job"] for _, body in log.payloads(connection, "receipt")] == [two]
        assert log.verify(connection).broken_at is None


def test_an_account_that_only_the_person_told_of_goes_with_its_pictures(workspace: Workspace) -> None:
    add_clients(workspace, 2)
    person, account = planned(workspace)
    gone = jobs_of(workspace)[account]["canonical_id"]
    for job in (person, account):
        made(workspace, job, RED)
    issued = "insert into canonical_id (id, entity, state, minted, born_at, born_key, seq)"
    with workspace.database.transaction() as connection:
        connection.exec_driver_sql(f"{issued} values (%s, 'account', 'gone', 1, now(), 'crm:account:1', 1)", (gone,))
    purge(workspace, jobs_of(workspace)[person]["canonical_id"], gone)
    assert jobs_of(workspace) == {}
    assert workspace.storage.listed("artefacts") == []
