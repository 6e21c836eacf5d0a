"""How the stand-in misbehaves on demand, and how often it executed what. The real server has no such switches.

Not here: the places that ask (`submitting`, `executor`, `app`).
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Faults:
    """Switches; the counting ones go down by one each time they strike."""

    node_seconds: float = 0.0  # a pause before each node, which a cancel ends
    deaf_seconds: float = 0.0  # a pause before each node, during which a cancel is not heard
    lost_answers: int = 0  # submissions that are queued and answered by 502
    refused: int = 0  # submissions that are not queued and answered by 503
    out_of_memory: int = 0  # prompts whose first node runs out of memory
    redirected: bool = False  # every route leads to a login page
    executed: Counter[str] = field(default_factory=Counter)  # by prompt id
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def change(self, wanted: dict[str, Any]) -> None:
        """Set switches; KeyError names one that does not exist."""
        known = {f.name: type(f.default) for f in fields(self) if isinstance(f.default, int | float)}
        values = {name: known[name](value) for name, value in wanted.items()}
        with self._lock:
            vars(self).update(values)

    def strike(self, name: str) -> bool:
        """True if a counting switch is on; it counts down."""
        with self._lock:
            left: int = getattr(self, name)
            setattr(self, name, max(0, left - 1))
            return left > 0
