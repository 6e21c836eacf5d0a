"""Which of our fonts has a letter, and what is written where none has: Noto Sans, as two packages bring it.

Not here: shaping and drawing (`resources.comfy.lettering.line`).
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files
from pathlib import Path

import uharfbuzz as hb
from anyascii import anyascii

CJK = "NotoSansCJK"
JOINERS = "\u200c\u200d"  # invisible, but Persian and Indic names are misspelt without them
REGIONAL = {"hiragana": 0, "katakana": 0, "hangul": 1}  # faces of the collection; Han alone is drawn as in China
CHINA = 2


def legible(text: str) -> str:
    """The text on one line in letters that can be drawn; each that no font has is written in ASCII."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    shown = (letter for letter in line if letter.isprintable() or letter in JOINERS)
    return "".join(letter if _face_of(letter) else anyascii(letter) for letter in shown).strip()


def faces(line: str) -> list[str]:
    """Name of the font of each letter of a legible line; marks and joiners stay with the letter before."""
    found: list[str] = []
    for letter in line:
        stays = found and has(found[-1], letter) and is_bound(letter)
        found.append(found[-1] if stays else _face_of(letter) or names()[0])
    return found


def is_bound(letter: str) -> bool:
    """True for what belongs to the letter before: a mark or a joiner."""
    return letter in JOINERS or unicodedata.category(letter)[0] == "M"


@cache
def names() -> list[str]:
    """Our fonts in the order in which a letter is looked up: Latin, Greek and Cyrillic first, China's last."""
    scripts = sorted(path.name.partition("[")[0] for path in _folder("manimgx_fonts").glob("*.ttf"))
    upright = [name for name in scripts if name != "NotoSans" and not name.endswith("-Italic")]
    pictures = [name for name in upright if name in {"NotoSansSymbols", "NotoEmoji"}]
    return ["NotoSans", *(name for name in upright if name not in pictures), CJK, *pictures]


def has(name: str, letter: str) -> bool:
    """True if a font has a letter."""
    return ord(letter) in _letters(name)


@cache
def font(name: str, weight: int, place: int = 0) -> hb.Font:
    """A font in a weight (400 is regular), its measure a unit of the em; `place` in a collection of several."""
    made = hb.Font(_face(name, place))
    made.set_variations({"wght": weight})
    return made


def regional(line: str) -> int:
    """Place in the collection of the font that draws a line's Han letters as its own readers do."""
    scripts = (unicodedata.name(letter, "").partition(" ")[0].lower() for letter in line)
    return next((REGIONAL[script] for script in scripts if script in REGIONAL), CHINA)


@cache
def _face_of(letter: str) -> str | None:
    return next((name for name in names() if has(name, letter)), None)


@cache
def _letters(name: str) -> hb.Set:
    return _face(name, 0).unicodes


@cache
def _face(name: str, place: int) -> hb.Face:
    package, pattern = ("manimgx_fonts_cjk", f"{name}*") if name == CJK else ("manimgx_fonts", f"{name}[[]*")
    (path,) = _folder(package).glob(pattern)
    return hb.Face(hb.Blob.from_file_path(str(path)), place)


def _folder(package: str) -> Path:
    return Path(str(files(package)))
