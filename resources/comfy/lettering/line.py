"""A line of text: put in order, shaped, measured and drawn as a mask.

Not here: which font has a letter (`resources.comfy.lettering.letters`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby

import uharfbuzz as hb
from PIL import Image

from resources.comfy.lettering.direction import in_order, levels
from resources.comfy.lettering.letters import CJK, faces, font, is_bound, legible, regional

LONGEST = 400  # letters; no line of a picture has room for more
ASCENT, HEIGHT = 1.15, 1.6  # of the size: from the top of the mask to the baseline, and to its bottom


@dataclass(frozen=True, slots=True)
class Glyph:
    """A shape of a font and where it stands, in ems from the start of the baseline."""

    font: hb.Font
    number: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """Shaped text; `width` in ems."""

    glyphs: list[Glyph]
    width: float

    def mask(self, size: int) -> Image.Image:
        """The line in a size in pixels, as coverage from 0 to 255; its height is `HEIGHT` sizes, whatever it says."""
        draw = hb.RasterDraw()
        width, height = math.ceil(self.width * size) + size, round(HEIGHT * size)
        for glyph in self.glyphs:
            scale = size / glyph.font.face.upem
            draw.transform = (scale, 0, 0, scale, glyph.x * size, glyph.y * size)
            draw.draw_glyph(glyph.font, glyph.number)
        draw.extents = hb.RasterExtents(0, round((ASCENT - HEIGHT) * size), width, height, 0)
        drawn = draw.render()
        if drawn is None:
            return Image.new("L", (width, height))
        stride = drawn.extents.stride  # rows stand from the bottom to the top
        return Image.frombytes("L", (width, height), drawn.buffer, "raw", "L", stride, -1)


def fitted(text: str, size: int, room: int, weight: int = 400) -> Line:
    """The text as a line of at most `room` pixels in a size; what does not fit is cut and ends in an ellipsis."""
    line = legible(text[:LONGEST])
    whole = shaped(line, weight)
    if whole.width * size <= room:
        return whole
    short, long = 0, len(line)
    while short < long:  # the longest start that fits
        middle = (short + long + 1) // 2
        short, long = (middle, long) if shaped(_cut(line, middle), weight).width * size <= room else (short, middle - 1)
    return shaped(_cut(line, short), weight)


def shaped(line: str, weight: int = 400) -> Line:
    """A legible line as glyphs, from left to right as they are seen."""
    glyphs: list[Glyph] = []
    pen, place = 0.0, regional(line)
    for name, level, text in _runs(line):
        shape = font(name, weight, place if name == CJK else 0)
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if level % 2 else "ltr"
        hb.shape(shape, buffer)
        em = shape.face.upem
        for info, at in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            glyphs.append(Glyph(shape, info.codepoint, pen + at.x_offset / em, at.y_offset / em))
            pen += at.x_advance / em
    return Line(glyphs, pen)


def _runs(line: str) -> list[tuple[str, int, str]]:
    """Parts of one font and direction, in the order in which they are seen."""
    letters = zip(faces(line), levels(line), line, strict=True)
    grouped = groupby(letters, lambda found: found[:2])
    return in_order([(*key, "".join(part[2] for part in parts)) for key, parts in grouped], lambda run: run[1])


def _cut(line: str, length: int) -> str:
    """The start of a line with an ellipsis; a letter goes with its marks, or stays with them."""
    while 0 < length < len(line) and is_bound(line[length]):
        length -= 1
    return f"{line[:length].rstrip()}…"
