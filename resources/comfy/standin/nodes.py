"""The nodes that the stand-in executes: pictures as Pillow images.

Not here: graphs and their order (`resources.comfy.standin.worker`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

Execute = Callable[[dict[str, Any], Path], Any]


def empty_image(inputs: dict[str, Any], _folder: Path) -> Image.Image:
    """A picture of one colour."""
    colour = int(inputs["color"])
    rgb = (colour >> 16 & 255, colour >> 8 & 255, colour & 255)
    return Image.new("RGB", (int(inputs["width"]), int(inputs["height"])), rgb)


def composite(inputs: dict[str, Any], _folder: Path) -> Image.Image:
    """A picture laid upon another."""
    result: Image.Image = inputs["destination"].copy()
    result.paste(inputs["source"], (int(inputs["x"]), int(inputs["y"])))
    return result


def invert(inputs: dict[str, Any], _folder: Path) -> Image.Image:
    """A negative."""
    return ImageOps.invert(inputs["image"])


def scale(inputs: dict[str, Any], _folder: Path) -> Image.Image:
    """A picture in another size."""
    result: Image.Image = inputs["image"].resize(
        (int(inputs["width"]), int(inputs["height"])), Image.Resampling.LANCZOS
    )
    return result


def save(inputs: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A picture as a file; its name counts up, as the server's does."""
    prefix = Path(inputs["filename_prefix"])
    target = folder / prefix.parent
    target.mkdir(parents=True, exist_ok=True)
    number = 1 + len(list(target.glob(f"{prefix.name}_*.png")))
    name = f"{prefix.name}_{number:05d}_.png"
    inputs["images"].save(target / name)
    return {"images": [{"filename": name, "subfolder": str(prefix.parent), "type": "output"}]}


NODES: dict[str, tuple[Execute, tuple[str, ...], bool]] = {  # class: what it does, inputs that it needs, is an output
    "EmptyImage": (empty_image, ("width", "height", "batch_size", "color"), False),
    "ImageCompositeMasked": (composite, ("destination", "source", "x", "y", "resize_source"), False),
    "ImageInvert": (invert, ("image",), False),
    "ImageScale": (scale, ("image", "upscale_method", "width", "height", "crop"), False),
    "SaveImage": (save, ("images", "filename_prefix"), True),
}
