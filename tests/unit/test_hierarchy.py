"""Parents of accounts: the newest claim holds, circles are cut where they are weakest, ids and order have no effect."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import forest
from identity.claims import CLAIM
from identity.hierarchy import CHILDREN, HIERARCHY, account_hierarchy, parent_claims, section

RecordFrame = Callable[..., pl.DataFrame]


def march(day: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, tzinfo=dt.UTC)


def named(ids: dict[str, str]) -> pl.DataFrame:
    rows = [(f"crm:account:{name}", account) for name, account in ids.items()]
    return pl.DataFrame(rows, schema={"key": pl.String, "id": pl.String}, orient="row")


def trees(record_frame: RecordFrame, ids: dict[str, str], *said: tuple[str, str | None, int]) -> pl.DataFrame:
    """Of versions (account record, parent record, day), the newest of each record being the current one."""
    rows = [{"key": f"crm:account:{name}", "parent_source_id": parent, "day": day} for name, parent, day in said]
    versions = record_frame("account", *rows)
    current = versions.sort("version_at").unique("key", keep="last")
    return account_hierarchy(parent_claims(versions, current), named(ids))


def test_a_tree_of_three_floors(record_frame: RecordFrame) -> None:
    ids = {"1": "a_1", "2": "a_2", "3": "a_3", "4": "a_4", "5": "a_5"}
    said = [("2", "1", 2), ("3", "2", 3), ("4", "2", 1), ("4", "2", 5), ("5", "missing", 1), ("1", None, 1)]
    made = trees(record_frame, ids, *said)
    assert dict(made.schema) == HIERARCHY
    assert made.drop("evidence", "parents").rows() == [
        ("a_1", None, "a_1", 0, 1, 3, None, None, 0),
        ("a_2", "a_1", "a_1", 1, 2, 2, None, march(2), 1),
        ("a_3", "a_2", "a_1", 2, 0, 0, None, march(3), 1),
        ("a_4", "a_2", "a_1", 2, 0, 0, None, march(1), 1),
    ]
    assert made["evidence"].to_list() == [None, *([f"crm:account:{i}"] for i in (2, 3, 4))]


def test_of_several_parents_the_one_said_last_holds_and_an_account_is_not_its_own(record_frame: RecordFrame) -> None:
    ids = {"1": "a_1", "2": "a_2", "3": "a_3", "3b": "a_3", "3c": "a_3", "3d": "a_3"}
    made = trees(record_frame, ids, ("3", "1", 4), ("3b", "2", 6), ("3c", "2", 1), ("3d", "3", 9))
    columns = ["account_id", "parent_id", "parents", "records", "evidence", "since"]
    assert made.select(columns).rows()[-1] == (
        ("a_3", "a_2", 2, 2, ["crm:account:3b", "crm:account:3c"], march(1))
    )  # fmt: skip
    tied = trees(record_frame, ids, ("3b", "2", 4), ("3", "1", 4))
    assert tied.filter(account_id="a_3")["parent_id"].to_list() == ["a_1"]  # the smaller record key


def test_a_parent_that_is_said_no_more_is_none(record_frame: RecordFrame) -> None:
    assert trees(record_frame, {"1": "a_1", "2": "a_2"}, ("2", "1", 1), ("2", None, 2)).is_empty()


@pytest.mark.parametrize("oldest", [1, 2, 3])
def test_a_circle_is_cut_at_what_was_said_longest_ago(record_frame: RecordFrame, oldest: int) -> None:
    days = {name: 9 if name != oldest else 4 for name in (1, 2, 3)}
    said = [(str(name), str(name % 3 + 1), days[name]) for name in (1, 2, 3)]
    made = trees(record_frame, {"1": "a_1", "2": "a_2", "3": "a_3", "4": "a_4"}, *said, ("4", "1", 1))
    assert made.filter(pl.col("cut") == "circle")["account_id"].to_list() == [f"a_{oldest}"]
    assert made["cut"].drop_nulls().len() == 1
    assert set(made["root_id"]) == {f"a_{oldest}"}
    assert made.filter(account_id=f"a_{oldest}").select("parent_id", "depth", "descendants").rows() == [(None, 0, 3)]


def test_the_section_of_an_account(record_frame: RecordFrame) -> None:
    ids = {"1": "a_1", "2": "a_2", "3": "a_3", "4": "a_4"}
    clients = pl.DataFrame(
        {
            "canonical_id": list(ids.values()),
            "anchor": [f"crm:account:{name}" for name in ids],
            "display_name": ["Brook", "Stone", "Fell", "Alone"],
        }
    )
    made = section(clients, trees(record_frame, ids, ("2", "1", 1), ("3", "1", 1)))
    told = made.select("canonical_id", text=pl.col("hierarchy").struct.json_encode())
    assert {name: json.loads(text) for name, text in told.iter_rows()} == {
        "a_1": {
            "child_count": 2, "depth": 0, "descendants": 2, "parent": None,
            "children": [
                {"account_id": "a_3", "account_name": "Fell"}, {"account_id": "a_2", "account_name": "Stone"},
            ],
            "root": {"account_id": "a_1", "account_name": "Brook"},
        },
        **{
            name: {
                "child_count": 0, "children": [], "depth": 1, "descendants": 0,
                **{end: {"account_id": "a_1", "account_name": "Brook"} for end in ("parent", "root")},
            }
            for name in ("a_2", "a_3")
        },
        "a_4": {"child_count": 0, "children": [], "depth": 0, "descendants": 0, "parent": None, "root": None},
    }  # fmt: skip


def test_no_more_children_are_listed_than_can_be_read(record_frame: RecordFrame) -> None:
    ids = {str(n): f"a_{n}" for n in range(30)}
    made = trees(record_frame, ids, *((str(n), "0", 1) for n in range(1, 30)))
    clients = made.select(canonical_id="account_id", anchor="account_id", display_name=pl.lit("Brook"))
    (root,) = section(clients, made).filter(canonical_id="a_0")["hierarchy"]
    assert (root["child_count"], len(root["children"])) == (29, CHILDREN)


FACTS = st.lists(
    st.tuples(st.integers(0, 8), st.none() | st.integers(0, 9), st.integers(1, 4)),
    max_size=16,
    unique_by=lambda fact: (fact[0], fact[2]),
)


@given(FACTS, st.lists(st.integers(0, 6), min_size=9, max_size=9), st.randoms())
def test_trees_are_what_plain_words_say_whatever_the_order_and_the_ids(
    record_frame: RecordFrame, facts: list[tuple[int, int | None, int]], homes: list[int], chance: Any
) -> None:
    """Nine records of at most seven accounts; record 9 never arrives."""
    said = [(str(name), None if parent is None else str(parent), day) for name, parent, day in facts]
    made = trees(record_frame, {str(n): f"a_{homes[n]}" for n in range(9)}, *chance.sample(said, len(said)))
    renamed = trees(record_frame, {str(n): f"a_{6 - homes[n]}" for n in range(9)}, *said)
    back = pl.col("account_id", "parent_id", "root_id").replace({f"a_{n}": f"a_{6 - n}" for n in range(7)})
    assert renamed.with_columns(back).sort("account_id").equals(made)

    parent, cut = plainly(facts, homes)
    for row in made.iter_rows(named=True):
        account = int(row["account_id"][2:])
        chain = climbed(parent, account)
        assert row["parent_id"] == (f"a_{chain[1]}" if len(chain) > 1 else None)
        assert (row["root_id"], row["depth"]) == (f"a_{chain[-1]}", len(chain) - 1)
        assert row["children"] == sum(above == account for above in parent.values())
        assert row["descendants"] == sum(account in climbed(parent, other)[1:] for other in parent)
        assert (row["cut"] == "circle") == (account in cut)
    assert {int(name[2:]) for name in made["account_id"]} == set(parent) | set(parent.values()) | cut


def plainly(facts: list[tuple[int, int | None, int]], homes: list[int]) -> tuple[dict[int, int], set[int]]:
    """The parent of each account, and the accounts that lost theirs, by taking claims one after the other.

    Claims are taken from the newest to the oldest: one that would close a circle is the oldest of that circle.
    """
    newest = {name: (day, parent) for name, parent, day in sorted(facts, key=lambda fact: fact[2])}
    claims = [
        (-day, str(name), homes[name], homes[parent])
        for name, (day, parent) in newest.items()
        if parent is not None and parent < 9 and homes[name] != homes[parent]
    ]
    parent: dict[int, int] = {}
    cut: set[int] = set()
    for _, _, account, above in sorted(claims):
        if account in parent or account in cut:
            continue
        if account in climbed(parent, above):
            cut.add(account)
        else:
            parent[account] = above
    return parent, cut


def climbed(parent: dict[int, int], account: int) -> list[int]:
    """An account and what is above it, up to the root."""
    chain = [account]
    while chain[-1] in parent:
        chain.append(parent[chain[-1]])
        assert len(chain) <= len(parent) + 1, "a circle"
    return chain


@pytest.mark.parametrize("length", [2, 3, 7, 8, 9, 64, 1000, 4097])
def test_a_circle_of_any_length_is_cut_once_and_a_long_chain_is_climbed(length: int) -> None:
    circle = (np.arange(length, dtype=np.int64) + 1) % length
    rank = np.roll(np.arange(length, dtype=np.int64), length // 3)
    (loose,) = forest.cut(circle, rank)
    assert rank[loose] == length - 1
    circle[loose] = loose
    root, depth, below = forest.climb(circle)
    assert set(root) == {loose}
    assert sorted(depth) == list(range(length)) == sorted(below)


def test_no_claims_no_trees() -> None:
    made = account_hierarchy(pl.DataFrame(schema=CLAIM), named({"1": "a_1"}))
    assert (made.height, dict(made.schema)) == (0, HIERARCHY)
