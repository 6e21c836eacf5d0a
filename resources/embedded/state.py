"""What is known of the server between processes: a file that only its owner can read.

Not here: what is done with it (`resources.embedded.server`).
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from identity.errors import BadInputError
from resources.embedded.account import STAGES, Account

FILE = "state.json"


@dataclass(frozen=True, slots=True)
class State:
    """Port of the last start (0 before the first), password, and the folder that holds data and staged programs."""

    port: int
    password: str
    stage: str

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.stage) / "data"

    def with_port(self, port: int) -> State:
        """The same state at another port."""
        return replace(self, port=port)


def load(root: Path) -> State | None:
    """The state below a root, None before the first start; `bad_state` if the file was damaged."""
    try:
        text = (root / FILE).read_text()
    except FileNotFoundError:
        return None
    try:
        return State(**json.loads(text))
    except (ValueError, TypeError):
        raise BadInputError("bad_state", f"{root / FILE} is damaged", "restore it from a backup") from None


def save(root: Path, state: State) -> None:
    """Write the state in one step, readable by its owner alone."""
    part = root / f"{FILE}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(asdict(state), stream)
    part.replace(root / FILE)


def fresh(root: Path, account: Account) -> State:
    """A state for a first start. As root, the stage is a new folder outside of the home."""
    stage = STAGES / secrets.token_hex(8) if account.other else root
    if account.other:
        STAGES.mkdir(mode=0o755, parents=True, exist_ok=True)
        account.folder(stage)
        (stage / "root").write_text(str(root))
    return State(0, secrets.token_urlsafe(24), str(stage))


def abandoned(root: Path) -> list[Path]:
    """Stages that were made for this root, whose state file has been deleted since."""
    if not STAGES.is_dir() or os.geteuid() != 0:
        return []
    return [s for s in STAGES.iterdir() if (s / "root").is_file() and (s / "root").read_text() == str(root)]


def discard(stage: Path) -> None:
    """Remove a stage with everything in it."""
    shutil.rmtree(stage, ignore_errors=True)
