"""Drawing names and figures on the fetched picture of a card: they never leave the backend.

Not here: the picture itself, which the worker makes; letters and their shapes (`resources.comfy.lettering`).
"""

from __future__ import annotations

from PIL import Image

from resources.comfy.lettering import fitted
from resources.comfy.picture import Picture, opened

INK, SOFT = "#f8fafc", "#cbd5e1"
LEFT, TOP, RIGHT = 88, 88, 88  # pixels; the worker draws a bar of 24 at the left
PANEL_TOP, PANEL_BOTTOM, STEP = 318, 580, 62
TITLE_SIZE, LINE_SIZE = 68, 40
BOLD, REGULAR = 600, 400


def draw_card(picture: bytes, title: str, lines: list[str]) -> Picture:
    """The picture without metadata, with a title above and lines on its panel; what does not fit is cut."""
    image = opened(picture)
    _write(image, TOP, title, TITLE_SIZE, BOLD, INK)
    for place, line in zip(range(PANEL_TOP, PANEL_BOTTOM - LINE_SIZE, STEP), lines, strict=False):
        _write(image, place, line, LINE_SIZE, REGULAR, SOFT)
    return Picture.of(image)


def _write(image: Image.Image, top: int, text: str, size: int, weight: int, colour: str) -> None:
    line = fitted(text, size, image.width - LEFT - RIGHT, weight)
    image.paste(colour, (LEFT, top), line.mask(size))
