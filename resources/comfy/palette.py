"""The colours of our pictures.

Not here: what is drawn in them.
"""

from __future__ import annotations

GROUND, PANEL = 0x0F172A, 0x1E293B
ACCENTS = (0x38BDF8, 0x34D399, 0xFBBF24, 0xF472B6, 0xA78BFA)


def accent(key: str) -> int:
    """The accent of a key in hexadecimal: five of them, so that it gives hardly anything of the key away."""
    return ACCENTS[int(key[:8], 16) % len(ACCENTS)]


def rgb(colour: int) -> tuple[int, int, int]:
    """A colour as red, green and blue."""
    return colour >> 16, colour >> 8 & 255, colour & 255
