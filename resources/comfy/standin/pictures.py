"""Arithmetic on pictures as ComfyUI does it: float32 from 0 to 1, [picture, row, column, channel]; masks lack channels.

Not here: nodes and their inputs (`resources.comfy.standin.nodes`), files.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

Picture = npt.NDArray[np.float32]


def from_pillow(image: Image.Image) -> Picture:
    """One picture, as a batch of one."""
    return (np.asarray(image, dtype=np.float32) / np.float32(255))[np.newaxis]


def to_pillow(picture: Picture) -> Image.Image:
    """One picture of a batch; values are cut off, not rounded, as the server does."""
    return Image.fromarray(np.clip(picture * np.float32(255), 0, 255).astype(np.uint8))


def resize(pictures: Picture, width: int, height: int, method: str) -> Picture:
    """Pictures [n, rows, columns, channels] in another size."""
    if method == "lanczos":
        size = (width, height)
        return np.concatenate([from_pillow(to_pillow(p).resize(size, Image.Resampling.LANCZOS)) for p in pictures])
    rows = WEIGHTS[method](pictures.shape[1], height)
    columns = WEIGHTS[method](pictures.shape[2], width)
    resized: Picture = np.einsum("yr,nrcd,xc->nyxd", rows, pictures, columns, optimize=True).astype(np.float32)
    return resized


def nearest(old: int, new: int) -> Picture:
    """Weights [new, old] that take the pixel whose middle is nearest."""
    weights = np.zeros((new, old), np.float32)
    weights[np.arange(new), np.minimum(((np.arange(new) + 0.5) * old / new).astype(int), old - 1)] = 1
    return weights


def bilinear(old: int, new: int) -> Picture:
    """Weights [new, old] that mix the two pixels around each place."""
    place = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    left = place.astype(int)
    weights = np.zeros((new, old), np.float32)
    np.add.at(weights, (np.arange(new), left), 1 - (place - left))
    np.add.at(weights, (np.arange(new), np.minimum(left + 1, old - 1)), place - left)
    return weights


def bicubic(old: int, new: int) -> Picture:
    """Weights [new, old] over the four pixels around each place, by cubic convolution with a = -0.75."""
    place = (np.arange(new) + 0.5) * old / new - 0.5
    base = np.floor(place).astype(int)
    weights = np.zeros((new, old), np.float32)
    for step in range(-1, 3):
        away = np.abs(place - base - step)
        near = (1.25 * away - 2.25) * away**2 + 1
        far = ((-0.75 * away + 3.75) * away - 6) * away + 3
        np.add.at(weights, (np.arange(new), np.clip(base + step, 0, old - 1)), np.where(away <= 1, near, far))
    return weights


def area(old: int, new: int) -> Picture:
    """Weights [new, old] that average all pixels which a new one touches."""
    start = np.arange(new) * old // new
    end = -(-(np.arange(new) + 1) * old // new)
    column = np.arange(old)
    inside = (column >= start[:, np.newaxis]) & (column < end[:, np.newaxis])
    weights: Picture = (inside / inside.sum(axis=1, keepdims=True)).astype(np.float32)
    return weights


WEIGHTS = {"nearest-exact": nearest, "bilinear": bilinear, "bicubic": bicubic, "area": area}


def composite(below: Picture, above: Picture, x: int, y: int, mask: Picture | None) -> Picture:
    """Pictures with others laid upon them at a place; where the mask [n, rows, columns] is 0 the lower one stays."""
    result = below.copy()
    height, width = max(0, min(above.shape[1], below.shape[1] - y)), max(0, min(above.shape[2], below.shape[2] - x))
    count = below.shape[0]
    cover = np.resize(above, (count, *above.shape[1:]))[:, :height, :width]
    share = np.ones((*cover.shape[:3], 1), np.float32) if mask is None else _cut(mask, above, count, height, width)
    window = result[:, y : y + height, x : x + width]
    window[:] = share * cover + (1 - share) * window
    return result


def _cut(mask: Picture, above: Picture, count: int, height: int, width: int) -> Picture:
    sized = resize(mask[..., np.newaxis], above.shape[2], above.shape[1], "bilinear")
    return np.resize(sized, (count, *sized.shape[1:]))[:, :height, :width]
