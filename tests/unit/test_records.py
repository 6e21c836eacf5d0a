"""Record versions: which one is current follows from the stamps alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from identity.frames import SIGHTED, record_schema
from identity.mapping import Mapping
from identity.records import content_hash, make_records
from identity.versions import SNAPSHOTS, ages
from identity.versions import current as current_after

DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
MAPPING = Mapping.from_dict({"source": "crm", "entity": "account", "key": "Id", "columns": {"Name": "name"}})


def version(key: str = "1", **facts: Any) -> dict[str, Any]:
    head = {"key": f"crm:account:{key}", "source": "crm", "source_id": key, "batch": "b", "line": 2, "content": "0"}
    stamps = {"received_at": DAY, "version_at": DAY, "deleted": False, "derived": False}
    return {**head, **stamps, **facts}


def versions(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=record_schema("account"), orient="row")


def current(records: pl.DataFrame, snapshots: Sequence[int] = (), sighted: Sequence[int] = ()) -> pl.DataFrame:
    """With snapshots of the source on those days, and a row of record 1 that was not accepted on those."""
    stamps = pl.DataFrame([("crm", f"s{day}", later(day)) for day in snapshots], schema=SNAPSHOTS, orient="row")
    seen = pl.DataFrame([("crm:account:1", later(day)) for day in sighted], schema=SIGHTED, orient="row")
    return current_after(records, stamps, seen)


def later(days: int) -> dt.datetime:
    return DAY + dt.timedelta(days=days)


def test_records_carry_their_place_and_their_stamps() -> None:
    accepted = pl.DataFrame({"_line": [7], "source_id": ["x:1"], "name": ["Acme"], "deleted": [False]}).with_columns(
        attributes=pl.lit(None, pl.String)
    )
    row = make_records(accepted, MAPPING, "crm-account-0", DAY).row(0, named=True)
    assert (row["key"], row["source_id"], row["line"], row["batch"]) == ("crm:account:x:1", "x:1", 7, "crm-account-0")
    assert row["version_at"] == row["received_at"] == DAY


def test_the_content_of_a_deletion_is_not_that_of_the_row_it_deletes() -> None:
    frame = pl.DataFrame({"name": ["Acme", "Acme"], "deleted": [False, True]})
    assert frame.select(x=content_hash(["name", "deleted"]))["x"].n_unique() == 2


def test_each_stamp_decides_in_its_turn() -> None:
    order = [
        version(version_at=later(1), received_at=DAY, line=9, content="9", batch="z"),
        version(version_at=later(2), received_at=DAY, line=9, content="9", batch="z"),
        version(version_at=later(2), received_at=later(1), line=1, content="9", batch="z"),
        version(version_at=later(2), received_at=later(1), line=2, content="1", batch="z"),
        version(version_at=later(2), received_at=later(1), line=2, content="2", batch="a"),
        version(version_at=later(2), received_at=later(1), line=2, content="2", batch="b"),
    ]
    for upto in range(1, len(order) + 1):
        for rows in (order[:upto], order[:upto][::-1]):
            assert current(versions(*rows)).select("version_at", "received_at", "line", "content", "batch").row(0) == (
                tuple(order[upto - 1][n] for n in ("version_at", "received_at", "line", "content", "batch"))
            )


def test_a_record_whose_newest_version_is_a_deletion_is_gone_until_a_newer_one() -> None:
    gone = [version(), version(version_at=later(1), deleted=True)]
    assert current(versions(*gone)).is_empty()
    assert current(versions(*gone, version(version_at=later(2)))).height == 1
    assert current(versions(*gone, version(received_at=later(9), version_at=DAY))).is_empty()


def test_a_record_that_a_snapshot_lacks_is_gone_until_its_source_has_it_again() -> None:
    first = version(received_at=later(1), version_at=later(1))
    assert current(versions(first), [0, 1]).height == 1
    assert current(versions(first), [2]).is_empty()
    assert current(versions(first), [2], sighted=[2]).height == 1  # it was there, as a row that could not be taken
    assert current(versions(first), [2, 3], sighted=[2]).is_empty()
    old_again = version(received_at=later(4), version_at=DAY)
    assert current(versions(first, old_again), [3])["version_at"].to_list() == [later(1)]
    other = {**first, "key": "erp:account:1", "source": "erp"}
    assert current(versions(first, other), [2])["key"].to_list() == ["erp:account:1"]


def test_a_record_is_as_old_as_its_first_sight() -> None:
    found = ages(versions(version(received_at=later(3)), version(received_at=later(1)), version("2")))
    assert found.rows() == [("crm:account:1", later(1)), ("crm:account:2", DAY)]


STAMPS = st.builds(
    version,
    st.sampled_from("12"),
    version_at=st.integers(0, 2).map(later),
    received_at=st.integers(0, 2).map(later),
    line=st.integers(2, 4),
    content=st.sampled_from("ab"),
    batch=st.sampled_from("xy"),
    deleted=st.booleans(),
)


@given(st.lists(STAMPS, max_size=8), st.randoms())
def test_the_order_of_arrival_has_no_effect(rows: list[dict[str, Any]], chance: Any) -> None:
    columns = ["version_at", "received_at", "line", "content", "batch", "key"]
    distinct = list({tuple(row[name] for name in columns): row for row in rows}.values())
    shuffled = chance.sample(distinct, len(distinct))
    assert current(versions(*distinct)).equals(current(versions(*shuffled)))


@given(st.lists(STAMPS, max_size=8))
def test_ages_are_the_earliest_stamps(rows: list[dict[str, Any]]) -> None:
    told = versions(*rows)
    assert ages(told).equals(told.group_by("key").agg(born=pl.col("received_at").min()).sort("key"))
