"""What is made one step ahead of its use: the next part comes about while the last one is on its way.

Not here: what is made, and where it goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def ahead(parts: Iterator[T]) -> Iterator[Iterator[T]]:
    """The same parts in the same order; each is made, in a thread of its own, while the one before it is used. The
    thread has ended when the block has, however it ends.
    """
    with ThreadPoolExecutor(1) as worker:
        yield _made(worker, parts)


def _made(worker: ThreadPoolExecutor, parts: Iterator[T]) -> Iterator[T]:
    coming = worker.submit(next, parts, None)
    while (made := coming.result()) is not None:
        coming = worker.submit(next, parts, None)
        yield made
