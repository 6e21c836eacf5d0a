"""Owners and what is theirs, recounted in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from identity.fields import ENTITIES
from identity.owners import OWNER, owners

OWNERS = st.none() | st.sampled_from(["Kim", "kim", "Lee Park", "Zoë"])
ROWS = st.lists(st.tuples(OWNERS, st.sampled_from(["crm", "shop"]), st.sampled_from(["open", "won", None])), max_size=6)
WORLDS = st.fixed_dictionaries(dict.fromkeys(ENTITIES, ROWS))


def test_an_owner_of_a_golden_row_alone_is_an_owner(record_frame: Callable[..., pl.DataFrame]) -> None:
    frames = {f"{entity}_records": record_frame(entity) for entity in ENTITIES}
    golden = {entity: pl.DataFrame({"owner": ["Kim"], "status": ["won"]}) for entity in ENTITIES}
    assert owners({**frames, **golden}).rows() == [("Kim", 1, 1, 1, 0, 1, [])]


@given(WORLDS, WORLDS, st.randoms())
def test_owners_are_what_a_recount_gives(
    record_frame: Callable[..., pl.DataFrame], said: dict[str, Any], golden: dict[str, Any], chance: Any
) -> None:
    frames = {}
    for entity in ENTITIES:
        rows = [{"key": f"{source}:{entity}:{n}", "owner": name} for n, (name, source, _) in enumerate(said[entity])]
        frames[f"{entity}_records"] = record_frame(entity, *chance.sample(rows, len(rows)))  # type: ignore[arg-type]
        canonical = [(name, status) for name, _, status in golden[entity]]
        schema = {"owner": pl.String, "status": pl.String}
        frames[entity] = pl.DataFrame(canonical, schema=schema, orient="row")
    expected = []
    for owner in sorted({row[0] for world in (said, golden) for rows in world.values() for row in rows} - {None}):
        contacts, accounts, deals, touches = ([r for r in golden[entity] if r[0] == owner] for entity in ENTITIES)
        still_open = [row for row in deals if row[2] == "open"]
        sources = sorted({row[1] for rows in said.values() for row in rows if row[0] == owner})
        counts = [len(rows) for rows in (contacts, accounts, deals, still_open, touches)]
        expected.append((owner, *counts, sources))
    made = owners(frames)
    assert dict(made.schema) == OWNER
    assert made.rows() == expected
