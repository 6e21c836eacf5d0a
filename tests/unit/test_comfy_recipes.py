"""Recipes: what a worker gets of a client, and what is made of what it gives back."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from resources.comfy.emblem import draw_emblem
from resources.comfy.palette import ACCENTS
from resources.comfy.picture import Picture, opened
from resources.comfy.recipes import RECIPES, Recipe
from resources.comfy.template import Declared, load
from resources.tables import Account360, Contact360

TABLES = {"contact": Contact360, "account": Account360}
KEYS = st.text("0123456789abcdef", min_size=64, max_size=64)
ROWS: dict[str, dict[str, Any]] = {
    "client_card": {
        "display_name": "Ann Example",
        "account_name": None,
        "lifecycle_stage": None,
        "owner": None,
        "open_count": 0,
        "won_count": 0,
    },
    "avatar_pack": {"display_name": "Ann Example"},
    "logo_upscale": {"canonical_id": "a_000000000000"},
}


def fetched(declared: dict[str, Declared]) -> dict[str, bytes]:
    """Plain pictures of the declared sizes."""
    made = {}
    for name, output in declared.items():
        out = io.BytesIO()
        Image.new("RGB", (output.width, output.height), "#1e293b").save(out, "PNG")
        made[name] = out.getvalue()
    return made


def finished(recipe: Recipe, **row: Any) -> dict[str, Picture]:
    pictures = fetched(load(recipe.template).outputs)
    return dict(recipe.finish(pictures, {**ROWS[recipe.template], **row}))


def test_each_is_of_one_template_and_entity_and_reads_columns_that_there_are() -> None:
    assert [(recipe.template, recipe.entity) for recipe in sorted(RECIPES, key=lambda found: found.priority)] == [
        ("client_card", "contact"),
        ("avatar_pack", "contact"),
        ("avatar_pack", "account"),
        ("logo_upscale", "account"),
    ]
    for recipe in RECIPES:
        columns = set(TABLES[recipe.entity].__table__.columns.keys())
        assert set(recipe.fields) == set(ROWS[recipe.template]) <= columns


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.template} {recipe.entity}")
@given(KEYS)
def test_what_a_worker_gets_follows_from_the_key_and_fits_the_template(recipe: Recipe, key: str) -> None:
    parameters = recipe.parameters(key)
    assert load(recipe.template).bind(parameters, "velocity/x")
    assert parameters == recipe.parameters(key)


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (0, ["card"]),
        (1, ["avatar_512", "avatar_256", "avatar_64"]),
        (2, ["avatar_512", "avatar_256", "avatar_64"]),
        (3, ["emblem"]),
    ],
)
def test_artefacts_are_named_and_plain_png(number: int, names: list[str]) -> None:
    artefacts = finished(RECIPES[number])
    assert list(artefacts) == names
    for artefact in artefacts.values():
        with Image.open(io.BytesIO(artefact.data)) as image:
            assert (image.format, image.mode, image.info) == ("PNG", "RGB", {})


def test_a_field_that_matters_is_seen_on_the_card() -> None:
    card = RECIPES[0]
    plain = finished(card)["card"].pixel_sha256
    changes: dict[str, Any] = {
        "display_name": "Bea Example",
        "account_name": "Example Ltd",
        "lifecycle_stage": "customer",
        "owner": "Cy Example",
        "open_count": 1,
        "won_count": 1,
    }
    assert set(changes) == set(card.fields)
    seen = [finished(card, **{name: value})["card"].pixel_sha256 for name, value in changes.items()]
    assert len({plain, *seen}) == 1 + len(changes)


def test_without_a_name_a_card_says_so_and_an_avatar_is_plain() -> None:
    assert finished(RECIPES[0], display_name=None) == finished(RECIPES[0], display_name="(no name)")
    plain = fetched(load("avatar_pack").outputs)
    avatars = finished(RECIPES[1], display_name=None)
    assert {name: avatar.pixel_sha256 for name, avatar in avatars.items()} == {
        name: Picture.of(opened(data)).pixel_sha256 for name, data in plain.items()
    }


@given(KEYS)
def test_an_emblem_is_symmetric_and_of_two_colours(key: str) -> None:
    with Image.open(io.BytesIO(draw_emblem(key))) as image:
        colours = {colour for _, colour in image.getcolors() or []}
        mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).tobytes()
        assert image.size == (256, 256)
        assert mirrored == image.tobytes()
    assert colours <= {(255, 255, 255), *((c >> 16, c >> 8 & 255, c & 255) for c in ACCENTS)}


def test_emblems_differ() -> None:
    assert len({draw_emblem(f"{0:08x}{number:08x}") for number in range(1 << 10)}) == 1 << 10
