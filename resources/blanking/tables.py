"""Parquet without some rows: every cell of theirs is null.

Not here: texts and workbooks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def blank_parquet(path: Path, lines: frozenset[int], out: Path) -> None:
    """Write the file anew, a row group at a time; only names and types of columns are taken over with the rows."""
    with pq.ParquetFile(path) as file:
        schema = pa.schema([_plain(field) for field in file.schema_arrow])
        with pq.ParquetWriter(out, schema, compression="zstd", write_statistics=False) as new:
            first = 1
            for number in range(file.num_row_groups):
                group = file.read_row_group(number)
                kept = [None if first + at in lines else at for at in range(group.num_rows)]
                columns = [column.cast(field.type) for column, field in zip(group.columns, schema, strict=True)]
                table = pa.Table.from_arrays(columns, schema=schema)
                new.write_table(table.take(pa.array(kept, pa.int64())))
                first += group.num_rows


def _plain(field: pa.Field[Any]) -> pa.Field[Any]:
    """The same column, which may be null, without a dictionary: that would keep what nobody names any more."""
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return pa.field(field.name, kind, nullable=True)
