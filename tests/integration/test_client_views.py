"""What the views add to dated facts, at moments that are said; lists page through everybody once."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from resources import views
from resources.database import Database
from resources.migrations import config
from resources.workspace import Workspace
from tests.integration.conftest import Import, Shown, listed

COMPLETE = {"state": "complete", "reasons": []}
FACTS: dict[str, Any] = {
    "completeness": dict.fromkeys(("engagement", "pipeline", "relations"), COMPLETE),
    "engagement": {
        "by_day": [{"count": 2, "day": "2026-01-01"}, {"count": 3, "day": "2026-03-04"},
                   {"count": 5, "day": "2026-03-10"}, {"count": 7, "day": "2026-04-01"}],
        "by_kind": [], "count": 17, "last_at": None,
    },
    "health": {}, "profile": {}, "relations": [], "sources": [], "timeline": [],
    "pipeline": {
        "by_currency": [], "deals": [], "totals": [],
        "due": [{"amount": "5", "close_date": day, "count": n, "currency": "EUR", "without_amount": 0}
                for day, n in (("2026-03-09", 2), ("2026-03-10", 4))],
    },
    "qualification": {"fit": 40, "signals": [
        {"name": "b", "kind": "intent", "points": 30, "until": "2026-03-10T12:00:00.000000Z"},
        {"name": "a", "kind": "intent", "points": 45, "until": None}]},
}  # fmt: skip
INTENT = [{"points": 30, "until": "2026-03-10T12:00:00.000000Z"}, {"points": 45, "until": None}]


def keep(connection: Connection, canonical_id: str = "c_1", **said: Any) -> None:
    """A row of contact_360 that says so."""
    row = {
        "canonical_id": canonical_id, "sort_name": "ann", "open_value": 0, "fit_score": 40, "complete": True,
        "open_count": 0, "won_count": 0, "lost_count": 0, "activity_count": 0, "sources": ["crm"], "records": 1,
        "version": 1, "intent": json.dumps(INTENT), "payload": json.dumps(FACTS), **said,
    }  # fmt: skip
    names = ", ".join(row)
    connection.execute(text(f"insert into contact_360 ({names}) values ({', '.join(f':{n}' for n in row)})"), row)


def at(connection: Connection, moment: str) -> dict[str, Any]:
    """The one client as it stands at a moment."""
    query = views.client("contact", now=f"timestamptz '{moment}'")
    return dict(connection.exec_driver_sql(query).mappings().one())


@pytest.mark.parametrize(
    ("moment", "windows", "overdue", "score"),
    [
        ("2026-03-10 00:00Z", (8, 8, 10), (2, "2026-03-09"), 100),
        ("2026-03-10 11:59:59Z", (8, 8, 10), (2, "2026-03-09"), 100),
        ("2026-03-10 12:00Z", (8, 8, 10), (2, "2026-03-09"), 85),
        ("2026-03-11 00:30+01:00", (8, 8, 10), (2, "2026-03-09"), 85),  # of UTC it is the tenth still
        ("2026-03-11 00:00Z", (5, 8, 10), (6, "2026-03-09"), 85),
        ("2026-03-09 23:59Z", (3, 3, 5), (0, None), 100),
        ("2026-04-02 00:00Z", (7, 15, 15), (6, "2026-03-09"), 85),
        ("2027-01-01 00:00Z", (0, 0, 0), (6, "2026-03-09"), 85),
    ],
)
def test_windows_move_and_the_facts_do_not(
    workspace: Workspace, moment: str, windows: tuple[int, ...], overdue: tuple[int, str | None], score: int
) -> None:
    with workspace.database.transaction() as connection:
        keep(connection)
        said = at(connection, moment)
    assert tuple(said[f"last_{days}_days"] for days in views.WINDOWS) == windows
    assert (said["overdue_count"], said["overdue_since"]) == overdue
    assert said["qd_score"] == said["qualification"]["score"] == score
    lapsed = [s["name"] for s in said["qualification"]["signals"] if not s["running"]]
    assert lapsed == (["b"] if score == 85 else [])
    assert said["completeness_state"] == "complete"
    assert said["completeness"] == dict.fromkeys(views.RESTS_ON, COMPLETE)


BEGIN = dt.date(2026, 1, 1)
by_day = st.dictionaries(st.integers(0, 150), st.integers(1, 9), max_size=8)
intents = st.lists(st.tuples(st.integers(-50, 70), st.none() | st.integers(0, 150)), max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(by_day, st.integers(-30, 130), intents, st.integers(0, 150))
def test_windows_and_score_equal_a_recount(
    workspace: Workspace, days: dict[int, int], fit: int, intent: list[tuple[int, int | None]], today: int
) -> None:
    def day(number: int) -> str:
        return (BEGIN + dt.timedelta(days=number)).isoformat()

    counts = [{"count": count, "day": day(number)} for number, count in sorted(days.items())]
    facts = {**FACTS, "engagement": {**FACTS["engagement"], "by_day": counts}}
    signals = [
        {"points": p, "until": None if until is None else f"{day(until)}T00:00:00.000000Z"} for p, until in intent
    ]
    with workspace.database.transaction() as connection:
        keep(connection, payload=json.dumps(facts), intent=json.dumps(signals) if signals else None, fit_score=fit)
        said = at(connection, f"{day(today)} 00:00Z")
        connection.execute(text("delete from contact_360"))
    for window in views.WINDOWS:
        expected = sum(count for number, count in days.items() if today - window < number <= today)
        assert said[f"last_{window}_days"] == expected
    running = sum(points for points, until in intent if until is None or until > today)
    assert said["qd_score"] == max(0, min(100, fit + running))


ORDERS = {
    "sort_name": ("true", ">", ""),
    "fit_score": ("true", "<", "desc"),
    "last_activity_at": ("last_activity_at is not null", "<", "desc"),
    "open_value": ("open_value > 0", "<", "desc"),
}


def test_pages_of_every_order_hold_everybody_once(workspace: Workspace, shown: Shown) -> None:
    shown()
    with workspace.database.transaction() as connection:
        for entity in ("contact", "account"):
            for order, (there, beyond, way) in ORDERS.items():
                found = _pages(connection, f"{entity}_client", order, there, beyond, way)
                whole = (
                    f"select canonical_id from {entity}_360 where {there} order by {order} {way}, canonical_id {way}"
                )
                assert found == list(connection.exec_driver_sql(whole).scalars())
                assert len(found) > 5


def _pages(connection: Connection, view: str, order: str, there: str, beyond: str, way: str) -> list[str]:
    """Ids in order, seven a page, each page beginning after the last client of the one before."""
    found: list[str] = []
    after, last = "true", {}
    while True:
        query = f"select canonical_id, {order} as value from {view} where {there} and {after}"
        page = connection.execute(text(f"{query} order by {order} {way}, canonical_id {way} limit 7"), last).all()
        if not page:
            return found
        found += [row.canonical_id for row in page]
        after = f"({order}, canonical_id) {beyond} (:value, :id)"
        last = {"value": page[-1].value, "id": page[-1].canonical_id}


def test_clients_of_an_older_schema_are_shown_until_they_are_written_anew(workspace: Workspace) -> None:
    older = Database(workspace.database.dsn, "older")
    with older.transaction() as connection:
        connection.exec_driver_sql("create schema older")
        command.upgrade(config(connection), "0003")
        connection.exec_driver_sql(
            """insert into contact_360 (canonical_id, open_count, won_count, lost_count, activity_count, sources,
            records, payload, version) values ('c_1', 1, 0, 0, 0, '{crm}', 1, '{"profile": {"title": "CEO"}}', 1)"""
        )
    older.create()
    with older.transaction() as connection:
        (said,) = connection.exec_driver_sql("select * from contact_client").mappings()
        assert (said["profile"], said["open_count"], said["qd_score"]) == ({"title": "CEO"}, 1, 0)
        assert (said["completeness_state"], said["last_30_days"], said["overdue_count"]) == ("partial", 0, 0)
        assert said["qualification"] == {"fit": 0, "score": 0, "signals": []}
        command.downgrade(config(connection), "0003")
        (row,) = connection.exec_driver_sql("select * from contact_360").mappings()
        assert "fit_score" not in row
    older.drop()
    older.close()


def test_crm_and_oracle_show_one_version_and_the_same_values_in_one_snapshot(
    workspace: Workspace, exports: Path, run_import: Import, shown: Shown
) -> None:
    files = listed(exports)
    shown(3)
    with workspace.database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        before = _versions(reader)
        run_import(files[3:])
        assert _versions(reader) == before == {1}
        for entity in ("contact", "account"):
            clients, added = (_texts(reader, f"{entity}_client"), _texts(reader, f"oracle_{entity}"))
            assert len(clients) > 5
            assert [row | clients[row["canonical_id"]] for row in added.values()] == list(added.values())
            assert {*next(iter(added.values()))} - {*next(iter(clients.values()))} == {
                "days_silent",
                "engagement_change",
            }
    with workspace.database.transaction() as connection:
        assert _versions(connection) == {2}


def _versions(connection: Connection) -> set[int]:
    """Every version that is said anywhere."""
    names = ("contact_client", "account_client", "oracle_contact", "oracle_account", "oracle_version")
    said = " union ".join(f"select published_version from {name}" for name in names)
    return set(connection.exec_driver_sql(said).scalars())


def _texts(connection: Connection, name: str) -> dict[str, dict[str, Any]]:
    rows = connection.exec_driver_sql(f"select to_jsonb(v) from {name} v order by canonical_id").scalars()
    return {row["canonical_id"]: row for row in rows}
