"""Templates as data, and what may be bound into them."""

from __future__ import annotations

import copy
import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import VelocityError
from resources.comfy.template import TYPES, load, read

SHIPPED = [path.name.removesuffix(".json") for path in (files("resources.comfy") / "templates").iterdir()]
COLOURS = st.integers(0, 0xFFFFFF)
GOOD = {"background": 1, "accent": 2, "panel": 3}


def facts(name: str = "client_card") -> dict[str, Any]:
    text = (files("resources.comfy") / "templates" / f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_templates_load_under_their_own_name(name: str) -> None:
    assert load(name).name == name


@given(COLOURS, COLOURS, COLOURS)
def test_binding_sets_exactly_the_named_places(background: int, accent: int, panel: int) -> None:
    template = load("client_card")
    before = copy.deepcopy(template.graph)
    graph = template.bind({"background": background, "accent": accent, "panel": panel}, "velocity/x")
    assert [graph[node]["inputs"]["color"] for node in ("1", "2", "4")] == [background, accent, panel]
    assert graph["9"]["inputs"]["filename_prefix"] == "velocity/x/card"
    for node in ("1", "2", "4"):
        graph[node]["inputs"]["color"] = 0
    graph["9"]["inputs"]["filename_prefix"] = before["9"]["inputs"]["filename_prefix"]
    assert graph == before == template.graph


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"background": 1, "accent": 2},
        {**GOOD, "name": "Ann Example"},
        {**GOOD, "panel": -1},
        {**GOOD, "panel": 0x1000000},
        {**GOOD, "panel": True},
        {**GOOD, "panel": 1.0},
        {**GOOD, "panel": "Ann Example"},
    ],
)
def test_other_parameters_are_refused_and_not_repeated(values: dict[str, Any]) -> None:
    with pytest.raises(VelocityError) as refused:
        load("client_card").bind(values, "velocity/x")
    assert refused.value.code == "bad_parameter"
    assert "Ann" not in str(refused.value.as_dict())


@given(st.text())
def test_no_type_takes_free_text(text: str) -> None:
    assert not any(is_good(text) for is_good in TYPES.values())


def test_the_version_follows_the_content_and_not_its_order() -> None:
    shuffled = dict(reversed(facts().items()))
    changed = facts()
    changed["graph"]["5"]["inputs"]["x"] += 1
    assert read(shuffled).version == load("client_card").version != read(changed).version


@pytest.mark.parametrize(
    ("place", "value", "flaw"),
    [
        (("params", "panel", "path"), "/4/inputs/colour", "points nowhere"),
        (("params", "panel", "path"), "/77/inputs/color", "points nowhere"),
        (("params", "panel", "type"), "text", "unknown type"),
        (("outputs", "card", "node"), "77", "has no node"),
        (("requires", "node_classes"), ["SaveImage"], "not those of the graph"),
    ],
)
def test_a_template_that_does_not_hold_is_refused(place: tuple[str, ...], value: Any, flaw: str) -> None:
    broken = facts()
    *path, last = place
    target = broken
    for step in path:
        target = target[step]
    target[last] = value
    with pytest.raises(VelocityError, match=flaw):
        read(broken)


def test_pointers_reach_into_lists_and_escaped_names() -> None:
    given_facts = facts()
    given_facts["graph"]["1"]["inputs"]["a/b~c"] = [0, 0]
    given_facts["params"]["accent"]["path"] = "/1/inputs/a~1b~0c/1"
    graph = read(given_facts).bind(GOOD, "velocity/x")
    assert graph["1"]["inputs"]["a/b~c"] == [0, 2]
