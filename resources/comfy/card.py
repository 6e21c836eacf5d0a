"""Drawing names and figures on the fetched picture of a card: they never leave the backend.

Not here: the picture itself, which the worker makes; letters and their shapes (`resources.comfy.lettering`).
"""

from __future__ import annotations

import hashlib
import io

from PIL import Image

from resources.comfy.lettering import fitted

INK, SOFT = "#f8fafc", "#cbd5e1"
LEFT, TOP, RIGHT = 88, 88, 88  # pixels; the worker draws a bar of 24 at the left
PANEL_TOP, PANEL_BOTTOM, STEP = 318, 580, 62
TITLE_SIZE, LINE_SIZE = 68, 40
BOLD, REGULAR = 600, 400


def draw_card(picture: bytes, title: str, lines: list[str]) -> bytes:
    """The picture as PNG without metadata, with a title above and lines on its panel; what does not fit is cut."""
    image = opened(picture)
    _write(image, TOP, title, TITLE_SIZE, BOLD, INK)
    for place, line in zip(range(PANEL_TOP, PANEL_BOTTOM - LINE_SIZE, STEP), lines, strict=False):
        _write(image, place, line, LINE_SIZE, REGULAR, SOFT)
    return as_png(image)


def opened(picture: bytes) -> Image.Image:
    """A fetched picture to draw upon, without whatever its file says beside the pixels."""
    with Image.open(io.BytesIO(picture)) as found:
        image = found.convert("RGB")
    image.info.clear()  # profiles and resolutions would be saved along
    return image


def as_png(image: Image.Image) -> bytes:
    """A picture as PNG."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def pixel_sha256(picture: bytes) -> str:
    """SHA-256 (hex) over size and RGB values: the same picture, the same hash, whatever the file says around it."""
    with Image.open(io.BytesIO(picture)) as found:
        return sha256_of_pixels(found.convert("RGB"))


def sha256_of_pixels(image: Image.Image) -> str:
    """The same of an RGB picture that is open."""
    return hashlib.sha256(f"{image.width}x{image.height}:".encode() + image.tobytes()).hexdigest()


def _write(image: Image.Image, top: int, text: str, size: int, weight: int, colour: str) -> None:
    line = fitted(text, size, image.width - LEFT - RIGHT, weight)
    image.paste(colour, (LEFT, top), line.mask(size))
