"""Under which account of the system the server runs: this one, or for root another, which Postgres insists on.

Not here: where its files are (`resources.embedded.place`).
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from identity.errors import BadInputError

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A system account."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether it is the one of this process."""
        return self.uid == os.geteuid()

    def switch(self) -> dict[str, Any]:
        """Arguments for `subprocess` that run a program under the account."""
        return {} if self.is_ours else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def folder(self, path: Path) -> Path:
        """A new folder of the account, closed to all others."""
        path.mkdir(mode=0o700)
        self.own(path)
        return path

    def own(self, path: Path) -> None:
        """Give a file or folder to the account."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_account() -> Account:
    """For root `postgres` where it exists, else `nobody`; for others their own account."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    hint = "create an account named postgres, or run as another user than root"
    raise BadInputError("no_account", "Postgres does not run as root, and there is no other account", hint)


def owner(folder: Path) -> Account:
    """The account that a folder belongs to; `other_account` if this process may not act for it."""
    facts = folder.stat()
    if os.geteuid() not in (0, facts.st_uid):
        hint = "use the account that started it first, or another VELOCITY_HOME"
        raise BadInputError("other_account", f"the database in {folder} belongs to another account", hint)
    return Account(facts.st_uid, facts.st_gid)
