"""Emblems: small abstract pictures that follow from a key alone, so that they may go to a worker and be enlarged there.

Not here: enlarging them (`templates/logo_upscale.json`).
"""

from __future__ import annotations

from PIL import Image, ImageDraw

from resources.comfy.palette import accent, rgb
from resources.comfy.picture import as_png

SIDE, CELLS = 256, 5  # pixels; cells of a side, the right half mirrors the left
EDGE = 28


def draw_emblem(key: str) -> bytes:
    """An emblem as PNG; `key` is hexadecimal, and says nothing that the emblem could give away."""
    image = Image.new("RGB", (SIDE, SIDE), rgb(accent(key)))
    pen, cell = ImageDraw.Draw(image), (SIDE - 2 * EDGE) // CELLS
    bits = int(key[8:16], 16)
    for place in range(CELLS * (CELLS // 2 + 1)):
        if bits >> place & 1:
            row, column = divmod(place, CELLS // 2 + 1)
            for x in {column, CELLS - 1 - column}:
                left, top = EDGE + x * cell, EDGE + row * cell
                pen.rectangle((left, top, left + cell - 1, top + cell - 1), fill="white")
    return as_png(image)
