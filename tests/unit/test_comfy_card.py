"""Drawing on a fetched picture, and hashing pixels."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from resources.comfy.avatar import draw_avatar, initials
from resources.comfy.card import draw_card
from resources.comfy.failures import ComfyError
from resources.comfy.fetching import checked
from resources.comfy.picture import Picture, opened
from resources.comfy.template import Declared


def png(size: tuple[int, int] = (1200, 630), colour: str = "#0f172a", note: str | None = None, level: int = 6) -> bytes:
    out, texts = io.BytesIO(), PngInfo()
    if note is not None:
        texts.add_text("prompt", note)
    Image.new("RGB", size, colour).save(out, "PNG", pnginfo=texts, compress_level=level, dpi=(72, 72))
    return out.getvalue()


def pixel_sha256(data: bytes) -> str:
    return Picture.of(opened(data)).pixel_sha256


def test_the_pixel_hash_does_not_see_the_file_around_the_picture() -> None:
    plain, noted = png(), png(note="a graph", level=1)
    assert plain != noted
    assert pixel_sha256(plain) == pixel_sha256(noted)
    assert pixel_sha256(plain) != pixel_sha256(png(colour="#0f172b"))
    assert pixel_sha256(png((2, 3))) != pixel_sha256(png((3, 2)))


def test_a_card_keeps_size_and_ground_and_says_nothing_beside_its_pixels() -> None:
    card = draw_card(png(note="a graph"), "Ann Example", ["Example Ltd", "customer"])
    with Image.open(io.BytesIO(card.data)) as image:
        assert (image.format, image.size, image.mode, image.info) == ("PNG", (1200, 630), "RGB", {})
        assert image.getpixel((5, 5)) == (0x0F, 0x17, 0x2A)
    assert card == draw_card(png(), "Ann Example", ["Example Ltd", "customer"])
    assert card.pixel_sha256 == pixel_sha256(card.data)
    assert card.pixel_sha256 != draw_card(png(), "Bea Example", ["Example Ltd", "customer"]).pixel_sha256


def test_what_does_not_fit_is_cut_within_the_margins() -> None:
    card = draw_card(png(), "Wilhelmina " * 30, [f"line {n} " * 40 for n in range(9)])
    with Image.open(io.BytesIO(card.data)) as image:
        ground = Image.new("RGB", image.size, "#0f172a")
        for box in ((1113, 0, 1200, 630), (0, 570, 1200, 630), (0, 0, 1200, 80)):
            assert image.crop(box).tobytes() == ground.crop(box).tobytes()


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ann Example", "A\u200cE"),
        ("ann maria example", "A\u200cE"),
        ("Żaneta", "Ż"),
        ("(Dr.) O'Neil", "D\u200cO"),
        ("مريم العبدالله", "م\u200cا"),
        ("प्रिया शर्मा", "प्\u200cश"),
        ("王小明", "王"),
        ("--- ***", ""),
        ("", ""),
    ],
)
def test_initials_are_of_the_first_and_the_last_word(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize("side", [512, 256, 64])
def test_initials_stand_in_the_middle_of_an_avatar(side: int) -> None:
    plain = png((side, side))
    with (
        Image.open(io.BytesIO(draw_avatar(plain, "Ann Example").data)) as drawn,
        Image.open(io.BytesIO(plain)) as ground,
    ):
        assert (drawn.size, drawn.mode, drawn.info) == ((side, side), "RGB", {})
        left, top, right, bottom = ImageChops.difference(drawn, ground.convert("RGB")).getbbox() or (0, 0, 0, 0)
    assert abs(left + right - side) <= 1
    assert abs(top + bottom - side) <= 1
    assert 0.3 * side < right - left < 0.7 * side
    assert draw_avatar(plain, "").pixel_sha256 == pixel_sha256(plain)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=5))
def test_any_text_can_be_drawn(title: str, lines: list[str]) -> None:
    with Image.open(io.BytesIO(draw_card(png(), title, lines).data)) as image:
        assert image.size == (1200, 630)


def test_a_fetched_picture_is_checked_and_hashed() -> None:
    data = png((8, 4))
    picture = checked(data, Declared("9", 8, 4))
    assert (picture.data, picture.pixel_sha256) == (data, pixel_sha256(data))


@pytest.mark.parametrize("data", [b"", b"<html>", png((8, 4))[:-30], png((8, 4))[:40], png((4, 8))])
def test_what_is_not_the_declared_picture_is_permanent(data: bytes) -> None:
    with pytest.raises(ComfyError) as failed:
        checked(data, Declared("9", 8, 4))
    assert failed.value.failure == "permanent"
