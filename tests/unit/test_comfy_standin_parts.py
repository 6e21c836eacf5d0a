"""Parts of the stand-in that are pure: arithmetic on pictures, forms, order of nodes, faults."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.comfy.standin.faults import Faults
from resources.comfy.standin.memory import Item, Memory, Twin
from resources.comfy.standin.multipart import parse
from resources.comfy.standin.order import needed
from resources.comfy.standin.pictures import WEIGHTS, composite, from_pillow, resize, to_pillow

SIZES = st.integers(1, 40)


@given(st.sampled_from(sorted(WEIGHTS)), SIZES, SIZES)
def test_weights_share_out_one_and_leave_the_same_size_alone(method: str, old: int, new: int) -> None:
    assert np.allclose(WEIGHTS[method](old, new).sum(axis=1), 1, atol=1e-5)
    assert np.allclose(WEIGHTS[method](old, old), np.eye(old), atol=1e-5)


@pytest.mark.parametrize("method", [*sorted(WEIGHTS), "lanczos"])
def test_a_plain_picture_stays_plain_in_any_size(method: str) -> None:
    plain = np.full((2, 6, 4, 3), 0.2, np.float32)
    assert np.allclose(resize(plain, 9, 5, method), np.full((2, 5, 9, 3), 0.2), atol=1 / 255)


def test_pictures_survive_the_way_through_pillow() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16).repeat(3).reshape(16, 16, 3)
    picture = (ramp / np.float32(255)).astype(np.float32)
    assert np.array_equal(np.asarray(to_pillow(picture)), ramp)
    assert np.array_equal(from_pillow(to_pillow(picture))[0], picture)


def test_a_picture_is_laid_upon_another_where_the_mask_says() -> None:
    below, above = np.zeros((1, 4, 4, 3), np.float32), np.ones((1, 2, 2, 3), np.float32)
    assert composite(below, above, 3, 3, None).sum() == 3  # what hangs over is cut off
    assert composite(below, above, 9, 0, None).sum() == 0
    mask = np.array([[[1, 0], [0, 0.5]]], np.float32)
    assert composite(below, above, 0, 0, mask)[0, :2, :2, 0].tolist() == mask[0].tolist()
    assert below.sum() == 0


@given(st.binary(max_size=200))
def test_a_form_gives_back_the_very_bytes(data: bytes) -> None:
    head = b'--b1\r\nContent-Disposition: form-data; name="image"; filename="a b.png"\r\n\r\n'
    tail = b'\r\n--b1\r\nContent-Disposition: form-data; name="type"\r\n\r\ninput\r\n--b1--\r\n'
    if b"\r\n--b1" not in data:
        form = parse('multipart/form-data; boundary="b1"', head + data + tail)
        assert (form["image"].data, form["image"].filename) == (data, "a b.png")
        assert (form["type"].data, form["type"].filename) == (b"input", None)


def test_nodes_come_after_their_sources_and_only_if_needed() -> None:
    graph = {
        "9": {"inputs": {"images": ["2", 0]}},
        "2": {"inputs": {"image": ["1", 0]}},
        "1": {"inputs": {"width": 1}},
        "8": {"inputs": {"images": ["1", 0]}},
    }
    assert needed(graph, ["9"]) == ["1", "2", "9"]
    assert needed(graph, ["9", "8"], ready={"2"}) == ["9", "1", "8"]


def item(number: float, name: str) -> Item:
    return Item(number, name, {}, {}, [])


def test_the_lowest_number_is_next_and_a_twin_is_queued_although_refused() -> None:
    memory = Memory(lambda: None)
    for number, name in ((2, "b"), (1, "a")):
        memory.put(item(number, name))
    with pytest.raises(Twin):
        memory.put(item(2, "b"))
    assert [memory.take().id, memory.remaining] == ["a", 3]
    assert not memory.interrupt("b")
    assert memory.interrupt("a")
    assert memory.interrupted.is_set()


def test_switches_count_down_and_unknown_ones_are_refused() -> None:
    faults = Faults()
    faults.change({"lost_answers": 2, "node_seconds": 0.5})
    assert [faults.strike("lost_answers") for _ in range(3)] == [True, True, False]
    assert faults.node_seconds == 0.5
    with pytest.raises(KeyError):
        faults.change({"executed": 1})
