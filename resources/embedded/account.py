"""Under which account of the system the server runs: this one, or for root another, which Postgres insists on.

Not here: the server (`resources.embedded.server`).
"""

from __future__ import annotations

import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

CANDIDATES = ("postgres", "nobody")
STAGES = Path("/var/lib/velocity-postgres")  # reachable by any account, whatever the modes above the home


@dataclass(frozen=True, slots=True)
class Account:
    """A system account; `other` says that it is not the one of this process."""

    name: str
    uid: int
    gid: int
    other: bool

    def own(self, path: Path) -> None:
        """Give a file or folder to the account."""
        if self.other:
            os.chown(path, self.uid, self.gid)

    def folder(self, path: Path) -> Path:
        """A folder of the account, closed to all others."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        self.own(path)
        return path


def server_account() -> Account:
    """`postgres` where it exists, else `nobody`, when this process is root; else the process's own account."""
    if os.geteuid() != 0:
        return Account("", os.geteuid(), os.getegid(), other=False)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in CANDIDATES if name in known)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, other=True)


def stage(source: Path, target: Path, account: Account) -> None:
    """Copy a folder to where the account can read it; a copy that is there already is left as it is."""
    if target.exists():
        return
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source, part, symlinks=True)
    for path in (part, *part.rglob("*")):
        if not path.is_symlink():
            account.own(path)
    part.rename(target)
