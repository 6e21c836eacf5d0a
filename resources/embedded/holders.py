"""Who uses the server: the last user stops it, unless it was told to stay.

Each user holds a shared lock on one file for as long as it lives; a killed process loses its lock by itself.

Not here: starting and stopping (`resources.embedded.server`).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Holders:
    """The users of the server below one root, of which this object is one. All calls are under the root's lock."""

    def __init__(self, root: Path) -> None:
        self._file, self._keep = root / "users.lock", root / "keep"
        self._descriptor, self._uses, self._pid = -1, 0, 0

    def join(self) -> None:
        """Count as a user until as many `leave`, or until this process ends."""
        if self._pid != os.getpid():
            self._uses = 0  # what a forked child inherits is its parent's
        if self._uses == 0:
            self._descriptor, self._pid = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600), os.getpid()
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
        self._uses += 1

    def leave(self) -> bool:
        """Use it once less; True for the last user of all, where the server is not to stay."""
        if self._uses == 0 or self._pid != os.getpid():
            return False
        self._uses -= 1
        if self._uses:
            return False
        last = self._alone()
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)  # also for a forked child, which has the file open too
        os.close(self._descriptor)
        return last and not self._keep.exists()

    def _alone(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def keep(self, *, on: bool) -> None:
        """Whether the server stays when its last user leaves."""
        if on:
            self._keep.touch(mode=0o600)
        else:
            self._keep.unlink(missing_ok=True)
