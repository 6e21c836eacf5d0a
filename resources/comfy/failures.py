"""What can go wrong with a worker, by what to do about it. The worker's own words never leave this package.

Not here: retrying (`assets.enrichment`).
"""

from __future__ import annotations

from typing import Literal

from identity.errors import VelocityError

FailureClass = Literal["permanent", "capacity", "lost", "transport", "cancelled"]


class ComfyError(VelocityError):
    """A failure of one class; `transport` and `lost` may be tried again, `permanent` will fail again."""

    def __init__(self, failure: FailureClass, message: str, hint: str = "") -> None:
        super().__init__(f"worker_{failure}", message, hint)
        self.failure: FailureClass = failure
