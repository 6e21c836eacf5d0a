"""A picture as PNG and its hashes, of which that of the pixels alone is the same from run to run.

Not here: fetching one (`resources.comfy.fetching`), drawing on it (`resources.comfy.card`, `resources.comfy.avatar`).
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, slots=True)
class Picture:
    """PNG bytes, their SHA-256, and that of size and RGB values: the same picture, whatever its file says around it."""

    data: bytes
    sha256: str
    pixel_sha256: str

    @classmethod
    def of(cls, image: Image.Image, data: bytes | None = None) -> Picture:
        """Of an RGB picture that is open; `data` is the file that it was read from, if it is to be kept as it is."""
        png = as_png(image) if data is None else data
        pixels = hashlib.sha256(f"{image.width}x{image.height}:".encode() + image.tobytes())
        return cls(png, hashlib.sha256(png).hexdigest(), pixels.hexdigest())


def opened(png: bytes) -> Image.Image:
    """A picture to draw upon, as RGB, without whatever its file says beside the pixels."""
    with Image.open(io.BytesIO(png)) as found:
        image = found.convert("RGB")
    image.info.clear()  # profiles and resolutions would be saved along
    return image


def as_png(image: Image.Image) -> bytes:
    """A picture as PNG; compressed as much as is cheap."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=3)  # half the time of 6, for a fifth more bytes
    return out.getvalue()
