"""A prompt under way, as the lane sees it: how far it is, when to look again, which deadline is over.

Not here: asking the worker (`resources.enriching.lane`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from resources.comfy.client import Limits
from resources.enriching.book import Claim

FIRST_POLL, SLOWEST_POLL = 0.05, 1.0  # seconds
SLOWER = 1.3  # by how much each look comes later than the one before
Stage = Literal["new", "unsure", "waiting", "running"]  # unsure: it was sent, and no answer came


@dataclass
class Flight:
    """One attempt; all times are of the monotonic clock, in seconds."""

    claim: Claim
    began: float
    stage: Stage = "new"
    posts: int = 0
    fetches: int = 0
    unwanted: bool = False  # to be cancelled
    asked: bool = False  # the worker was asked to
    is_over: bool = False  # the worker said last that it neither waits nor runs
    running: float | None = None
    due: float = 0.0
    pause: float = FIRST_POLL
    heard: float = field(init=False)
    submitted: float = field(init=False)

    def __post_init__(self) -> None:
        self.heard = self.submitted = self.began

    @property
    def prompt(self) -> str:
        """The prompt id."""
        return self.claim.prompt_id

    def later(self, now: float) -> None:
        """Look again after a pause that grows."""
        self.due = now + self.pause
        self.pause = min(SLOWEST_POLL, self.pause * SLOWER)

    def soon(self, now: float) -> None:
        """Look again at once, and then often."""
        self.due, self.pause = now, FIRST_POLL

    def overdue(self, limits: Limits, now: float, still: float | None = None) -> str | None:
        """Which deadline is over, in words. `still`: the seconds for which it made no progress, if that is known."""
        if now - self.began > limits.total:
            return "took too long in all"
        if self.running is None:
            return "waited too long in the queue" if now - self.submitted > limits.queue else None
        if still is not None and still > limits.still:
            return "made no progress"
        return "ran too long" if now - self.running > limits.run else None
