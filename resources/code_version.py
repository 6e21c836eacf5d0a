"""By which code a version was evaluated: what another code left is nothing to build on.

Not here: who asks for it (`resources.memory`, `resources.publishing`).
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import identity


def _digest(package: Path) -> str:
    """Of all files of a package that are not made from others."""
    found = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            found.update(f"{file.relative_to(package).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return found.hexdigest()[:12]


CODE_VERSION = f"{version('velocity-pipelines')}+{_digest(Path(identity.__file__).parent)}"
