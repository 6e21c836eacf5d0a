"""What is made one step ahead of its use: the next part comes about while the last one is on its way.

Not here: what is made, and where it goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(parts: Iterator[T]) -> Iterator[T]:
    """The same parts in the same order; each is made, in a thread of its own, while the one before it is used."""
    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(next, parts, None)
        while (made := coming.result()) is not None:
            coming = worker.submit(next, parts, None)
            yield made
