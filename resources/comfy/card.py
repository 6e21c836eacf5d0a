"""Drawing names and figures on the fetched picture: they never leave the backend.

Pillow's own font has hardly more than the letters of ASCII; what it lacks is transliterated instead of drawn as boxes.

Not here: the picture itself, which the worker makes.
"""

from __future__ import annotations

import hashlib
import io
from functools import cache

from anyascii import anyascii
from PIL import Image, ImageDraw, ImageFont

INK, SOFT = "#f8fafc", "#cbd5e1"
LEFT, TOP, RIGHT = 88, 88, 88  # pixels; the worker draws a bar of 24 at the left
PANEL_TOP, PANEL_BOTTOM, STEP = 300, 560, 62
TITLE_SIZE, LINE_SIZE = 68, 40
NOBODY_HAS = "\U0010fffe"  # no font holds this one: its picture is the box for a missing letter


def draw_card(picture: bytes, title: str, lines: list[str]) -> bytes:
    """The picture as PNG without metadata, with a title above and lines on its panel; what does not fit is cut."""
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    image.info.clear()  # profiles and resolutions would be saved along
    pen = ImageDraw.Draw(image)
    _write(pen, TOP, title, TITLE_SIZE, INK, image.width)
    for place, line in zip(range(PANEL_TOP, PANEL_BOTTOM - LINE_SIZE, STEP), lines, strict=False):
        _write(pen, place, line, LINE_SIZE, SOFT, image.width)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def pixel_sha256(picture: bytes) -> str:
    """SHA-256 (hex) over size and RGB values: the same picture, the same hash, whatever the file says around it."""
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    return hashlib.sha256(f"{image.width}x{image.height}:".encode() + image.tobytes()).hexdigest()


def legible(text: str, size: int = LINE_SIZE) -> str:
    """The text on one line, with each letter that the font lacks written in ASCII."""
    line = " ".join(text.split())
    return "".join(letter if _has(letter, size) else anyascii(letter) for letter in line if letter.isprintable())


def _write(pen: ImageDraw.ImageDraw, top: int, text: str, size: int, colour: str, width: int) -> None:
    font = _font(size)
    room = width - LEFT - RIGHT
    line = legible(text, size)
    if font.getlength(line) > room:
        while line and font.getlength(f"{line}…") > room:
            line = line[:-1]
        line = f"{line.rstrip()}…"
    pen.text((LEFT, top), line, font=font, fill=colour)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font


@cache
def _has(letter: str, size: int) -> bool:
    return letter.isspace() or _shape(letter, size) != _shape(NOBODY_HAS, size)


def _shape(letter: str, size: int) -> tuple[tuple[int, int], bytes]:
    mask = _font(size).getmask(letter)
    return mask.size, bytes(mask)
