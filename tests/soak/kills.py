"""An import that is killed at a random moment, and what the next one makes of it.

Not here: what is imported (`tests.soak.slices`).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.soak.slices import groups, slices

VELOCITY = str(Path(sys.executable).parent / "velocity")
STAMP = "2026-06-01T12:00:00Z"
SECONDS = 7.0  # that an import takes, about


def run(seed: int) -> dict[str, object]:
    """Slices of one world in random order and grouping, with repeats; about every other import is killed first."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="vs") as name:
        folder = Path(name)
        files = slices(folder, seed, chance)
        whole, apart = Home(folder / "whole"), Home(folder / "apart")
        whole.velocity("import", *map(str, files), "--received-at", STAMP)
        kills = imports = 0
        for group in groups(files, chance):
            imports += 1
            if chance.random() < 0.5:
                kills += apart.killed(group, chance.uniform(0.3, SECONDS))
            apart.velocity("import", *map(str, group), "--received-at", STAMP)
        left, right = whole.velocity("fingerprint"), apart.velocity("fingerprint")
        equal = all(left[part] == right[part] for part in ("partition", "content"))
        replay = apart.velocity("replay", "--verify")["equal"]
        for home in (whole, apart):
            home.remove()
    return {"imports": imports, "kills": kills, "partition and content equal": equal, "replay equal": replay}


class Home:
    """A platform of its own, down: every command runs in its own process and starts the Postgres that it needs."""

    def __init__(self, folder: Path) -> None:
        self.environ = {**os.environ, "VELOCITY_HOME": str(folder)}
        self._folder = folder

    def velocity(self, *arguments: str) -> dict[str, Any]:
        """The JSON answer of a command; it has to succeed."""
        command = [VELOCITY, *arguments, "--json"]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode and arguments[0] != "replay":
            raise RuntimeError(f"{arguments[0]} failed: {done.stdout}{done.stderr[-2000:]}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def killed(self, files: list[Path], after: float) -> bool:
        """Begin an import and kill it some seconds later; whether it was still at work then."""
        command = [VELOCITY, "import", *map(str, files), "--received-at", STAMP]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, env=self.environ, stdout=quiet, stderr=quiet) as process:
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                process.kill()
                return True
        return False

    def remove(self) -> None:
        """Stop its Postgres and remove the data."""
        from resources.embedded import EmbeddedPostgres

        EmbeddedPostgres(self._folder / "postgres").remove()
