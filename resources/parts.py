"""Frames that need not fit memory: written to a Parquet file part by part, and read so.

Not here: where the files are kept (`resources.storage`), and what they are (`resources.frames`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import polars as pl

Given = TypeVar("Given")
Made = TypeVar("Made")


class PartsWriter:
    """Writes frames of one `schema`, at least one. `rows` counts theirs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: Any = None
        self.schema = pl.Schema()
        self.rows = 0

    def write(self, part: pl.DataFrame) -> None:
        """One more part."""
        table = part.to_arrow()
        if self._file is None:
            import pyarrow.parquet as pq  # noqa: PLC0415 - only where frames are written in parts

            self.schema = part.schema
            self._file = pq.ParquetWriter(self.path, table.schema, compression="lz4", write_statistics=False)
        self._file.write_table(table)
        self.rows += part.height

    def close(self) -> None:
        """No more parts come."""
        if self._file is not None:
            self._file.close()
            self._file = None


@contextmanager
def parts_writer() -> Iterator[PartsWriter]:
    """A writer to a file that lasts as long as the block."""
    with TemporaryDirectory(prefix="velocity-") as folder:
        writer = PartsWriter(Path(folder) / "parts.parquet")
        try:
            yield writer
        finally:
            writer.close()


def ahead(function: Callable[[Given], Made], parts: Iterable[Given], most: int = 2) -> Iterator[Made]:
    """What a function makes of each part, in order; so many are under way while the caller is busy with the last.

    Nothing of it is left running when the caller stops or anything fails.
    """
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(most) as pool:
        try:
            for part in parts:
                waiting.append(pool.submit(function, part))
                if len(waiting) > most:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def read_parts(path: Path) -> Iterator[pl.DataFrame]:
    """The parts of a file, one after the other."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield pl.DataFrame(pl.from_arrow(file.read_row_group(group)))
