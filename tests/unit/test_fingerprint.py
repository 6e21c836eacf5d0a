"""What the fingerprint sees and what it does not."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest

from identity.ids import IDS
from resources.fingerprint import Fingerprint, fingerprint
from resources.tables import PUBLISHED, Base

AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
ONE, TWO, FIRM = "c_0123456789abcdef", "c_fedcba9876543210", "a_0123456789abcdef"
Tables = dict[str, pl.DataFrame]


def published() -> Tables:
    """Two contacts of three records, one account, and what belongs to them."""
    walk = [("crm:contact:1", ONE), ("crm:contact:2", ONE), ("crm:contact:3", TWO), ("crm:account:1", FIRM)]
    head = {"source": "crm", "source_id": "x", "derived": False, "batch": "b", "line": 2, "version": 1}
    return {
        "crosswalk": pl.DataFrame([{"key": k, "entity": k.split(":")[1], "canonical_id": i, **head} for k, i in walk]),
        "deleted_record": _rows({"key": "crm:contact:4", "canonical_id": TWO, "since": AT, "line": 2}),
        "contact": _rows({"canonical_id": ONE, "full_name": "Ann"}, {"canonical_id": TWO, "full_name": "Bo"}),
        "account": _rows({"canonical_id": FIRM, "name": "Acme"}),
        "contact_account": _rows({"contact_id": ONE, "account_id": FIRM, "since": AT, "evidence": ["crm:contact:1"]}),
        "account_hierarchy": _rows({"account_id": FIRM, "parent_id": FIRM, "root_id": FIRM, "since": AT}),
        "opportunity": _rows({"key": "crm:opportunity:1", "account_id": FIRM, "contact_ids": [ONE, TWO]}),
        "activity": _rows({"key": "crm:activity:1", "contact_ids": [TWO]}),
        "owner": _rows({"owner": "Kim", "contacts": 2, "sources": ["crm"]}),
        "contact_360": _rows(*({"canonical_id": i, "payload": json.dumps({"accounts": [FIRM]})} for i in (ONE, TWO))),
        "account_360": _rows({"canonical_id": FIRM, "payload": json.dumps({"contacts": [ONE]})}),
        "source_expectation": _rows({"source": "crm", "entity": "contact", "rejected_share": 0.2}),
    }


def _rows(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([{**row, "version": 1} for row in rows])


def ledger(*names: str) -> pl.DataFrame:
    return pl.DataFrame([{"id": n, "entity": "contact", "state": "live", "born_key": n} for n in names], schema=IDS)


def taken(tables: Tables) -> Fingerprint:
    return fingerprint(1, tables, ledger(ONE, TWO))


def renamed(tables: Tables, names: dict[str, str]) -> Tables:
    """The same with other ids."""
    text = {name: frame.write_json() for name, frame in tables.items()}
    for old, new in names.items():
        text = {name: body.replace(old, new) for name, body in text.items()}
    return {name: pl.read_json(body.encode(), schema=tables[name].schema) for name, body in text.items()}


def test_the_fixture_has_every_published_table_and_its_key() -> None:
    assert set(published()) == set(PUBLISHED)
    for name, frame in published().items():
        assert set(frame.columns) <= set(Base.metadata.tables[name].columns.keys())
        assert set(PUBLISHED[name]) <= set(frame.columns)


def test_the_order_of_rows_and_of_versions_batches_and_lines_is_not_seen() -> None:
    shown = {name: frame.reverse() for name, frame in published().items()}
    shown["crosswalk"] = shown["crosswalk"].with_columns(batch=pl.lit("other"), line=pl.lit(9), version=pl.lit(9))
    shown["contact"] = shown["contact"].with_columns(version=pl.lit(9))
    assert taken(shown) == taken(published())


def test_other_names_for_the_same_clusters_have_the_same_content_and_partition() -> None:
    one, other = (
        taken(published()),
        taken(renamed(published(), {ONE: "c_zzzzzzzzzzzzzzzz", FIRM: "a_yyyyyyyyyyyyyyyy"})),
    )
    assert (other.content, other.partition) == (one.content, one.partition)
    assert other.all != one.all


def test_names_that_change_places_are_other_content() -> None:
    swapped = renamed(published(), {ONE: "c_x000000000000000", TWO: ONE, "c_x000000000000000": TWO})
    swapped["crosswalk"] = published()["crosswalk"]
    assert taken(swapped).content != taken(published()).content


def test_a_record_that_moves_is_another_partition() -> None:
    moved = published()
    walk = moved["crosswalk"]
    moved["crosswalk"] = walk.with_columns(
        canonical_id=pl.when(pl.col("key") == "crm:contact:2").then(pl.lit(TWO)).otherwise("canonical_id")
    )
    assert taken(moved).partition != taken(published()).partition


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_cell_counts(name: str) -> None:
    before = taken(published())
    for column in published()[name].columns:
        if column in ("version", "batch", "line"):
            continue
        changed = published()
        frame = changed[name]
        if isinstance(frame.schema[column], pl.List):
            other = pl.lit(["other"]).alias(column)
        else:
            other = (pl.col(column).cast(pl.String).fill_null("") + "x").alias(column)
        changed[name] = frame.with_columns(other)
        after = taken(changed)
        assert after.all != before.all, column
        assert after.tables[name] != before.tables[name], column
        assert {n for n in PUBLISHED if after.tables[n] != before.tables[n]} == {name}


def test_null_is_not_empty() -> None:
    one, other = published(), published()
    one["account"] = one["account"].with_columns(name=pl.lit(""))
    other["account"] = other["account"].with_columns(name=pl.lit(None, pl.String))
    assert taken(one).all != taken(other).all


def test_ids_ever_issued_count_by_themselves() -> None:
    one, other = (fingerprint(1, published(), ledger(*names)) for names in ((ONE, TWO), (ONE, TWO, "c_gone00000000")))
    assert (other.content, other.tables) == (one.content, one.tables)
    assert (other.ids != one.ids, other.all != one.all) == (True, True)
