"""What is made of those whom something touched, put onto what was before, is what a whole evaluation gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import stages
from identity.fields import ENTITIES, RESOLVED, Entity
from identity.frames import CONTRACTS, EDGE, EPOCHS, JUDGED, OVERRIDES, SIGHTED
from identity.patches import Patch
from identity.stages import Given
from quality_checks import canonical, client_360
from resources.catalog import make_cut
from resources.memory import CLIENTS, GOLDEN, LISTED
from tests.examples import examples

RecordFrame = Callable[..., pl.DataFrame]
Rows = list[dict[str, Any]]
Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class World:
    """Record versions by entity, the number of the canonical id of each key, and what people said."""

    rows: dict[Entity, Rows]
    homes: dict[str, int] = field(default_factory=dict)
    edges: tuple[tuple[str, str], ...] = ()
    overrides: tuple[tuple[int, str, str, str, str], ...] = ()


def evaluate(record_frame: RecordFrame, world: World) -> Frames:
    """What golden rows and client-360 follow from."""
    records = {e: record_frame(e, *(told(row) for row in world.rows.get(e, []))) for e in ENTITIES}
    nobody = {entity: pl.DataFrame(schema=SIGHTED) for entity in ENTITIES}
    said = pl.DataFrame(list(world.overrides), schema=OVERRIDES, orient="row")
    nothing = [pl.DataFrame(schema=schema) for schema in (JUDGED, EPOCHS, CONTRACTS)]
    frames = stages.current(Given(records, nobody, make_cut([], 0, 0), nothing[0], said, *nothing[1:]))
    walks = []
    for entity in RESOLVED:
        rows = frames[f"{entity}_records"].select("key", "source", "source_id", "derived", "batch", "line")
        ids = [f"{entity[0]}_{world.homes.get(key, key)}" for key in rows["key"]]
        walks.append(rows.with_columns(pl.lit(entity).alias("entity"), pl.Series("canonical_id", ids, dtype=pl.String)))
        pairs = [(*pair, 1, "review", None, "e") for pair in world.edges if set(pair) <= set(rows["key"])]
        frames[f"{entity}_live_edges"] = pl.DataFrame(pairs, schema=EDGE, orient="row")
    return {**frames, "crosswalk": pl.concat(walks).sort("key")}


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A record version whose batch is its own."""
    return {**row, "batch": repr(sorted(row.items()))}


def whole(record_frame: RecordFrame, world: World) -> Frames:
    """A whole evaluation."""
    frames = evaluate(record_frame, world)
    for stage in (stages.canonical, stages.client_360):
        frames |= stages.applied(stage(frames), None)
    return frames


def after(record_frame: RecordFrame, world: World, before: Frames) -> tuple[Frames, dict[str, Patch]]:
    """The evaluation of another world, given the one before: all frames, and what was patched for them."""
    known = {
        name: before[name].select(columns or before[name].columns) for name, columns in {**GOLDEN, **CLIENTS}.items()
    }
    frames, patches = evaluate(record_frame, world), dict[str, Patch]()
    for stage in (stages.canonical, stages.client_360):
        made = stage(frames, known)
        patches |= {name: one for name, one in made.items() if isinstance(one, Patch)}
        frames |= stages.applied(made, before)
    listed = stages.applied({name: patches[name] for name in LISTED if name in patches}, known)
    written = {name: patches[name].rows if name in patches else frames[name] for name in LISTED}
    found = [*canonical.canonical(frames), *client_360.client_360({**frames, **listed}, written)]
    assert [one for one in found if not one.ok] == []
    return frames, patches


