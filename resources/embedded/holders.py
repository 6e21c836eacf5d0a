"""Who uses the server: the last user stops it, unless it was told to stay.

Each user holds a shared lock on one file for as long as it lives; a killed process loses its lock by itself.

Not here: starting and stopping (`resources.embedded.server`).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Holders:
    """The users of the server below one root. All methods are called under the root's start lock."""

    def __init__(self, root: Path) -> None:
        self._file, self._keep = root / "users.lock", root / "keep"
        self._descriptor: int | None = None

    def join(self) -> None:
        """Count as a user until `leave`, or until this process ends."""
        if self._descriptor is None:
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Count no more; True for the last one, where the server is not to be kept."""
        if self._descriptor is None:
            return False
        last = self.alone(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
        return last and not self._keep.exists()

    def alone(self, descriptor: int) -> bool:
        """Whether nobody else holds the lock."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def keep(self, on: bool) -> None:
        """Whether the server stays when its last user leaves."""
        if on:
            self._keep.touch()
        else:
            self._keep.unlink(missing_ok=True)
