"""The id ledger on literal histories."""

import datetime as dt

import polars as pl
import pytest

from identity.errors import BadInputError
from identity.fields import Entity
from identity.frames import INSTANT
from identity.ids import Assignment, Ledger, apply_delta, assign, mint
from tests.ledgers import ledger_delta

DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def publish(ledger: Ledger, version: int, *clusters: str, entity: Entity = "contact") -> Assignment:
    """Clusters are words: "ab" holds the records a and b; records are as old as their place in the alphabet."""
    rows = [(key, min(word)) for word in clusters for key in word]
    frame = pl.DataFrame(rows, schema={"key": pl.String, "cluster": pl.String}, orient="row")
    letters = "abcdefghijklmnopqrstuvwxyz"
    born = [DAY + dt.timedelta(days=i) for i in range(len(letters))]
    ages = pl.DataFrame({"key": list(letters), "born": born}, schema_overrides={"born": INSTANT})
    named = assign(frame, ages, ledger, entity, version)
    whole = ledger_delta(ledger, named.ledger)
    assert all(getattr(named.change, part).equals(getattr(whole, part)) for part in ("ids", "homes", "worn"))
    return named


def ids(named: Assignment) -> dict[str, str]:
    return dict(named.crosswalk.select("key", "id").iter_rows())


def events(named: Assignment) -> list[tuple[str, str, str | None]]:
    return named.events.rows()


def test_a_new_cluster_is_named_after_its_oldest_record() -> None:
    named = publish(Ledger.empty(), 1, "ba", "c")
    assert ids(named) == {"a": mint("contact", "a"), "b": mint("contact", "a"), "c": mint("contact", "c")}
    assert named.ledger.ids.rows(named=True)[0] == {
        "id": mint("contact", "a"), "entity": "contact", "state": "live", "to": None, "minted": 1, "ended": None,
        "born_at": DAY, "born_key": "a", "seq": 1,
    }  # fmt: skip


def test_the_id_of_a_record_is_frozen() -> None:
    assert mint("contact", "crm:contact:1") == "c_27fqogl4i4v2fkbb"
    assert mint("account", "crm:contact:1").startswith("a_")
    assert len({mint("contact", "x"), mint("contact", "x", 1), mint("account", "x")[2:]}) == 3


def test_age_comes_before_key() -> None:
    frame = pl.DataFrame({"key": ["a", "b"], "cluster": ["a", "a"]})
    ages = pl.DataFrame({"key": ["a", "b"], "born": [DAY, DAY - dt.timedelta(1)]}, schema_overrides={"born": INSTANT})
    assert set(assign(frame, ages, Ledger.empty(), "contact", 1).crosswalk["id"]) == {mint("contact", "b")}


def test_a_merged_id_leads_on_and_comes_back_when_the_merge_is_taken_back() -> None:
    first = publish(Ledger.empty(), 1, "ab", "cd")
    a, c = ids(first)["a"], ids(first)["c"]
    merged = publish(first.ledger, 2, "abcde")
    assert set(ids(merged).values()) == {a}
    assert events(merged) == [("keep", a, None), ("merge", c, a)]
    assert merged.ledger.resolve(c) == a
    back = publish(merged.ledger, 3, "ab", "cde")
    assert ids(back) == {"a": a, "b": a, "c": c, "d": c, "e": c}
    assert events(back) == [("keep", a, None), ("resurrect", c, None), ("split", a, c)]
    assert back.ledger.resolve(c) == c


def test_the_larger_part_by_home_records_keeps_the_id_of_a_split_cluster() -> None:
    first = publish(Ledger.empty(), 1, "abc")
    split = publish(first.ledger, 2, "a", "bc")
    assert ids(split)["b"] == ids(first)["a"]
    assert ids(split)["a"] == mint("contact", "a", 1)  # the plain one was issued before
    old, new = ids(first)["a"], ids(split)["a"]
    assert events(split) == [("keep", old, None), ("mint", new, None), ("split", old, new)]


def test_an_even_split_leaves_the_id_with_the_oldest_home_record() -> None:
    first = publish(Ledger.empty(), 1, "abcd")
    split = publish(first.ledger, 2, "cb", "ad")
    assert ids(split)["d"] == ids(first)["a"]
    assert ids(split)["c"] == mint("contact", "b")


