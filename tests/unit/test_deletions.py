"""What sources deleted: by a mark, by a snapshot, until it comes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import stages
from identity.deletions import DELETED_RECORD, deleted_records
from identity.fields import ENTITIES
from identity.frames import CONTRACTS, EPOCHS, HOME, JUDGED, OVERRIDES, SIGHTED, record_schema
from identity.ids import IDS, Ledger
from identity.stages import Given
from identity.versions import DELETION, SNAPSHOTS, split
from resources.catalog import make_cut

DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
Row = dict[str, Any]


def later(days: int) -> dt.datetime:
    return DAY + dt.timedelta(days=days)


def version(source: str, number: str, day: int, *, deleted: bool = False, line: int = 2, own: int | None = None) -> Row:
    own = day if own is None else own
    head = {"key": f"{source}:contact:{number}", "source": source, "source_id": number, "content": "0", "line": line}
    stamps = {"received_at": later(day), "version_at": later(own)}
    return {**head, **stamps, "batch": f"b{day}", "deleted": deleted, "derived": False}


def frame(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=record_schema("contact"), orient="row")


def snapshots(*taken: tuple[str, int]) -> pl.DataFrame:
    rows = [(source, f"s{day}", later(day)) for source, day in taken]
    return pl.DataFrame(rows, schema=SNAPSHOTS, orient="row")


def sighted(*seen: tuple[str, int]) -> pl.DataFrame:
    return pl.DataFrame([(key, later(day)) for key, day in seen], schema=SIGHTED, orient="row")


def told(rows: list[Row], *taken: tuple[str, int]) -> list[tuple[Any, ...]]:
    return split(frame(rows), snapshots(*taken), sighted())[1].drop("source", "source_id").rows()


def test_a_mark_says_where_it_stands_and_when_it_was_made() -> None:
    rows = [version("crm", "1", 1), version("crm", "1", 5, own=4, deleted=True, line=7)]
    assert told(rows) == [("crm:contact:1", later(4), "mark", "b5", 7)]
    assert told(rows, ("crm", 6)) == [("crm:contact:1", later(4), "mark", "b5", 7)]  # it is lacked as well
    assert told([*rows, version("crm", "1", 9)]) == []


def test_the_first_snapshot_that_lacks_a_key_says_so() -> None:
    rows = [version("crm", "1", 2), version("crm", "2", 4), version("shop", "3", 1)]
    assert told(rows, ("crm", 2), ("crm", 4), ("crm", 3)) == [("crm:contact:1", later(3), "snapshot", "s3", None)]
    again = [*rows, version("crm", "1", 4, own=1)]
    assert told(again, ("crm", 2), ("crm", 4), ("crm", 3)) == []


def test_a_row_that_could_not_be_taken_was_there_all_the_same() -> None:
    rows = frame([version("crm", "1", 1)])
    assert split(rows, snapshots(("crm", 2)), sighted(("crm:contact:1", 2)))[1].is_empty()
    found = split(rows, snapshots(("crm", 2), ("crm", 3)), sighted(("crm:contact:1", 2)))[1]
    assert found.select("how", "batch").rows() == [("snapshot", "s3")]


def test_nothing_is_deleted_of_nothing() -> None:
    found = split(frame([]), snapshots(("crm", 1)), sighted())[1]
    assert (found.height, dict(found.schema)) == (0, DELETION)


def ledger(homes: dict[str, str], **to: str | None) -> Ledger:
    """`to` is what a name leads to: itself while live, None when gone."""
    state = {name: "gone" if end is None else "live" if end == name else "forwarded" for name, end in to.items()}
    rows = [{"id": name, "state": state[name], "to": None if end == name else end} for name, end in to.items()]
    whole = Ledger.empty()
    return Ledger(pl.DataFrame(rows, schema=IDS), pl.DataFrame(list(homes.items()), HOME, orient="row"), whole.worn)


@pytest.mark.parametrize(("home", "leads"), [("c_1", "c_3"), ("c_2", "c_3"), ("c_4", "c_4"), ("c_5", "c_6")])
def test_a_deleted_record_belongs_to_where_its_home_leads(home: str, leads: str) -> None:
    gone = split(frame([version("crm", "1", 1, deleted=True), version("crm", "2", 1, deleted=True)]), *nothing())[1]
    ids = {"c_1": "c_2", "c_2": "c_3", "c_3": "c_3", "c_4": None, "c_5": "c_6", "c_6": None}
    people = ledger({"crm:contact:1": home, "crm:contact:9": "c_3"}, **ids)
    found = deleted_records(gone.with_columns(entity=pl.lit("contact")), [people, ledger({}, a_1="a_1")])
    assert dict(found.schema) == DELETED_RECORD
    assert found.select("key", "canonical_id").rows() == [("crm:contact:1", leads), ("crm:contact:2", None)]


def nothing() -> tuple[pl.DataFrame, pl.DataFrame]:
    return snapshots(), sighted()


def test_deals_and_touches_are_deleted_like_contacts(record_frame: Callable[..., pl.DataFrame]) -> None:
    rows = {entity: record_frame(entity, {"key": f"crm:{entity}:1", "deleted": True, "line": 5}) for entity in ENTITIES}
    nobody = {entity: sighted() for entity in ENTITIES}
    frames = {"judged": JUDGED, "epochs": EPOCHS, "contracts": CONTRACTS, "overrides": OVERRIDES}
    empty = {name: pl.DataFrame(schema=schema) for name, schema in frames.items()}
    made = stages.current(Given(rows, nobody, make_cut([], 1, 0), **empty))
    assert all(made[f"{entity}_records"].is_empty() for entity in ENTITIES)
    assert made["deletions"].select("key", "entity", "how", "line").rows() == [
        (f"crm:{entity}:1", entity, "mark", 5) for entity in sorted(ENTITIES)
    ]
    told = deleted_records(made["deletions"], [Ledger.empty(), Ledger.empty()])
    assert told["canonical_id"].null_count() == len(ENTITIES)


FILES = st.lists(
    st.tuples(
        st.sampled_from(["crm", "shop"]),
        st.booleans(),  # a snapshot
        st.dictionaries(st.sampled_from("123"), st.tuples(st.integers(0, 9), st.booleans()), max_size=3),
    ),
    max_size=6,
)


@given(FILES, st.sets(st.integers(0, 5)), st.randoms())
def test_after_any_history_what_is_not_current_is_deleted_and_the_evidence_is_right(
    files: list[tuple[str, bool, dict[str, tuple[int, bool]]]], withdrawn: set[int], chance: Any
) -> None:
    """One file a day, its rows with update times of their own and marks; some files are taken back."""
    standing = {day: file for day, file in enumerate(files) if day not in withdrawn}
    rows = [
        version(source, number, day, deleted=deleted, own=own)
        for day, (source, _, held) in standing.items()
        for number, (own, deleted) in held.items()
    ]
    taken = [(source, day) for day, (source, whole, _) in standing.items() if whole]
    live, gone = split(frame(chance.sample(rows, len(rows))), snapshots(*chance.sample(taken, len(taken))), sighted())
    expected = {}
    for key in {row["key"] for row in rows}:
        mine = [row for row in rows if row["key"] == key]
        last = max(mine, key=lambda row: (row["version_at"], row["received_at"]))
        seen = max(row["received_at"] for row in mine)
        lacking = [day for source, day in taken if source == last["source"] and later(day) > seen]
        if last["deleted"]:
            expected[key] = (last["version_at"], "mark", last["batch"], last["line"])
        elif lacking:
            expected[key] = (later(min(lacking)), "snapshot", f"s{min(lacking)}", None)
    assert {key: tuple(said) for key, _, _, *said in gone.iter_rows()} == expected
    assert set(live["key"]) == {row["key"] for row in rows} - set(expected)
    assert gone["key"].is_sorted()
