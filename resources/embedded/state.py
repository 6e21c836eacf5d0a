"""What a client needs to know of the server: a file that only its owner can read.

Not here: where the data is (`resources.embedded.place`), and whether the server runs (`resources.embedded.postmaster`).
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

FILE = "state.json"


@dataclass(frozen=True, slots=True)
class State:
    """The port of the last start (0 before the first) and the password."""

    port: int = 0
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    def with_port(self, port: int) -> State:
        """The same state at another port."""
        return replace(self, port=port)

    def dsn(self, port: int, database: str) -> str:
        """The libpq URL of a database."""
        return f"postgresql://velocity:{self.password}@127.0.0.1:{port}/{database}"


def load(root: Path) -> State | None:
    """The state below a root; None if there is none, or none that can be read as such."""
    try:
        return State(**json.loads((root / FILE).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def save(root: Path, state: State) -> None:
    """Write the state in one step. It belongs to whom the root belongs to, also when root uses a user's home."""
    part, parent = root / f"{FILE}.part", root.stat()
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(asdict(state), stream)
        if os.geteuid() == 0:
            os.fchown(stream.fileno(), parent.st_uid, parent.st_gid)
    part.replace(root / FILE)
