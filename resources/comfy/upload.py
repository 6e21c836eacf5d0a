"""A picture that goes to the worker with the graph that loads it.

Not here: sending it (`resources.comfy.client`).
"""

from __future__ import annotations

import hashlib
import re

FOLDER = "velocity"  # of the worker's uploads
NAME = re.compile(rf"{FOLDER}/[0-9a-f]{{32}}\.png")


class Upload(str):
    """The name by which a graph loads a picture, with the PNG itself. It follows from the content, never from a client.

    A parameter of type `uploaded_image`; whoever submits the graph sees to it that the worker has the picture.
    """

    __slots__ = ("png",)
    png: bytes

    def __new__(cls, png: bytes) -> Upload:
        """The picture under its name."""
        made = super().__new__(cls, f"{FOLDER}/{hashlib.sha256(png).hexdigest()[:32]}.png")
        made.png = png
        return made

    def __reduce__(self) -> tuple[type[Upload], tuple[bytes]]:
        """What a copy is made from."""
        return Upload, (self.png,)

    @property
    def filename(self) -> str:
        """The name within the folder."""
        return self.removeprefix(f"{FOLDER}/")
