"""Accounts that contact records speak of."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from identity.accounts import RELATION, account_claims, account_keys, contact_accounts, derived_accounts
from identity.folding import fold
from identity.frames import record_schema

RecordFrame = Callable[..., pl.DataFrame]


def march(day: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, tzinfo=dt.UTC)


def named(*pairs: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"key": pl.String, "id": pl.String}, orient="row")


def test_one_account_for_each_source_name_and_domain(record_frame: RecordFrame) -> None:
    contacts = record_frame(
        "contact",
        {"key": "crm:contact:1", "day": 1, "company_name": "ACME, Inc.", "company_domain": "acme.example"},
        {"key": "crm:contact:2", "day": 2, "line": 7, "company_name": "Acme Inc", "company_domain": "acme.example"},
        {"key": "crm:contact:3", "company_name": "Acme Inc"},
        {"key": "shop:contact:4", "company_name": "Acme Inc"},
        {"key": "crm:contact:5", "company_domain": "acme.example"},
        {"key": "crm:contact:6", "company_name": "Other", "account_source_id": "9"},
        {"key": "crm:contact:7", "company_name": "?!"},
        {"key": "crm:contact:8"},
    )
    made = derived_accounts(contacts)
    assert made.schema == record_schema("account")
    assert made["derived"].all()
    assert made["key"].is_sorted()
    assert all(re.fullmatch(r"(crm|shop):account:derived-[0-9a-f]{16}", key) for key in made["key"])
    said = sorted(made.select("source", "name", "domain").rows(), key=str)
    domain = ["acme.example"]
    assert said == [
        ("crm", "Acme Inc", None),
        ("crm", "Acme Inc", domain),
        ("crm", None, domain),
        ("shop", "Acme Inc", None),
    ]
    newest = made.filter(pl.col("name").is_not_null() & pl.col("domain").is_not_null()).row(0, named=True)
    assert (newest["line"], newest["version_at"]) == (7, march(2))


def test_the_key_of_a_derived_account_is_frozen(record_frame: RecordFrame) -> None:
    contacts = record_frame(
        "contact", {"key": "crm:contact:1", "company_name": "Acme", "company_domain": "acme.example"}
    )
    assert derived_accounts(contacts)["source_id"].to_list() == ["derived-961b0103afb63826"]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.text('abÄ"\\\n\x1f\x7f\u2028/') | st.none())
def test_the_key_and_content_of_a_derived_account_are_hashes_of_json(
    record_frame: RecordFrame, name: str, domain: str | None
) -> None:
    row = {"key": "crm:contact:1", "company_name": name, "company_domain": domain}
    made = derived_accounts(record_frame("contact", row))
    folded = pl.select(fold(pl.lit(name, pl.String))).item()
    known = [["crm", folded, domain], [name, domain]] if (folded, domain) != (None, None) else []
    hashes = [hashlib.sha256(json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode()) for one in known]
    said = [*(made["source_id"] + "-"), *made["content"]]
    assert said == [f"derived-{one.hexdigest()[:16]}-" for one in hashes[:1]] + [one.hexdigest() for one in hashes[1:]]


def test_derived_accounts_do_not_depend_on_the_order_of_rows(record_frame: RecordFrame) -> None:
    rows = [{"key": f"crm:contact:{i}", "day": 1 + i % 2, "company_name": ["Acme", "ACME"][i % 2]} for i in range(6)]
    forth, back = (derived_accounts(record_frame("contact", *ordered)) for ordered in (rows, rows[::-1]))
    assert forth.equals(back)
    assert forth["name"].to_list() == ["ACME"]


def test_a_reference_comes_before_a_company_name(record_frame: RecordFrame) -> None:
    contacts = record_frame(
        "contact",
        {"key": "crm:contact:1", "company_name": "Acme", "account_source_id": "9"},
        {"key": "crm:contact:2", "company_name": "Acme"},
        {"key": "crm:contact:3"},
    )
    derived = derived_accounts(contacts)["key"].item()
    assert account_keys(contacts).rows() == [("crm:contact:1", "crm:account:9"), ("crm:contact:2", derived)]


def related(versions: pl.DataFrame, people: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """Relations of contact record versions, of which the newest of each key is the current one."""
    current = versions.sort("version_at").unique("key", keep="last")
    return contact_accounts(account_claims(versions, current), people, companies)


def test_relations_are_dated_counted_and_one_is_primary(record_frame: RecordFrame) -> None:
    contacts = record_frame(
        "contact",
        {"key": "crm:contact:1", "day": 1, "account_source_id": "A", "title": "Buyer"},
        {"key": "crm:contact:2", "day": 3, "account_source_id": "A", "title": "Head"},
        {"key": "crm:contact:3", "day": 5, "account_source_id": "A"},
        {"key": "crm:contact:4", "day": 9, "account_source_id": "B"},
        {"key": "crm:contact:5", "day": 9, "account_source_id": "not there"},
    )
    people = named(*((f"crm:contact:{i}", "c_1") for i in range(1, 6)))
    companies = named(("crm:account:A", "a_2"), ("crm:account:B", "a_1"))
    made = related(contacts, people, companies)
    assert dict(made.schema) == RELATION
    assert made.rows() == [
        ("c_1", "a_1", "current", None, march(9), march(9), None, True, 1, ["crm:contact:4"]),
        ("c_1", "a_2", "current", "Head", march(1), march(5), None, False, 3, [f"crm:contact:{i}" for i in (3, 2, 1)]),
    ]


def test_who_left_an_account_belonged_to_it_until_a_record_said_something_else(record_frame: RecordFrame) -> None:
    versions = record_frame(
        "contact",
        {"key": "crm:contact:1", "day": 1, "account_source_id": "A", "title": "Buyer"},
        {"key": "crm:contact:1", "day": 2, "account_source_id": "A"},
        {"key": "crm:contact:1", "day": 4, "account_source_id": "B", "title": "Head"},
        {"key": "crm:contact:2", "day": 3, "account_source_id": "C"},
        {"key": "crm:contact:2", "day": 6, "deleted": True},
        {"key": "crm:contact:2", "day": 7},
    )
    people = named(("crm:contact:1", "c_1"), ("crm:contact:2", "c_2"))
    companies = named(("crm:account:A", "a_1"), ("crm:account:B", "a_2"), ("crm:account:C", "a_3"))
    columns = ["contact_id", "account_id", "role", "title", "since", "said_at", "until", "primary"]
    assert related(versions, people, companies).select(columns).rows() == [
        ("c_1", "a_1", "former", "Buyer", march(1), march(2), march(4), False),
        ("c_1", "a_2", "current", "Head", march(4), march(4), None, True),
        ("c_2", "a_3", "former", None, march(3), march(3), march(7), False),
    ]


def test_a_record_that_still_says_so_outweighs_one_that_says_so_no_more(record_frame: RecordFrame) -> None:
    versions = record_frame(
        "contact",
        {"key": "crm:contact:1", "day": 1, "account_source_id": "A", "title": "Old"},
        {"key": "crm:contact:1", "day": 9},
        {"key": "crm:contact:2", "day": 4, "account_source_id": "A"},
    )
    people = named(("crm:contact:1", "c_1"), ("crm:contact:2", "c_1"))
    made = related(versions, people, named(("crm:account:A", "a_1")))
    assert made.rows() == [("c_1", "a_1", "current", None, march(1), march(4), None, True, 1, ["crm:contact:2"])]


def test_a_tie_of_primary_is_decided_by_record_keys_not_by_ids(record_frame: RecordFrame) -> None:
    contacts = record_frame(
        "contact",
        {"key": "crm:contact:1", "account_source_id": "A"},
        {"key": "crm:contact:2", "account_source_id": "B"},
    )
    people = named(("crm:contact:1", "c_1"), ("crm:contact:2", "c_1"))
    for first, second in (("a_1", "a_2"), ("a_2", "a_1")):
        made = related(contacts, people, named(("crm:account:A", first), ("crm:account:B", second)))
        assert made.filter("primary")["account_id"].to_list() == [first]


def test_no_contacts_no_accounts(record_frame: RecordFrame) -> None:
    empty = record_frame("contact")
    assert derived_accounts(empty).height == 0
    assert related(empty, named(), named()).height == 0


VERSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from([f"crm:contact:{i}" for i in range(4)]),
            "day": st.integers(1, 28),
            "account_source_id": st.none() | st.sampled_from(["A", "B", "C", "gone"]),
            "title": st.none() | st.sampled_from(["Head", "Buyer"]),
        }
    ),
    max_size=14,
    unique_by=lambda row: (row["key"], row["day"]),
)


@given(VERSIONS, st.lists(st.sampled_from(["c_1", "c_2"]), min_size=4, max_size=4), st.randoms())
def test_relations_are_what_a_recount_gives_in_any_order(
    record_frame: RecordFrame, rows: list[dict[str, Any]], who: list[str], chance: Any
) -> None:
    people = dict(zip([f"crm:contact:{i}" for i in range(4)], who, strict=True))
    companies = {"A": "a_1", "B": "a_2", "C": "a_1"}
    made = related(
        record_frame("contact", *chance.sample(rows, len(rows))),
        named(*people.items()),
        named(*((f"crm:account:{name}", company) for name, company in companies.items())),
    )
    said: dict[tuple[str, str], dict[str, list[Any]]] = {}
    for key, person in people.items():
        mine = sorted((row for row in rows if row["key"] == key), key=lambda row: row["day"])
        for name in {row["account_source_id"] for row in mine} & set(companies):
            at = [row["day"] for row in mine if row["account_source_id"] == name]
            end = next((row["day"] for row in mine if row["day"] > at[-1]), None)
            pair = said.setdefault((person, companies[name]), {"now": [], "was": []})
            pair["now" if end is None else "was"].append((at[0], at[-1], end, key))
    expected = []
    for pair, told in sorted(said.items()):
        counted = told["now"] or told["was"]
        until = None if told["now"] else march(max(end for _, _, end, _ in counted))
        dates = (march(min(first for first, *_ in told["now"] + told["was"])), march(max(at for _, at, *_ in counted)))
        keys = {key for *_, key in counted}
        expected.append((*pair, "current" if told["now"] else "former", *dates, until, len(keys)))
    assert made.select("contact_id", "account_id", "role", "since", "said_at", "until", "records").rows() == expected
    assert all(len(set(keys)) == records for keys, records in made.select("evidence", "records").iter_rows())
    for person in ("c_1", "c_2"):
        now = made.filter(contact_id=person, role="current")
        assert made.filter(contact_id=person)["primary"].sum() == min(1, now.height)
        assert now.filter("primary")["said_at"].to_list() == now["said_at"].sort(descending=True).head(1).to_list()
