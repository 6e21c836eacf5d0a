"""The nodes that the stand-in executes.

Not here: graphs and their order (`resources.comfy.standin.executor`), arithmetic on pictures.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from resources.comfy.standin.files import Files, Outside
from resources.comfy.standin.pictures import Picture, composite, from_pillow, resize, to_pillow

Inputs = dict[str, Any]
UPSCALE_FACTOR = 4


class NodeError(Exception):
    """A node failed as the real one does: with an exception of that type name."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Scene:
    """What a node may touch beside its inputs: the folders, the graph, what came with it, and the faults."""

    files: Files
    graph: dict[str, Any]
    extra: dict[str, Any]
    strike: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Result:
    """Values by slot, and what an output node shows."""

    values: tuple[Any, ...]
    shown: dict[str, Any] | None = None

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return sum(value.nbytes for value in self.values if isinstance(value, np.ndarray))


def empty_image(inputs: Inputs, _scene: Scene) -> Result:
    """Pictures of one colour."""
    colour = int(inputs["color"])
    rgb = np.array([colour >> 16 & 255, colour >> 8 & 255, colour & 255], np.float32) / np.float32(255)
    shape = (int(inputs["batch_size"]), int(inputs["height"]), int(inputs["width"]), 3)
    return Result((np.broadcast_to(rgb, shape).copy(),))


def invert(inputs: Inputs, _scene: Scene) -> Result:
    """The negative of a picture or a mask."""
    given: Picture = inputs["image"] if "image" in inputs else inputs["mask"]
    return Result((np.float32(1) - given,))


def scale(inputs: Inputs, _scene: Scene) -> Result:
    """Pictures in a size, where 0 keeps the proportions; `crop` cuts from the middle instead of stretching."""
    image: Picture = inputs["image"]
    width, height = int(inputs["width"]), int(inputs["height"])
    if not width and not height:
        return Result((image,))
    rows, columns = image.shape[1:3]
    width = width or max(1, round(columns * height / rows))
    height = height or max(1, round(rows * width / columns))
    if inputs["crop"] == "center":
        image = _middle(image, width / height)
    return Result((resize(image, width, height, inputs["upscale_method"]),))


def _middle(image: Picture, proportion: float) -> Picture:
    rows, columns = image.shape[1:3]
    x = round((columns - rows * proportion) / 2) if columns / rows > proportion else 0
    y = round((rows - columns / proportion) / 2) if columns / rows < proportion else 0
    return image[:, y : rows - y, x : columns - x]


def scale_to_max(inputs: Inputs, _scene: Scene) -> Result:
    """Pictures whose longer side has a length."""
    image: Picture = inputs["image"]
    rows, columns = image.shape[1:3]
    longest = int(inputs["largest_size"])
    width, height = round(columns / max(rows, columns) * longest), round(rows / max(rows, columns) * longest)
    return Result((resize(image, width, height, inputs["upscale_method"]),))


def resize_and_pad(inputs: Inputs, _scene: Scene) -> Result:
    """Pictures fitted into a size, in the middle of a plain ground."""
    image: Picture = inputs["image"]
    width, height = int(inputs["target_width"]), int(inputs["target_height"])
    factor = min(width / image.shape[2], height / image.shape[1])
    fitted = resize(image, int(image.shape[2] * factor), int(image.shape[1] * factor), inputs["interpolation"])
    ground = np.full((len(image), height, width, image.shape[3]), inputs["padding_color"] == "white", np.float32)
    x, y = (width - fitted.shape[2]) // 2, (height - fitted.shape[1]) // 2
    return Result((composite(ground, fitted, x, y, None),))


def composite_masked(inputs: Inputs, _scene: Scene) -> Result:
    """A picture laid upon another."""
    below, above = inputs["destination"], inputs["source"]
    if inputs["resize_source"]:
        above = resize(above, below.shape[2], below.shape[1], "bilinear")
    return Result((composite(below, above, int(inputs["x"]), int(inputs["y"]), inputs.get("mask")),))


def load_image(inputs: Inputs, scene: Scene) -> Result:
    """An uploaded picture, and a mask that is 1 where it is transparent."""
    with Image.open(scene.files.path("input", inputs["image"])) as opened:
        image = ImageOps.exif_transpose(opened)
        rgb = from_pillow(image.convert("RGB"))
        if "A" in image.getbands() or "transparency" in image.info:
            return Result((rgb, 1 - from_pillow(image.convert("RGBA").getchannel("A"))))
    return Result((rgb, np.zeros((1, 64, 64), np.float32)))


def load_upscaler(_inputs: Inputs, _scene: Scene) -> Result:
    """A model by its name: here only the factor by which it enlarges."""
    return Result((UPSCALE_FACTOR,))


def upscale(inputs: Inputs, _scene: Scene) -> Result:
    """Pictures enlarged by a model: here by arithmetic, in the size that the model would give."""
    image, factor = inputs["image"], inputs["upscale_model"]
    return Result((resize(image, image.shape[2] * factor, image.shape[1] * factor, "lanczos"),))


def save_image(inputs: Inputs, scene: Scene) -> Result:
    """Pictures as files that carry the graph."""
    return _saved(inputs["images"], "output", str(inputs["filename_prefix"]), scene)


def preview_image(inputs: Inputs, scene: Scene) -> Result:
    """Pictures as files that may go at any time."""
    return _saved(inputs["images"], "temp", f"ComfyUI_temp_{secrets.token_hex(3)}", scene)


def _saved(images: Picture, kind: str, prefix: str, scene: Scene) -> Result:
    try:
        folder, number = scene.files.next_name(kind, prefix)
    except Outside:
        raise NodeError("Exception", "ERROR: Saving image outside the output folder is not allowed.") from None
    stem, subfolder, shown = prefix.rpartition("/")[2], scene.files.relative(kind, folder), []
    for image in images:
        name = f"{stem}_{number:05}_.png"
        drawn = to_pillow(image).resize((8, 8)) if scene.strike("wrong_pictures") else to_pillow(image)
        drawn.save(folder / name, pnginfo=_texts(scene), compress_level=4)
        shown.append({"filename": name, "subfolder": subfolder, "type": kind})
        number += 1
    return Result((images,), {"images": shown})


def _texts(scene: Scene) -> PngInfo:
    texts = PngInfo()
    texts.add_text("prompt", json.dumps(scene.graph))
    for key, value in (scene.extra.get("extra_pnginfo") or {}).items():
        texts.add_text(key, json.dumps(value))
    return texts


NODES: dict[str, Callable[[Inputs, Scene], Result]] = {
    "EmptyImage": empty_image,
    "ImageInvert": invert,
    "InvertMask": invert,
    "ImageScale": scale,
    "ImageScaleToMaxDimension": scale_to_max,
    "ResizeAndPadImage": resize_and_pad,
    "ImageCompositeMasked": composite_masked,
    "LoadImage": load_image,
    "UpscaleModelLoader": load_upscaler,
    "ImageUpscaleWithModel": upscale,
    "SaveImage": save_image,
    "PreviewImage": preview_image,
}
