"""Pictures small enough to stand in a page as text.

Not here: which pictures may be shown.
"""

from __future__ import annotations

import base64
import io

from PIL import Image

SIDE = 160  # pixels


def data_uri(png: bytes) -> str:
    """A picture as a `data:` URI of some kilobytes, at most `SIDE` pixels wide and high."""
    with Image.open(io.BytesIO(png)) as opened:
        image = opened.convert("RGB")
    image.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    image.save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
