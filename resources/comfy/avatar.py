"""Initials on fetched avatars: text of a client, so they are drawn here and never leave the backend.

Not here: the grounds, which the worker makes.
"""

from __future__ import annotations

from resources.comfy.card import BOLD, INK
from resources.comfy.lettering import fitted, legible
from resources.comfy.lettering.letters import is_bound
from resources.comfy.picture import Picture, opened

SHARE, ROOM = 0.42, 0.7  # of a side: the size of the letters, and the width that they may have
APART = "\u200c"  # Arabic letters that begin two words are not written together


def draw_avatar(picture: bytes, name: str) -> Picture:
    """The picture without metadata, with the initials of a name in its middle; nameless, it stays plain."""
    image = opened(picture)
    size = round(image.width * SHARE)
    mask = fitted(initials(name), size, round(image.width * ROOM), BOLD).mask(size)
    box = mask.getbbox()
    if box is not None:
        ink = mask.crop(box)
        image.paste(INK, ((image.width - ink.width) // 2, (image.height - ink.height) // 2), ink)
    return Picture.of(image)


def initials(name: str) -> str:
    """First letters of the first and the last word of a name, with their marks; "" where it has no letters."""
    words = [word for word in map(_from_letter, legible(name).split()) if word]
    ends = words if len(words) < 2 else [words[0], words[-1]]
    return APART.join(_first(word) for word in ends)


def _from_letter(word: str) -> str:
    start = next((place for place, letter in enumerate(word) if letter.isalnum()), len(word))
    return word[start:]


def _first(word: str) -> str:
    length = next((place for place in range(1, len(word)) if not is_bound(word[place])), len(word))
    return word[:length].rstrip("\u200c\u200d").upper()
