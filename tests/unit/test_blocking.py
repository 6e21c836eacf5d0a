"""Which records are compared."""

from __future__ import annotations

import dataclasses

import polars as pl

from identity.blocking import candidates
from identity.contact_model import CONTACT
from identity.features import features
from identity.frames import record_schema
from identity.model import Block

MODEL = dataclasses.replace(CONTACT, blocks=(Block(("phones", "city"), cap=3), Block(("company",))))


def pairs(*rows: dict[str, object]) -> set[tuple[str, str]]:
    records = pl.DataFrame([{"key": f"k{i}", **row} for i, row in enumerate(rows)], schema=record_schema("contact"))
    frame = features(records, "contact")
    key = frame["key"]
    return {(key[left], key[right]) for left, right in candidates(frame, MODEL).iter_rows()}


def test_one_shared_value_of_a_list_is_enough_and_all_features_are_needed() -> None:
    one = {"phone": ["+442079460123", "+442079460124"], "city": "Leeds"}
    assert pairs(one, {"phone": ["+442079460124"], "city": "LEEDS"}) == {("k0", "k1")}
    assert pairs(one, {"phone": ["+442079460124"], "city": "Rome"}) == set()
    assert pairs(one, {"phone": ["+442079460124"]}) == set()


def test_a_block_over_its_cap_is_left_out_and_others_stay() -> None:
    hub = {"phone": ["+442079460123"], "city": "Leeds"}
    assert len(pairs(hub, hub, hub)) == 3
    assert pairs(hub, hub, hub, {**hub, "company_name": "Heron"}, {"company_name": "Heron Ltd"}) == {("k3", "k4")}


def test_equal_text_of_other_features_is_no_block() -> None:
    assert pairs({"company_name": "Leeds"}, {"city": "Leeds", "phone": ["+442079460123"]}) == set()
