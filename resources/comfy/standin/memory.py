"""Queue and history, in memory alone. A prompt is always in one of them, so that whoever looks there in turn sees it.

Not here: executing (`resources.comfy.standin.executor`), the views of `/api/jobs` (`resources.comfy.standin.jobs`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container
from typing import Any, NamedTuple

HISTORY = 10_000


class Item(NamedTuple):
    """A queued prompt, as the server lists it. The lowest number is next."""

    number: float
    id: str
    graph: dict[str, Any]
    extra: dict[str, Any]
    outputs: list[str]


class Twin(Exception):
    """A prompt of the same number and id waits already; this one was queued nevertheless."""


class Memory:
    """What the server knows until it ends. `changed` is told whenever the number of open prompts may be another."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._condition = threading.Condition()
        self._numbers = 0
        self.pending: list[Item] = []
        self.running: Item | None = None
        self.history: dict[str, dict[str, Any]] = {}
        self.interrupted = threading.Event()

    @property
    def remaining(self) -> int:
        """Prompts that wait or run."""
        return len(self.pending) + (self.running is not None)

    def number(self, *, front: bool) -> int:
        """The next number; a negative one goes before all that wait."""
        with self._condition:
            number = self._numbers
            self._numbers += 1
            return -number if front else number

    def put(self, item: Item) -> None:
        """Queue a prompt. The same id runs again: the server never de-duplicates."""
        with self._condition:
            is_twin = any(other[:2] == item[:2] for other in self.pending)
            self.pending.append(item)
            self._condition.notify()
        self._changed()
        if is_twin:
            raise Twin

    def take(self) -> Item:
        """Wait for the next prompt and call it running."""
        with self._condition:
            self._condition.wait_for(lambda: self.pending)
            place = min(range(len(self.pending)), key=lambda i: self.pending[i].number)
            item = self.running = self.pending.pop(place)
            self.interrupted.clear()
        self._changed()
        return item

    def done(self, item: Item, entry: dict[str, Any]) -> None:
        """End the running prompt: from the queue into the history in one step."""
        with self._condition:
            self.running = None
            self.history.pop(item.id, None)
            self.history[item.id] = entry
            if len(self.history) > HISTORY:
                del self.history[next(iter(self.history))]
        self._changed()

    def looked_at(self) -> tuple[list[Item], list[Item], dict[str, dict[str, Any]]]:
        """Running, waiting and ended prompts at one moment."""
        with self._condition:
            return [self.running] if self.running else [], list(self.pending), dict(self.history)

    def interrupt(self, prompt: str | None) -> bool:
        """Interrupt what runs, if it is this prompt, or whatever it is; never what comes next."""
        with self._condition:
            is_meant = self.running is not None and prompt in {None, self.running.id}
            if is_meant:
                self.interrupted.set()
            return is_meant

    def drop(self, prompts: Container[str] | None) -> bool:
        """Take waiting prompts out without a trace; None is all."""
        with self._condition:
            kept = [] if prompts is None else [item for item in self.pending if item.id not in prompts]
            has_dropped = len(kept) < len(self.pending)
            self.pending = kept
        self._changed()
        return has_dropped

    def forget(self, prompts: list[str] | None) -> None:
        """Take ended prompts out of the history; None is all."""
        with self._condition:
            for prompt in list(self.history) if prompts is None else prompts:
                self.history.pop(prompt, None)
