"""When an attempt that failed is followed by another: by the class of the failure, a bounded number of times.

Not here: the classes (`resources.comfy.failures`).
"""

from __future__ import annotations

MOST = {"lost": 6, "transport": 6, "interrupted": 4, "capacity": 3}  # failures, by the class of the last one
FIRST = {"lost": 0.5, "transport": 2.0, "interrupted": 2.0, "capacity": 5.0}  # seconds; doubled with each failure
LONGEST = 300.0  # seconds


def next_try(failure: str, failures: int) -> float | None:
    """Seconds until the next attempt, after so many that failed; None where there is none. What was cancelled or went
    stale does not count, nor what failed before the job was last planned.
    """
    if failures >= MOST.get(failure, 0):
        return None
    pause: float = FIRST[failure] * 2 ** (failures - 1)
    return min(LONGEST, pause)
