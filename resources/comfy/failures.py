"""What can go wrong with a worker, by what to do about it. The worker's own words never leave this package.

permanent: the same request fails again. capacity: the worker is full, out of memory or too slow; later or elsewhere.
lost: the worker forgot the job. transport: no answer, so that nobody knows what happened. cancelled: somebody did;
interrupted: somebody else did.

Not here: retrying (`resources.enriching.retrying`).
"""

from __future__ import annotations

import re
from typing import Literal

from identity.errors import VelocityError

FailureClass = Literal["permanent", "capacity", "lost", "transport", "cancelled", "interrupted"]
WORD = re.compile(r"[A-Za-z_][\w.]{0,79}", re.ASCII)


class ComfyError(VelocityError):
    """A failure of one class; `transport` and `lost` may be tried again, `permanent` will fail again."""

    def __init__(self, failure: FailureClass, message: str, hint: str = "") -> None:
        super().__init__(f"worker_{failure}", message, hint)
        self.failure: FailureClass = failure


class Unhealthy(ComfyError):
    """The worker is of no use for any job: it says nothing of the job that was asked for."""


class Throttled(ComfyError):
    """The ingress asks us to slow down; the worker never saw the request. Else as no answer."""


def scrubbed(word: object) -> str:
    """A type or class name that the worker sent, or `?`: free text of a server may repeat what it was given."""
    return word if isinstance(word, str) and WORD.fullmatch(word) else "?"


def class_of_exception(kind: object) -> FailureClass:
    """What an exception inside a node means for the job, by the name of its type."""
    return "capacity" if str(kind).rpartition(".")[2] in {"OutOfMemoryError", "MemoryError"} else "permanent"
