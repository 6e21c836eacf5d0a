"""Which records are compared."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.blocking import attributed, candidates, reblocked, size
from identity.contact_model import CONTACT
from identity.features import features
from identity.frames import record_schema
from identity.model import Block
from identity.sampling import Sample, worthwhile

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


ONE = dataclasses.replace(CONTACT, blocks=(Block(("city",), cap=3),))
THREE = dataclasses.replace(CONTACT, blocks=(Block(("company",)), Block(("city",), cap=3), Block(("formal", "last"))))


def cities(*keys: str) -> pl.DataFrame:
    records = pl.DataFrame([{"key": k, "city": "Leeds"} for k in keys], schema=record_schema("contact"))
    return features(records, "contact")


@pytest.mark.parametrize(
    ("new", "gone", "touched"), [([], ["z"], [0, 1, 2]), ([2], ["z"], []), ([2], [], []), ([], [], [])]
)
def test_members_of_a_block_that_crossed_its_cap_are_touched(
    new: list[int], gone: list[str], touched: list[int]
) -> None:
    """In the first case four were over the cap, and one went."""
    came = pl.Series(new, dtype=pl.UInt32)
    assert reblocked(cities("a", "b", "c"), came, cities(*gone), ONE).to_list() == touched


def test_members_of_a_block_that_grew_over_its_cap_are_touched() -> None:
    came = pl.Series([3], dtype=pl.UInt32)
    assert reblocked(cities("a", "b", "c", "d"), came, cities(), ONE).to_list() == [0, 1, 2, 3]


ROWS = st.fixed_dictionaries(
    {
        "company_name": st.sampled_from([None, "Heron", "Alder"]),
        "city": st.sampled_from([None, "Leeds", "York"]),
        "full_name": st.sampled_from([None, "Ann Lee", "Bob Lee", "Lee"]),
    }
)


@given(st.lists(st.tuples(ROWS, st.booleans()), min_size=1, max_size=8))
def test_pairs_are_attributed_to_the_blocks_that_propose_them(drawn: list[tuple[dict[str, str | None], bool]]) -> None:
    rows = [{"key": f"k{i}", **row} for i, (row, _) in enumerate(drawn)]
    frame = features(pl.DataFrame(rows, schema=record_schema("contact")), "contact")
    asked = pl.Series([i for i, (_, wanted) in enumerate(drawn) if wanted], dtype=pl.UInt32)
    whole = attributed(frame, THREE)
    alone = [candidates(frame, dataclasses.replace(THREE, blocks=(block,))) for block in THREE.blocks]
    every = candidates(frame, THREE)
    assert whole.select("l", "r").equals(every)
    assert size(frame, THREE) >= sum(part.height for part in alone)
    for number, part in enumerate(alone):
        assert whole.filter(pl.col("blocks") & 2**number != 0).select("l", "r").equals(part)
    ends = pl.any_horizontal(pl.col("l", "r").is_in(asked.implode()))
    assert candidates(frame, THREE, asked).equals(every.filter(ends))


def test_blocks_that_earn_their_pairs() -> None:
    """The second brings nothing new; the third one match for 301 pairs."""
    blocks = [0b011] * 600 + [0b010] * 601 + [0b100] * 301
    joins = np.zeros(len(blocks), np.bool_)
    joins[[0, 1, 1201]] = True
    rows = np.arange(len(blocks), dtype=np.uint32)
    pairs = pl.DataFrame({"l": rows, "r": rows + 1, "blocks": pl.Series(blocks, dtype=pl.UInt64)})
    found = worthwhile(Sample(pairs, 0.5), joins, THREE)
    assert found.chosen == THREE.blocks[:1]
    assert found.told["company"] == {"pairs": 1200, "matches": 4, "used": True}
    assert found.told["formal + last"] == {"pairs": 602, "matches": 2, "used": False}
    assert found.lost == 0.333333
