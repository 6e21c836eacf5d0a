"""Running the programs of Postgres: as arguments, never through a shell, under the server's account.

Not here: what is asked of them (`resources.embedded.cluster`, `resources.embedded.moving`).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from identity.errors import BadInputError, VelocityError
from resources.embedded.account import Account

ENVIRON = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
TELLING = ("FATAL:", "PANIC:", "error:")


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs in one folder, and the account that runs them."""

    folder: Path
    account: Account

    def run(
        self, name: str, arguments: Sequence[str | Path], feed: str = "", environ: Mapping[str, str] | None = None
    ) -> str:
        """Run a program to its end, `feed` on its standard input; what it wrote. Fails as `failure` says."""
        done = subprocess.run(
            [self.folder / name, *arguments],
            input=feed.encode(),
            env={**ENVIRON, **(environ or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            check=False,
            **self.account.switch(),
        )
        output: str = done.stdout.decode(errors="replace")
        if done.returncode:
            raise failure(name, output)
        return output

    def spawn(self, name: str, arguments: Sequence[str | Path], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a program that outlives this process, in a session of its own."""
        return subprocess.Popen(
            [self.folder / name, *arguments],
            env=ENVIRON,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            **self.account.switch(),
        )


def failure(name: str, output: str) -> VelocityError:
    """The error of a program: `disk_full`, else `postgres_failed` with the line that says why."""
    if "No space left on device" in output:
        return BadInputError("disk_full", f"{name}: no space left on the disk", "free some space and try again")
    reason = (output.strip().splitlines() or ["it said nothing"])[-1]
    for line in output.splitlines():
        for word in TELLING:
            if word in line:
                reason = line.split(word, 1)[1]
    return VelocityError("postgres_failed", f"{name}: {reason.strip()}", "see postgres.log in the home")
