"""Nothing of a client reaches the worker: all that goes over the wire in a run of each recipe is kept, and searched."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from resources.comfy.client import ComfyClient, Limits
from resources.comfy.recipes import RECIPES, Recipe
from resources.comfy.template import load
from tests.attempts import Outcome, run_job
from tests.workers import Recorder, Standin, recorded

KEY = "5f" * 32
CANARIES: dict[str, Any] = {
    "display_name": "Zephyrine Quillfeather",
    "account_name": "Gyroscopes of Quinton مريم",
    "lifecycle_stage": "Marmalade",
    "owner": "Volapuk",
    "open_count": 778123,
    "won_count": 991123,
    "canonical_id": "a_quintonbury00",
}
WORDS = [word for value in CANARIES.values() for word in str(value).split() if word != "of"]
FAULTS = ("out_of_memory", "refused", "lost_answers", "hidden_outputs", "wrong_pictures", "missing_files", "cut_files")


@pytest.fixture
def wire(modelled: Standin) -> Iterator[Recorder]:
    with recorded(modelled.port) as recorder:
        yield recorder


def made(recipe: Recipe, url: str, attempt: int = 1) -> Outcome:
    with ComfyClient(url, timeout=10) as client:
        template = load(recipe.template)
        client.preflight(template.node_classes, template.models, template.oldest)
        name = f"{recipe.template}-{recipe.entity}"
        return run_job(client, template, name, attempt, recipe.parameters(KEY), Limits(run=20, silence=2))


def told(data: bytes) -> list[str]:
    """Words of the client that are in the bytes, as they are or in another spelling."""
    lower = data.lower()
    spellings = {
        word: {
            word,
            quote(word),
            json.dumps(word)[1:-1],
            base64.b64encode(word.encode()).decode()[:-3],
            word.encode().hex(),
        }
        for word in WORDS
    }
    return [word for word, ways in spellings.items() if any(way.lower().encode() in lower for way in ways)]


def chunks(png: bytes) -> list[bytes]:
    """Types of a PNG's chunks."""
    found, place = [], 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        found.append(png[place + 4 : place + 8])
        place += 12 + length
    return found


def test_the_search_finds_what_it_is_to_find() -> None:
    assert told(b"{Zephyrine}") == ["Zephyrine"]
    assert told(json.dumps("مريم").encode()) == ["مريم"]
    assert told(base64.b64encode(b"Quillfeather")) == ["Quillfeather"]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.template} {recipe.entity}")
def test_no_word_of_a_client_reaches_the_worker_or_a_file(recipe: Recipe, wire: Recorder, modelled: Standin) -> None:
    outcome = made(recipe, wire.url)
    assert outcome.status == "done", outcome.reason
    fetched = {name: picture.data for name, picture in outcome.pictures.items()}
    artefacts = recipe.finish(fetched, {name: CANARIES[name] for name in recipe.fields})
    assert b"/prompt" in wire.seen
    assert b"IDAT" in wire.seen
    assert told(wire.seen) == []
    for path in modelled.folder.rglob("*"):
        assert told(str(path).encode()) == []
        if path.is_file():
            assert told(path.read_bytes()) == []
    assert artefacts
    for artefact in artefacts.values():
        assert set(chunks(artefact.data)) == {b"IHDR", b"IDAT", b"IEND"}
        assert told(artefact.data) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_says_nothing_of_the_worker_or_a_client(fault: str, modelled: Standin, wire: Recorder) -> None:
    modelled.fault(**{fault: 1})
    outcome = made(RECIPES[1], wire.url, attempt=2 + FAULTS.index(fault))
    modelled.fault(**{fault: 0})
    reason = outcome.reason or ""
    assert told(reason.encode()) == []
    assert told(wire.seen) == []
    assert "velocity/" not in reason
    assert (outcome.status == "done") == (fault in {"refused", "lost_answers", "cut_files"}), reason


def test_a_graph_holds_no_text_but_names_of_ours(modelled: Standin) -> None:
    for recipe in RECIPES:
        template = load(recipe.template)
        texts = {
            value
            for node in template.bind(recipe.parameters(KEY), "velocity/prompt").values()
            for value in node["inputs"].values()
            if isinstance(value, str)
        }
        ours = {f"velocity/prompt/{name}" for name in template.outputs} | {
            "nearest-exact", "lanczos", "disabled", *(file for files in template.models.values() for file in files),
        }  # fmt: skip
        assert {text for text in texts - ours if not text.startswith("velocity/")} == set()


def test_a_picture_that_is_written_on_never_came_from_us(tmp_path: Path) -> None:
    uploads = [value for recipe in RECIPES for value in recipe.parameters(KEY).values() if hasattr(value, "png")]
    assert [load(recipe.template).name for recipe in RECIPES if "image" in recipe.parameters(KEY)] == ["logo_upscale"]
    assert uploads
    assert all(set(chunks(picture.png)) == {b"IHDR", b"IDAT", b"IEND"} for picture in uploads)
