"""Pixels: what the stand-in makes is what a real server made, and stays what it was."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from resources.comfy.client import ComfyClient, Limits, prompt_id_for
from resources.comfy.failures import ComfyError
from resources.comfy.recipes import RECIPES, Recipe
from resources.comfy.template import load
from tests.attempts import Outcome, ended, run_job
from tests.workers import Standin

KEY = "5f" * 32
RECORDED = Path(__file__).parents[1] / "data" / "card_of_a_server.png"  # by ComfyUI 0.33.0, 0.27.0 and 0.3.64 alike
RECORDED_SHA256 = "927ffc7e21c0efd82ac4c5066a9fef55b09a439cbaccd12f7d81fb55f26c0d14"  # over its RGB values
WRITTEN = ((60, 50, 830, 220), (930, 50, 1150, 270), (90, 315, 670, 470))  # where text and logo lie on it
PIXELS = {  # SHA-256 over size and RGB values, of what the worker makes
    "card": "b4b3cd9082e1be125d1c3a808d48e07c469a27d92f1cf65f94b2dfd282f9ffc4",
    "avatar_512": "4ab43abf5cfc37a053da574fed7d28766c3efd5b6a4f4b41c342962adc6229a5",
    "avatar_256": "67a9915b493b245e2c7f90966ee6193e2258f632d5970f628425203794c8bb02",
    "avatar_64": "e0ce4e14ea8b30193f307394014cc198632aad0aabdd4ebf61e3de0968a929cb",
    "logo": "cb693624fda839eacf636f8f638eb2d25895f36cab4fd0f95519a69d9ff7eff1",
}


@pytest.fixture(scope="module")
def client(modelled: Standin) -> Iterator[ComfyClient]:
    with ComfyClient(modelled.url, timeout=10) as opened:
        yield opened


def made(client: ComfyClient, recipe: Recipe) -> Outcome:
    name = f"{recipe.template}-{recipe.entity}"
    return run_job(client, load(recipe.template), name, 1, recipe.parameters(KEY), Limits(run=20))


def test_the_ground_of_a_card_is_that_of_a_real_server(client: ComfyClient) -> None:
    colours = {"background": 988970, "accent": 3718648, "panel": 1976635}  # as they were recorded
    outcome = run_job(client, load("client_card"), "recorded", 1, colours, Limits(run=20))
    with Image.open(RECORDED) as recorded, Image.open(io.BytesIO(outcome.pictures["card"].data)) as ours:
        card = ours.convert("RGB")
        for box in WRITTEN:
            card.paste(recorded.crop(box), box)
    assert hashlib.sha256(card.tobytes()).hexdigest() == RECORDED_SHA256


def test_a_whole_card_is_composed_as_on_a_real_server(client: ComfyClient) -> None:
    """Text and logo as pictures with transparency, laid upon the ground by the graph that was recorded."""
    layer = Image.new("RGBA", (1200, 630))
    with Image.open(RECORDED) as recorded:
        for box in WRITTEN:
            layer.paste(recorded.crop(box), box)
    out = io.BytesIO()
    layer.save(out, "PNG")
    graph = load("client_card").bind({"background": 988970, "accent": 3718648, "panel": 1976635}, "velocity/recorded")
    above = {"destination": ["5", 0], "source": ["20", 0], "mask": ["21", 0], "x": 0, "y": 0, "resize_source": False}
    graph |= {
        "20": {"class_type": "LoadImage", "inputs": {"image": client.upload_image(out.getvalue())}},
        "21": {"class_type": "InvertMask", "inputs": {"mask": ["20", 1]}},
        "22": {"class_type": "ImageCompositeMasked", "inputs": above},
    }
    graph["9"]["inputs"]["images"] = ["22", 0]
    prompt = prompt_id_for("composed", 1)
    client.post(graph, prompt)
    with Image.open(io.BytesIO(client.fetch(ended(client, prompt).outputs["9"][0]))) as image:
        assert hashlib.sha256(image.convert("RGB").tobytes()).hexdigest() == RECORDED_SHA256


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.template} {recipe.entity}")
def test_pictures_have_the_pixels_that_they_always_had(client: ComfyClient, recipe: Recipe) -> None:
    outcome = made(client, recipe)
    assert outcome.status == "done", outcome.reason
    found = {name: picture.pixel_sha256 for name, picture in outcome.pictures.items()}
    assert found == {name: PIXELS[name] for name in load(recipe.template).outputs}


def test_a_worker_without_the_model_is_told_from_one_that_has_it(client: ComfyClient, tmp_path: Path) -> None:
    template = load("logo_upscale")
    client.preflight(template.node_classes, template.models, template.oldest)
    without = Standin(tmp_path / "without")
    try:
        with ComfyClient(without.url) as poor:
            with pytest.raises(ComfyError, match=r"the worker has no upscale_models/RealESRGAN_x4plus\.safetensors"):
                poor.preflight(template.node_classes, template.models, template.oldest)
            outcome = run_job(poor, template, "logo", 1, RECIPES[3].parameters(KEY), Limits(run=20))
    finally:
        without.kill()
    assert (outcome.status, outcome.failure) == ("failed", "permanent")
    assert outcome.reason == "the worker refused the graph: 400 value_not_in_list at UpscaleModelLoader"
