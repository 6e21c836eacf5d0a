"""By which code a version was evaluated: what another code left is nothing to build on.

Not here: who asks for it (`resources.memory`, `resources.publishing`).
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import identity


@cache
def code_version() -> str:
    """The version of the package, and a digest of all files of `identity` that are not made from others."""
    package, found = Path(identity.__file__).parent, hashlib.sha256()
    for file in sorted(package.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            found.update(f"{file.relative_to(package).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return f"{version('velocity-pipelines')}+{found.hexdigest()[:12]}"