people = st.fixed_dictionaries(
    {
        "key": st.sampled_from([f"crm:contact:{n}" for n in range(6)] + [f"shop:contact:{n}" for n in range(3)]),
        "day": st.integers(1, 9),
        "full_name": st.sampled_from([None, "Ann Lee", "Bo Ek"]),
        "company_name": st.sampled_from([None, "Acme", "Brook"]),
        "account_source_id": st.none() | st.sampled_from(["0", "1", "2", "gone"]),
        "owner": st.none() | st.sampled_from(["Kim", "Lee"]),
        "deleted": st.sampled_from([False, False, False, True]),
    }
)
firms = st.fixed_dictionaries(
    {
        "key": st.sampled_from([f"crm:account:{n}" for n in range(5)]),
        "day": st.integers(1, 9),
        "name": st.sampled_from(["Acme", "Brook", "Crane"]),
        "parent_source_id": st.none() | st.sampled_from(["0", "1", "2", "3", "gone"]),
    }
)
refs = st.lists(st.sampled_from(["0", "1", "2", "3", "4", "gone"]), max_size=2, unique=True)
deals = st.fixed_dictionaries(
    {
        "key": st.sampled_from([f"{source}:opportunity:{n}" for source in ("crm", "shop") for n in range(3)]),
        "contact_source_id": refs,
        "contact_name": st.sampled_from([None, "Ann Lee", "Bo Ek"]),
        "account_source_id": st.none() | st.sampled_from(["0", "1", "gone"]),
        "stage": st.sampled_from([None, "won", "offer"]),
        "amount": st.sampled_from([None, "1.50", "20"]),
        "currency": st.sampled_from([None, "EUR", "EUR", "USD"]),
    }
)
touches = st.fixed_dictionaries(
    {
        "key": st.sampled_from([f"crm:activity:{n}" for n in range(4)]),
        "contact_source_id": refs,
        "account_source_id": st.none() | st.sampled_from(["0", "1", "gone"]),
        "at": st.sampled_from([None, "2026-03-01T08:00:00.000000Z", "2026-03-02T08:00:00.000000Z"]),
    }
)
KINDS: dict[Entity, tuple[st.SearchStrategy[dict[str, Any]], int]] = {
    "contact": (people, 12), "account": (firms, 7), "opportunity": (deals, 5), "activity": (touches, 4),
}  # fmt: skip
KEYS = [*(f"crm:contact:{n}" for n in range(6)), *(f"shop:contact:{n}" for n in range(3))]
homes = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 4)) | st.just({})
pairs = st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)).filter(lambda pair: pair[0] < pair[1])
words = st.tuples(st.sampled_from(["full_name", "owner", "title"]), st.sampled_from(KEYS))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Some facts of all kinds."""
    rows = {e: draw(st.lists(one, min_size=most // 2, max_size=most)) for e, (one, most) in KINDS.items()}
    firm_homes = draw(st.dictionaries(st.sampled_from([f"crm:account:{n}" for n in range(5)]), st.integers(0, 3)))
    said = [(n, "contact", key, field, "said") for n, (field, key) in enumerate(draw(st.lists(words, max_size=2)))]
    edges = tuple(draw(st.lists(pairs, max_size=3, unique=True)))
    return World(rows, draw(homes) | firm_homes, edges, tuple(said))


@st.composite
def steps(draw: st.DrawFn) -> tuple[World, World]:
    """A world, and the same where something came, went or is another."""
    old, other = draw(worlds()), draw(worlds())
    changes: dict[str, Any] = {}
    for part in draw(st.sets(st.sampled_from(["homes", "edges", "overrides"]), max_size=1)):
        changes[part] = getattr(other, part)
    rows = dict(old.rows)
    for entity in draw(st.sets(st.sampled_from(sorted(KINDS)), max_size=2)):
        kept = draw(st.integers(0, 2))
        rows[entity] = old.rows[entity][kept:] + other.rows[entity][: draw(st.integers(0, 2))]
    return old, replace(old, rows=rows, **changes)


@examples(15)
@given(steps())
def test_what_is_put_onto_what_was_is_what_a_whole_evaluation_gives(
    record_frame: RecordFrame, step: tuple[World, World]
) -> None:
    before, now = (whole(record_frame, world) for world in step)
    made, _ = after(record_frame, step[1], before)
    for name in ("contact", "account", "owner", *LISTED):
        assert made[name].equals(now[name]), name


def test_only_those_whom_something_bears_on_are_looked_at(record_frame: RecordFrame) -> None:
    """Ann of A gets a title, so A shows it; C, whose parent is B, gets another name. Nobody else is touched."""
    old = World(
        {
            "contact": [
                {"key": "crm:contact:1", "full_name": "Ann Lee", "account_source_id": "A"},
                {"key": "crm:contact:2", "full_name": "Bo Ek", "account_source_id": "B"},
                {"key": "crm:contact:3", "full_name": "Cy Reed"},
            ],
            "account": [
                {"key": "crm:account:A", "name": "Acme"},
                {"key": "crm:account:B", "name": "Brook"},
                {"key": "crm:account:C", "name": "Crane", "parent_source_id": "B"},
                {"key": "crm:account:D", "name": "Dale"},
            ],
        },
    )
    people = [{"key": "crm:contact:1", "day": 2, "full_name": "Ann Lee", "title": "CEO", "account_source_id": "A"}]
    firms = [{"key": "crm:account:C", "day": 2, "name": "Crown", "parent_source_id": "B"}]
    rows = {"contact": [*old.rows["contact"], *people], "account": [*old.rows["account"], *firms]}
    before = whole(record_frame, old)
    made, patches = after(record_frame, replace(old, rows=rows), before)
    looked_at = {name: [key.rpartition(":")[2] for key in one.rows["canonical_id"]] for name, one in patches.items()}
    assert looked_at == {"contact": ["1"], "account": ["C"], "contact_360": ["1"], "account_360": ["A", "B", "C"]}
    assert made["contact_360"].equals(whole(record_frame, replace(old, rows=rows))["contact_360"])


def test_a_deal_that_names_a_contact_alone_is_looked_at_by_the_account_that_is_home_to_it(
    record_frame: RecordFrame,
) -> None:
    deal = {"key": "crm:opportunity:1", "contact_source_id": ["1"], "stage": "won", "amount": "1", "currency": "EUR"}
    old = World(
        {
            "contact": [
                {"key": "crm:contact:1", "full_name": "Ann Lee", "account_source_id": "A"},
                {"key": "crm:contact:2", "full_name": "Bo Ek", "account_source_id": "B"},
            ],
            "account": [{"key": f"crm:account:{name}", "name": name} for name in "AB"],
            "opportunity": [deal],
        }
    )
    now = replace(old, rows={**old.rows, "opportunity": [deal | {"amount": "2", "day": 2}]})
    made, patches = after(record_frame, now, whole(record_frame, old))
    looked_at = {name: patches[name].rows["canonical_id"].to_list() for name in LISTED}
    assert looked_at == {"contact_360": ["c_crm:contact:1"], "account_360": ["a_crm:account:A"]}
    assert made["account_360"].equals(whole(record_frame, now)["account_360"])


ANN = {"key": "crm:contact:1", "full_name": "Ann Lee", "account_source_id": "A"}
FIRMS: Rows = [{"key": f"crm:account:{name}", "name": name} for name in "AB"]


@pytest.mark.parametrize(
    ("old", "new", "contacts", "accounts"),
    [
        pytest.param(
            {"contact": [ANN], "account": FIRMS},
            {"account": [{"key": "crm:account:A", "day": 2, "name": "Acme"}]},
            ["1"], ["A"], id="an account has another name, which its contacts show",
        ),
        pytest.param(
            {"contact": [ANN | {"day": 5}], "account": FIRMS},
            {"contact": [ANN | {"day": 2, "account_source_id": "B"}]},
            ["1"], ["B"], id="an older version comes late and tells of a former relation",
        ),
        pytest.param(
            {"account": [*FIRMS, {"key": "crm:account:C", "name": "C", "parent_source_id": "B"},
                         {"key": "crm:account:D", "name": "D", "parent_source_id": "C"}]},
            {"account": [{"key": "crm:account:B", "day": 2, "name": "B", "parent_source_id": "A"}]},
            [], ["A", "B", "C", "D"], id="the root of a tree gets a parent",
        ),
        pytest.param(
            {"contact": [ANN], "account": FIRMS, "activity": [
                {"key": "crm:activity:1", "contact_source_id": ["1"], "kind": "call"}]},
            {"activity": [{"key": "crm:activity:1", "day": 2, "contact_source_id": ["1"], "kind": "mail"}]},
            ["1"], ["A"], id="a touch is of another kind",
        ),
    ],
)  # fmt: skip
def test_whoever_shows_what_changed_is_looked_at(
    record_frame: RecordFrame,
    old: dict[Entity, Rows],
    new: dict[Entity, Rows],
    contacts: list[str],
    accounts: list[str],
) -> None:
    far: dict[Entity, Rows] = {
        "contact": [{"key": "crm:contact:9", "full_name": "Bo Ek"}], "account": [{"key": "crm:account:Z", "name": "Z"}],
        "opportunity": [], "activity": [{"key": "crm:activity:9", "contact_source_id": ["9"], "kind": "call"}],
    }  # fmt: skip
    before = World({entity: [*old.get(entity, []), *rows] for entity, rows in far.items()})
    now = World({entity: [*rows, *new.get(entity, [])] for entity, rows in before.rows.items()})
    made, patches = after(record_frame, now, whole(record_frame, before))
    looked_at = {name: [key.rpartition(":")[2] for key in patches[name].rows["canonical_id"]] for name in LISTED}
    assert looked_at == {"contact_360": contacts, "account_360": accounts}
    anew = whole(record_frame, now)
    for name in LISTED:
        assert made[name].equals(anew[name])


def test_where_what_every_client_depends_on_changes_all_are_looked_at(record_frame: RecordFrame) -> None:
    """The first deal of a source: until then each of its clients lacked deals for want of any."""
    old = World({"contact": [{"key": f"crm:contact:{n}", "full_name": "Ann Lee"} for n in range(3)]})
    rows = {**old.rows, "opportunity": [{"key": "crm:opportunity:1", "contact_source_id": ["1"], "stage": "won"}]}
    made, patches = after(record_frame, replace(old, rows=rows), whole(record_frame, old))
    assert sorted(patches) == ["account", "contact"]
    assert made["contact_360"].equals(whole(record_frame, replace(old, rows=rows))["contact_360"])
