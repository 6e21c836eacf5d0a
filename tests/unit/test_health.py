"""Data health on literal records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.fields import FIELDS
from identity.health import conflicts, health
from identity.survivorship import golden
from identity.validity import valid

RecordFrame = Callable[..., pl.DataFrame]
MATTERS = ["email", "phone", "title", "country", "owner", "no_field"]


def made(record_frame: RecordFrame, clusters: dict[str, str], doubts: list[str], *rows: dict[str, Any]
         ) -> dict[str, dict[str, Any]]:  # fmt: skip
    records = record_frame("contact", *rows)
    walk = pl.DataFrame(list(clusters.items()), schema={"key": pl.String, "id": pl.String}, orient="row")
    owned = records.join(walk.rename({"id": "canonical_id"}), on="key")
    asked = pl.DataFrame({"canonical_id": doubts}, schema={"canonical_id": pl.String})
    found = health(golden(records, walk, "contact"), owned, asked, MATTERS, "contact")
    return {row["canonical_id"]: row["health"] for row in found.to_dicts()}


def test_what_is_missing_what_nobody_can_work_with_and_what_records_disagree_on(record_frame: RecordFrame) -> None:
    found = made(
        record_frame, {"crm:contact:1": "c", "shop:contact:2": "c", "crm:contact:3": "d"}, ["c", "d", "c"],
        {"key": "crm:contact:1", "day": 2, "email": ["ann@example.com"], "phone": ["5550100"], "title": "CEO",
         "first_name": "Ann", "city": "Rome"},
        {"key": "shop:contact:2", "day": 4, "email": ["a@example.com"], "title": "Boss", "first_name": "Ann",
         "country": "DE", "city": "Oslo", "updated_at": "2026-03-04T00:00:00.000000Z"},
        {"key": "crm:contact:3", "day": 3, "phone": ["+15550100"], "country": "Germany"},
    )  # fmt: skip
    assert found == {
        "c": {
            "conflicts": [{"field": "city", "values": 2}, {"field": "title", "values": 2}],
            "doubtful_pairs": 2, "filled": ["country", "email", "phone", "title"], "invalid": ["phone"],
            "missing": ["owner"], "newest_version_at": "2026-03-04T00:00:00.000000Z",
            "oldest_version_at": "2026-03-02T00:00:00.000000Z", "received_at": "2026-03-04T00:00:00.000000Z",
            "records": 2, "sources": 2,
        },
        "d": {
            "conflicts": [], "doubtful_pairs": 1, "filled": ["country", "phone"], "invalid": ["country"],
            "missing": ["email", "owner", "title"], "newest_version_at": "2026-03-03T00:00:00.000000Z",
            "oldest_version_at": "2026-03-03T00:00:00.000000Z", "received_at": "2026-03-03T00:00:00.000000Z",
            "records": 1, "sources": 1,
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "is_valid"),
    [
        ("email", "a@example.com", True), ("email", "a b@example.com", False), ("phone", "+15550100", True),
        ("phone", "5550100", False), ("country", "DE", True), ("country", "ZZ", False), ("country", "Germany", False),
        ("company_domain", "acme.example", True), ("company_domain", "acme", False),
        ("website", "acme.example/about", True), ("website", "acme", False), ("first_name", "Ann", True),
        ("first_name", "4711", False), ("title", "CEO", True), ("title", "--", False),
    ],
)  # fmt: skip
def test_health_and_survivorship_agree_on_what_a_valid_value_is(
    record_frame: RecordFrame, field: str, value: str, is_valid: bool
) -> None:
    multi = field in ("email", "phone")
    records = record_frame("contact", {"key": "crm:contact:1", field: [value] if multi else value})
    walk = pl.DataFrame({"key": ["crm:contact:1"], "id": ["c"]})
    owned, asked = (
        records.with_columns(canonical_id=pl.lit("c")),
        pl.DataFrame({"canonical_id": []}, {"canonical_id": pl.String}),
    )
    found = health(golden(records, walk, "contact"), owned, asked, [field], "contact")["health"][0]
    assert (found["filled"], found["invalid"], found["missing"]) == ([field], [] if is_valid else [field], [])
    (kind,) = (f.kind for f in FIELDS["contact"] if f.name == field)
    assert pl.select(valid(pl.lit(value), kind)).item() is is_valid


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("cd"), st.sampled_from([None, "x", "y", "z"]), st.integers(1, 9)), max_size=8)
)
def test_conflicts_and_ages_equal_a_recount(record_frame: RecordFrame, said: list[tuple[str, str | None, int]]) -> None:
    rows = [{"key": f"crm:contact:{i}", "title": title, "day": day} for i, (_, title, day) in enumerate(said)]
    records = record_frame("contact", *rows).with_columns(
        canonical_id=pl.Series([c for c, _, _ in said], dtype=pl.String)
    )
    found = {row["canonical_id"]: row["conflicts"] for row in conflicts(records, "contact").to_dicts()}
    titles = {c: {title for owner, title, _ in said if owner == c and title} for c in "cd"}
    assert found == {c: [{"field": "title", "values": len(names)}] for c, names in titles.items() if len(names) > 1}
    walk = records.select("key", id="canonical_id")
    ages = health(golden(records, walk, "contact"), records, records.select("canonical_id").clear(), [], "contact")
    for row in ages.to_dicts():
        days = [dt.datetime(2026, 3, day, tzinfo=dt.UTC) for c, _, day in said if c == row["canonical_id"]]
        for name, day in (("oldest_version_at", min(days)), ("newest_version_at", max(days))):
            assert row["health"][name] == day.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
