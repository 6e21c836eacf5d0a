"""The stand-in's folders: uploads, results and previews. They outlive the process; what it knew of them does not.

Not here: HTTP (`resources.comfy.standin.transfer`).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

KINDS = ("input", "output", "temp")
MODELS = ("checkpoints", "clip_vision", "loras", "text_encoders", "upscale_models", "vae")
ENLARGER = "RealESRGAN_x4plus.safetensors"  # a name to be found under; what enlarges here is no network


class Outside(Exception):
    """A path leads out of its folder."""


class Files:
    """Folders by kind below one of the stand-in's own."""

    def __init__(self, folder: Path, *, has_models: bool = False) -> None:
        self._models: dict[str, list[str]] = {name: [] for name in MODELS}
        if has_models:
            self._models["upscale_models"].append(ENLARGER)
        self._roots = {kind: (folder / kind).resolve() for kind in KINDS}
        for root in self._roots.values():
            root.mkdir(parents=True, exist_ok=True)

    def models(self) -> dict[str, list[str]]:
        """Names of models, by folder."""
        return self._models

    def path(self, kind: str, subfolder: str, name: str = "") -> Path:
        """A path of that kind, there or not; `Outside` where it leaves the folder, KeyError for another kind."""
        root = self._roots[kind]
        path = (root / subfolder / name).resolve()
        if path != root and root not in path.parents:
            raise Outside
        return path

    def loaded(self, name: str) -> Path | None:
        """An uploaded picture, named as LoadImage does: subfolder and name."""
        try:
            path = self.path("input", name)
        except Outside:
            return None
        return path if path.is_file() else None

    def next_name(self, kind: str, prefix: str) -> tuple[Path, int]:
        """Folder and number of the next picture under a prefix; the numbers only go up."""
        folder = self.path(kind, prefix).parent
        folder.mkdir(parents=True, exist_ok=True)
        pattern = re.compile(re.escape(Path(prefix).name) + r"_(\d+)_\.png")
        taken = [int(found[1]) for path in folder.iterdir() if (found := pattern.fullmatch(path.name))]
        return folder, max(taken, default=0) + 1

    def relative(self, kind: str, folder: Path) -> str:
        """A folder as answers name it."""
        path = folder.relative_to(self._roots[kind]).as_posix()
        return "" if path == "." else path

    def keep_upload(self, kind: str, subfolder: str, name: str, data: bytes, *, overwrite: bool) -> str:
        """Store an upload and return its name: a new one where other bytes have this one, unless overwritten."""
        path = wanted = self.path(kind, subfolder, name)
        if path.parent == path or not name:
            raise Outside
        path.parent.mkdir(parents=True, exist_ok=True)
        number = 0
        while not overwrite and path.exists() and path.read_bytes() != data:
            number += 1
            path = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
        path.write_bytes(data)
        return path.name


def digest(path: Path) -> str:
    """SHA-256 (hex) of a file: other bytes under one name are another picture."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
