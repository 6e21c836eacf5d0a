"""Frames that need not fit memory: written to a Parquet file part by part, and read so.

Not here: where the files are kept (`resources.storage`), and what they are (`resources.frames`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq


class PartsWriter:
    """Writes frames of one `schema`, at least one. `rows` counts theirs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: Any = None
        self.schema = pl.Schema()
        self.rows = 0

    def write(self, part: pl.DataFrame) -> None:
        """One more part."""
        table = part.to_arrow()
        if self._file is None:
            self.schema = part.schema
            self._file = pq.ParquetWriter(self._path, table.schema, compression="zstd", write_statistics=False)
        self._file.write_table(table)
        self.rows += part.height

    def close(self) -> None:
        """No more parts come, or none is wanted any more."""
        if self._file is not None:
            self._file.close()


@contextmanager
def parts_writer(path: Path) -> Iterator[PartsWriter]:
    """A writer that is closed at the end of the block."""
    writer = PartsWriter(path)
    try:
        yield writer
    finally:
        writer.close()


def read_parts(path: Path) -> Iterator[pl.DataFrame]:
    """The parts of a file, one after the other."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield pl.DataFrame(pl.from_arrow(file.read_row_group(group)))
