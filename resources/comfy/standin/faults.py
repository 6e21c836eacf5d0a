"""How the stand-in misbehaves on demand, and how often it executed what. The real server has no such switches.

Not here: the places that ask (`submitting`, `executor`, `app`).
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

from starlette.responses import Response


@dataclass
class Faults:
    """Switches; the counting ones go down by one each time they strike."""

    node_seconds: float = 0.0  # a pause before each node, which a cancel ends
    deaf_seconds: float = 0.0  # a pause before each node, during which a cancel is not heard
    answer_seconds: float = 0.0  # a pause before each answer
    lost_answers: int = 0  # submissions that are queued and answered by 502
    troubled_answers: int = 0  # submissions that are queued and answered by 500
    cut_answers: int = 0  # submissions that are queued, and the answer breaks off
    lose_every: int = 0  # of so many submissions that are queued one is answered by 502; 0: none
    refused: int = 0  # submissions that are not queued and answered by 503
    out_of_memory: int = 0  # prompts whose first node runs out of memory
    hidden_outputs: int = 0  # prompts that succeed and show nothing
    wrong_pictures: int = 0  # pictures that are saved in another size
    missing_files: int = 0  # pictures that are gone when they are fetched
    cut_files: int = 0  # pictures that break off when they are fetched
    socket_frames: int = 0  # frames after which a socket is dropped; 0: none is
    throttled: int = 0  # requests that are not acted upon and answered by 429
    redirected: bool = False  # every route leads to a login page
    submissions: Counter[str] = field(default_factory=Counter)  # how many were queued, under "queued"
    executed: Counter[str] = field(default_factory=Counter)  # by prompt id
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def change(self, wanted: dict[str, Any]) -> None:
        """Set switches; KeyError names one that does not exist."""
        known = {f.name: type(f.default) for f in fields(self) if isinstance(f.default, int | float)}
        values = {name: known[name](value) for name, value in wanted.items()}
        with self._lock:
            vars(self).update(values)

    def loses(self) -> bool:
        """True for each submission whose turn it is under `lose_every`; asked once for each that was queued."""
        with self._lock:
            self.submissions["queued"] += 1
            return bool(self.lose_every) and not self.submissions["queued"] % self.lose_every

    def strike(self, name: str) -> bool:
        """True if a counting switch is on; it counts down."""
        with self._lock:
            left: int = getattr(self, name)
            setattr(self, name, max(0, left - 1))
            return left > 0


def cut(answer: Response) -> Response:
    """An answer that promises more bytes than come: the server closes the connection."""
    half = bytes(answer.body)[: len(answer.body) // 2]
    return Response(half, answer.status_code, {**answer.headers, "content-length": str(len(answer.body))})
