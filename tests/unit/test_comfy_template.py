"""Templates as data, and what may be bound into them."""

from __future__ import annotations

import copy
import hashlib
import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import VelocityError
from resources.comfy.template import TYPES, load, read, shipped
from resources.comfy.template_file import place_of
from resources.comfy.upload import Upload

COLOURS = st.integers(0, 0xFFFFFF)
GOOD = {"background": 1, "accent": 2, "panel": 3}


def facts(name: str = "client_card") -> dict[str, Any]:
    text = (files("resources.comfy") / "templates" / f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.mark.parametrize("name", shipped())
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
        (("params", "panel", "path"), "/4/inputs/colour", "parameter panel points nowhere"),
        (("params", "panel", "path"), "/77/inputs/color", "parameter panel points nowhere"),
        (("params", "panel", "path"), "no pointer", "params/panel/path: "),
        (("params", "panel", "type"), "text", "params/panel/type: "),
        (("params", "panel", "minimum"), 3, "params/panel/minimum: Extra inputs are not permitted"),
        (("outputs",), {}, "outputs: "),
        (("outputs", "card", "node"), "77", "output card has no node"),
        (("outputs", "card", "node"), "5", "output card is of a node that saves no file"),
        (("outputs", "card", "kind"), "video/mp4", "outputs/card/kind: "),
        (("outputs", "card", "size"), [1200], "outputs/card/size: "),
        (("outputs", "card", "size"), None, "output card needs either a size or an up_to"),
        (("outputs", "card", "up_to"), [9, 9], "output card needs either a size or an up_to"),
        (("graph", "5", "inputs", "source"), ["77", 0], "input source of node 5 is linked to nothing"),
        (("requires", "node_classes"), ["SaveImage"], "not those of the graph"),
        (("requires", "min_comfyui"), "new", "requires/min_comfyui: "),
        (("requires", "models"), {"vae": [{"file": "a.pth"}]}, "requires/models/vae/0/licence: Field required"),
        (("requires", "models"), {"vae": [{"file": "a.pth", "licence": "MIT"}]}, "model a.pth is not in the graph"),
        (("name",), "Client Card", "name: "),
    ],
)
def test_a_template_that_does_not_hold_is_refused(place: tuple[str, ...], value: Any, flaw: str) -> None:
    refuse("client_card", place, value, flaw)


def refuse(name: str, place: tuple[str, ...], value: Any, flaw: str) -> None:
    broken = facts(name)
    *path, last = place
    target = broken
    for step in path:
        target = target[step]
    target[last] = value
    with pytest.raises(VelocityError, match=flaw) as refused:
        read(broken)
    assert refused.value.code == "bad_template"


def test_pointers_reach_into_lists_and_escaped_names() -> None:
    graph = {"1": {"inputs": {"a/b~c": [7, 8]}}}
    place, key = place_of(graph, "/1/inputs/a~1b~0c/1")
    assert place[key] == 8
    for nowhere in ("/1/inputs/a~1b~0c/2", "/2/inputs", "/1/inputs/a"):
        with pytest.raises(LookupError):
            place_of(graph, nowhere)


def test_an_uploaded_picture_goes_along_under_a_name_that_follows_from_it() -> None:
    template, picture = load("logo_upscale"), Upload(b"a picture")
    assert picture == f"velocity/{hashlib.sha256(b'a picture').hexdigest()[:32]}.png"
    graph = template.bind({"image": copy.deepcopy(picture), "longer_side": 1024}, "velocity/x")
    assert graph["1"]["inputs"]["image"].png == b"a picture"
    assert json.loads(json.dumps(graph))["1"]["inputs"]["image"] == str(picture)
    for wrong in (63, 1025, True, "1024"):
        with pytest.raises(VelocityError, match="longer_side"):
            template.bind({"image": picture, "longer_side": wrong}, "velocity/x")
    for name in ("ann.png", "velocity/ann.png", "velocity/../" + "0" * 32 + ".png", b"png"):
        with pytest.raises(VelocityError, match="image"):
            template.bind({"image": name, "longer_side": 1024}, "velocity/x")


def test_a_declared_size_is_exact_or_the_most() -> None:
    exact, most = load("client_card").outputs["card"], load("logo_upscale").outputs["logo"]
    assert exact.allows((1200, 630))
    assert not exact.allows((1200, 629))
    assert all(most.allows(size) for size in ((1, 1), (1024, 600), (1024, 1024)))
    assert not any(most.allows(size) for size in ((0, 5), (1025, 5), (5, 1025)))


def test_every_model_has_its_licence() -> None:
    assert load("logo_upscale").licences == {"RealESRGAN_x4plus.safetensors": "BSD-3-Clause"}
    assert [name for name in shipped() if load(name).models] == ["logo_upscale"]


@pytest.mark.parametrize(
    ("place", "value", "flaw"),
    [
        (
            ("params",),
            {"longer_side": {"path": "/4/inputs/largest_size", "type": "pixels"}},
            "loaded that is no parameter",
        ),
        (("requires", "models"), {}, "UpscaleModelLoader loads a model that is not declared"),
    ],
)
def test_what_a_template_loads_is_declared(place: tuple[str, ...], value: Any, flaw: str) -> None:
    refuse("logo_upscale", place, value, flaw)
