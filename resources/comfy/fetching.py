"""The pictures that a prompt made: found, fetched, and checked against what its template declares.

Not here: sending prompts and what becomes of them (`resources.enriching.prompts`).
"""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image

from resources.comfy.client import ComfyClient, Output
from resources.comfy.failures import ComfyError
from resources.comfy.picture import Picture
from resources.comfy.standing import Standing
from resources.comfy.template import Declared, Template


def pictures_of(client: ComfyClient, template: Template, ended: Standing) -> dict[str, Picture]:
    """The declared pictures of a prompt that is done; `permanent` where one is missing or not as declared."""
    return _pictures(client, template, lambda name, declared: _only_file(ended, name, declared))


def pictures_left(client: ComfyClient, template: Template, prompt: str) -> dict[str, Picture]:
    """The same of a prompt that the worker forgot; `lost` where it had not finished."""
    return _pictures(client, template, lambda name, _: _first_file(prompt, name))


def _pictures(client: ComfyClient, template: Template, where: Callable[[str, Declared], Output]) -> dict[str, Picture]:
    return {name: checked(client.fetch(where(name, declared)), declared) for name, declared in template.outputs.items()}


def _only_file(ended: Standing, name: str, declared: Declared) -> Output:
    files = ended.outputs.get(declared.node, [])
    if len(files) != 1:
        raise ComfyError("permanent", f"the worker made {len(files)} pictures for {name}")
    return files[0]


def checked(data: bytes, declared: Declared) -> Picture:
    """A fetched picture with its hashes; `permanent` unless it is a whole PNG of the declared size."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            pixels = image.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise ComfyError("permanent", "what the worker made is no picture") from None
    if not declared.allows(pixels.size):
        raise ComfyError("permanent", f"the picture is {pixels.width} x {pixels.height} pixels, not as declared")
    return Picture.of(pixels, data)


def folder_of(prompt: str) -> str:
    """Where a prompt saves its pictures, so that they are found even when the worker forgot it."""
    return f"velocity/{prompt}"


def _first_file(prompt: str, name: str) -> Output:
    """Where a worker that forgot a finished job has left its picture; `fetch` says `lost` if it had not finished."""
    return Output(f"{name}_00001_.png", folder_of(prompt), "output")
