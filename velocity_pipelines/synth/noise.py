"""What happens to a value between a person and a CRM: slips of the keyboard, short names, another spelling.

Not here: which values a row holds (`velocity_pipelines.synth.rows`).
"""

from __future__ import annotations

import numpy as np
from anyascii import anyascii

from velocity_pipelines.synth import words
from velocity_pipelines.synth.world import Texts

NEIGHBOURS = {
    a: b for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for a, b in zip(row, row[1:] + row[-2], strict=True)
}


def ascii_text(names: Texts) -> list[str]:
    """Names as they stand in addresses: plain letters, small."""
    table = {n: "".join(c for c in anyascii(n).lower() if c.isalpha()) for n in set(names)}
    return [table[n] for n in names]


def slip(texts: Texts, share: float, rng: np.random.Generator) -> Texts:
    """A slip in a share of the texts: a letter is swapped, dropped, doubled, or its neighbour on the keyboard."""
    hit = np.flatnonzero(rng.random(len(texts)) < share)
    kinds, spots = rng.integers(0, 4, len(hit)), rng.random(len(hit))
    for i, kind, spot in zip(hit.tolist(), kinds.tolist(), spots.tolist(), strict=True):
        texts[i] = _slipped(texts[i], kind, spot)
    return texts


def _slipped(text: str | None, kind: int, spot: float) -> str | None:
    if not text or len(text) < 4:
        return text
    at = 1 + int(spot * (len(text) - 2))
    before, letter, after = text[:at], text[at], text[at + 1 :]
    if not letter.isalpha():
        return text
    if kind == 0:
        return before + after[:1] + letter + after[1:] if after[:1].isalpha() else text
    if kind == 1:
        return before + after
    return before + letter * 2 + after if kind == 2 else before + NEIGHBOURS.get(letter.lower(), letter) + after


def short_names(first: Texts, share: float, rng: np.random.Generator) -> Texts:
    """A share of the given names in a form that people use."""
    hit = np.flatnonzero(rng.random(len(first)) < share)
    for i, which in zip(hit.tolist(), rng.random(len(hit)).tolist(), strict=True):
        forms = words.SHORT.get(first[i], first[i]).split()
        first[i] = forms[int(which * len(forms))]
    return first


def plain_spelling(texts: Texts, share: float, rng: np.random.Generator) -> Texts:
    """A share of the texts without diacritics."""
    for i in np.flatnonzero(rng.random(len(texts)) < share).tolist():
        texts[i] = anyascii(texts[i])
    return texts


def other_case(texts: Texts, share: float, rng: np.random.Generator) -> Texts:
    """A share of the texts in capitals, small letters, or with white space around."""
    hit = np.flatnonzero(rng.random(len(texts)) < share)
    for i, kind in zip(hit.tolist(), rng.integers(0, 3, len(hit)).tolist(), strict=True):
        texts[i] = texts[i] and (texts[i].upper(), texts[i].lower(), f" {texts[i]} ")[kind]
    return texts


def written_number(numbers: Texts, rng: np.random.Generator) -> Texts:
    """Telephone numbers as people write them: with or without spaces, `+` or `00`, brackets."""
    style = rng.integers(0, 4, len(numbers))
    written = [number and _written(number, kind) for number, kind in zip(numbers, style.tolist(), strict=True)]
    return np.array(written, dtype=object)


def _written(number: str, kind: int) -> str:
    if kind == 1:
        return number.replace(" ", "")
    if kind == 2:
        return number.replace(" ", "-")
    return "00" + number[1:].replace(" ", "") if kind == 3 and not number.startswith("+1") else number


def missing(texts: Texts, share: float, rng: np.random.Generator) -> Texts:
    """A share of the texts left out."""
    left = texts.copy()
    left[rng.random(len(texts)) < share] = None
    return left
