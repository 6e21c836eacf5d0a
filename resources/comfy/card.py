"""Drawing names and figures on the fetched picture: they never leave the backend.

Not here: the picture itself, which the worker makes.
"""

from __future__ import annotations

import hashlib
import io

from PIL import Image, ImageDraw, ImageFont

INK, SOFT = "#f8fafc", "#cbd5e1"
LEFT, TOP, PANEL_TOP = 88, 72, 300


def draw_card(picture: bytes, title: str, lines: list[str]) -> bytes:
    """The picture as PNG without metadata, with a title above and lines on its panel; long texts are cut."""
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    pen = ImageDraw.Draw(image)
    _write(pen, (LEFT, TOP), title, 68, INK, image.width)
    for number, line in enumerate(lines):
        _write(pen, (LEFT, PANEL_TOP + number * 62), line, 40, SOFT, image.width)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def pixel_sha256(picture: bytes) -> str:
    """SHA-256 (hex) over size and RGB values: the same picture, the same hash, whatever the file says around it."""
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    return hashlib.sha256(f"{image.width}x{image.height}:".encode() + image.tobytes()).hexdigest()


def _write(pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, fill: str, width: int) -> None:
    font = ImageFont.load_default(size)
    while text and pen.textlength(text, font=font) > width - 2 * LEFT:
        text = text[:-2].rstrip() + "…"
    pen.text(at, text, font=font, fill=fill)
