"""The log: numbered without gaps in the order of commits, and every change in it is found."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from sqlalchemy import text

from identity.redaction import Person
from resources import log
from resources.database import Database
from resources.erasing import payloads
from resources.workspace import Workspace

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def fill(workspace: Workspace, entries: int) -> None:
    for number in range(1, entries + 1):
        with workspace.database.transaction() as connection:
            assert log.append(connection, "receipt", {"n": number}, "tester", NOON) == number


def verdict(workspace: Workspace) -> log.Verdict:
    with workspace.database.transaction() as connection:
        return log.verify(connection)


def test_eight_writers_leave_no_gap_and_a_whole_chain(workspace: Workspace) -> None:
    def write(number: int) -> None:
        own = Database(workspace.database.dsn)
        for entry in range(10):
            try:
                with own.transaction() as connection:
                    log.append(connection, "receipt", {"writer": number, "entry": entry}, f"writer {number}")
                    assert entry % 3 != 2, "taken back"
            except AssertionError:
                continue
        own.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert verdict(workspace) == log.Verdict(8 * 7, None, "")
    with workspace.database.transaction() as connection:
        written = [payload for _, payload in log.payloads(connection, "receipt")]
    for number in range(8):
        assert [p["entry"] for p in written if p["writer"] == number] == [0, 1, 3, 4, 6, 7, 9]


@pytest.mark.parametrize(
    ("statement", "at", "reason"),
    [
        ("update log_payload set body = '{}' where seq = 2", 2, "the payload is not the one committed to"),
        ("update log_payload set salt = 'x' where seq = 3", 3, "the payload is not the one committed to"),
        ("update log set actor = 'other' where seq = 2", 2, "the hash does not follow from the entry before"),
        ("update log set kind = 'batch' where seq = 1", 1, "the hash does not follow from the entry before"),
        ("update log set at = at + interval '1 microsecond' where seq = 3", 3, "the hash does not follow"),
        ("update log set hash = 'x' where seq = 2", 2, "the hash does not follow from the entry before"),
        ("update log set previous = 'x' where seq = 4", 4, "the hash does not follow from the entry before"),
        ("delete from log_payload where seq = 2; delete from log where seq = 2", 3, "a number is missing"),
    ],
)
def test_a_change_is_found_at_its_place(workspace: Workspace, statement: str, at: int, reason: str) -> None:
    fill(workspace, 4)
    with workspace.database.transaction() as connection:
        for part in statement.split("; "):
            assert connection.execute(text(part)).rowcount == 1
    found = verdict(workspace)
    assert found.broken_at == at
    assert found.reason.startswith(reason)


def test_a_payload_can_be_destroyed_without_breaking_the_chain(workspace: Workspace) -> None:
    fill(workspace, 3)
    with workspace.database.transaction() as connection:
        connection.execute(text("delete from log_payload where seq = 2"))
    assert verdict(workspace) == log.Verdict(3, None, "")


def test_equal_payloads_have_different_commitments(workspace: Workspace) -> None:
    with workspace.database.transaction() as connection:
        for _ in range(2):
            log.append(connection, "receipt", {"same": 1}, "tester", NOON)
    assert workspace.database.frame("select distinct commitment from log").height == 2


def test_a_stamp_is_the_same_instant_in_every_zone() -> None:
    berlin = NOON.astimezone(dt.timezone(dt.timedelta(hours=2)))
    one, other = (log.entry_hash(log.GENESIS, 1, "receipt", at, "a", b"c") for at in (NOON, berlin))
    assert one == other


def test_a_number_without_one_text_is_refused(workspace: Workspace) -> None:
    with pytest.raises(TypeError, match="no canonical text"), workspace.database.transaction() as connection:
        log.append(connection, "receipt", {"deep": [{"x": 0.1}]}, "tester")
    assert verdict(workspace).entries == 0


def test_payloads_are_read_by_kind_up_to_a_cut(workspace: Workspace) -> None:
    fill(workspace, 3)
    with workspace.database.transaction() as connection:
        log.append(connection, "batch", {"b": 1}, "tester")
        assert log.payloads(connection, "receipt", upto=2) == [(1, {"n": 1}), (2, {"n": 2})]
        assert log.payload(connection, 4) == {"b": 1}
        assert log.head(connection) == 4


def restated(workspace: Workspace) -> None:
    """Entry 2 is left as entry 4 says."""
    said: dict[str, Any] = {"erases": "c_x", "restated": {"2": {"n": "(erased)"}}, "destroyed": [3]}
    with workspace.database.transaction() as connection:
        assert payloads.enter(connection, said, "tester") == 4


def test_what_an_erasure_left_of_a_payload_is_vouched_for(workspace: Workspace) -> None:
    fill(workspace, 3)
    restated(workspace)
    assert verdict(workspace) == log.Verdict(4, None, "")
    with workspace.database.transaction() as connection:
        assert log.payloads(connection, "receipt") == [(1, {"n": 1}), (2, {"n": "(erased)"})]


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        ("update log_payload set body = '{}' where seq = 2", 2),
        ("update log_payload set restated = 3 where seq = 2", 2),
        ("update log_payload set restated = 4 where seq = 1", 1),
        ("update log_payload set body = '{}' where seq = 4", 2),
    ],
)
def test_what_was_restated_cannot_be_changed(workspace: Workspace, statement: str, at: int) -> None:
    fill(workspace, 3)
    restated(workspace)
    with workspace.database.transaction() as connection:
        assert connection.execute(text(statement)).rowcount == 1
    assert verdict(workspace).broken_at == at


def erase(workspace: Workspace, key: str) -> int:
    """As an erasure of that record does with the log."""
    with workspace.database.transaction() as connection:
        restated, destroyed = payloads.left_of(connection, Person.of("c_x", [key], []), [])
        said = {"erases": "c_x", "restated": restated, "destroyed": destroyed}
        return payloads.enter(connection, said, "tester")


def test_one_erasure_after_another_leaves_of_a_decision_what_it_says_of_others(workspace: Workspace) -> None:
    said = [["same", f"crm:contact:{a}", f"crm:contact:{b}"] for a, b in ("ab", "bc", "cd")]
    with workspace.database.transaction() as connection:
        log.append(connection, "decision", {"judgements": said, "reason": "r", "shown": {}}, "tester")
        log.append(connection, "decision", {"retracts": 1, "reason": "r"}, "tester")
    for key, left in {"crm:contact:a": said[1:], "crm:contact:b": said[2:], "crm:contact:d": None}.items():
        erase(workspace, key)
        assert verdict(workspace).broken_at is None
        with workspace.database.transaction() as connection:
            found = dict(log.payloads(connection, "decision"))
            everything = workspace.database.frame("select string_agg(body, ' ') from log_payload").item()
        assert found.get(1, {}).get("judgements") == left
        assert found[2] == {"retracts": 1, "reason": "r"}
        assert key not in everything