def test_ids_of_records_that_are_gone_are_gone_and_return_with_them() -> None:
    first = publish(Ledger.empty(), 1, "a", "b")
    gone = publish(first.ledger, 2, "b")
    assert events(gone) == [("retire", mint("contact", "a"), None)]
    assert gone.ledger.resolve(mint("contact", "a")) is None
    again = publish(gone.ledger, 3, "a", "b")
    assert events(again) == [("resurrect", mint("contact", "a"), None)]
    assert ids(again) == ids(first)


def test_an_id_without_a_home_record_left_follows_those_that_wore_it() -> None:
    step = publish(Ledger.empty(), 1, "a", "b", "c")
    a, b, c = (mint("contact", key) for key in "abc")
    step = publish(step.ledger, 2, "ac", "b")
    step = publish(step.ledger, 3, "c", "b")  # c goes on under the name of a, which is gone
    assert ids(step) == {"b": b, "c": a}
    step = publish(step.ledger, 4, "cb")
    assert [step.ledger.resolve(name) for name in (a, b, c)] == [a, a, a]


def test_a_forward_is_followed_over_several_publications() -> None:
    step = publish(Ledger.empty(), 1, "a", "b", "c")
    step = publish(step.ledger, 2, "a", "bc")
    step = publish(step.ledger, 3, "abc")
    assert [step.ledger.resolve(mint("contact", key)) for key in "abc"] == [mint("contact", "a")] * 3
    assert step.ledger.ids["ended"].to_list() == [None, 3, 2]


def test_contacts_and_accounts_never_share_an_id() -> None:
    contacts, accounts = (publish(Ledger.empty(), 1, "ab", "c", entity=e) for e in ("contact", "account"))
    assert not set(ids(contacts).values()) & set(ids(accounts).values())


def test_an_unknown_id_is_told() -> None:
    with pytest.raises(BadInputError, match="never issued"):
        Ledger.empty().resolve("c_000000000000")


def test_a_change_holds_only_what_changed() -> None:
    first = publish(Ledger.empty(), 1, "ab", "c", "d").ledger
    named = publish(first, 2, "abc", "e")
    second, change = named.ledger, named.change
    assert sorted(change.ids["born_key"]) == ["c", "d", "e"]
    assert change.homes.rows() == [("e", mint("contact", "e"))]
    assert sorted(change.worn.rows()) == [("c", mint("contact", "a")), ("d", None), ("e", mint("contact", "e"))]
    folded = apply_delta(first, change)
    for name in ("ids", "homes", "worn"):
        assert getattr(folded, name).equals(getattr(second, name)), name


def test_no_records_at_all() -> None:
    named = publish(Ledger.empty(), 1)
    assert named.crosswalk.height == named.events.height == 0


def erased(named: Assignment, name: str) -> Ledger:
    """The ledger after the id was marked, and its keys are known no more."""
    ids = named.ledger.ids.with_columns(
        state=pl.when(pl.col("id") == name).then(pl.lit("erased")).otherwise("state"),
    )
    return Ledger(ids, named.ledger.homes, named.ledger.worn)


def test_an_erased_id_stops_being_worn_and_stays_erased() -> None:
    first = publish(Ledger.empty(), 1, "ab", "c")
    a = ids(first)["a"]
    gone = publish(erased(first, a), 2, "c")
    assert events(gone) == [("retire", a, None)]
    assert gone.ledger.ids.filter(pl.col("id") == a).select("state", "to", "ended").row(0) == ("erased", None, 2)
    assert events(publish(gone.ledger, 3, "c")) == []


def test_nobody_wears_or_mints_an_erased_id_again() -> None:
    first = publish(Ledger.empty(), 1, "ab", "c")
    a = ids(first)["a"]
    gone = publish(erased(first, a), 2, "c").ledger
    with_homes = publish(gone, 3, "ab", "c")
    assert ids(with_homes)["a"] == mint("contact", "a", 1) != a
    known = pl.col("id") == a
    forgotten = Ledger(
        gone.ids.with_columns(born_key=pl.when(known).then(pl.lit("erased:77")).otherwise("born_key")),
        gone.homes.filter(pl.col("key") == "c"),
        gone.worn,
    )
    again = publish(forgotten, 3, "ab", "c")
    assert ids(again)["a"] == mint("contact", "a", 1)
    assert again.ledger.ids.filter(known)["state"].to_list() == ["erased"]
    assert events(publish(again.ledger, 4, "ab", "c")) == []
