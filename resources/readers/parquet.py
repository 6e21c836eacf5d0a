"""Parquet: columns of any type, as text.

Not here: our own frames (`resources.parts`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from identity.errors import BadInputError
from resources.readers.header import name_columns
from resources.readers.table import FROM, HEAD_ROWS, LINE, PART_ROWS, RAGGED, TO, Part, Table, schema


def read_parquet(path: Path, name: str, member: str = "") -> Table:
    """The table of a file; what holds bytes is left out. Refuses `damaged_file`."""
    try:
        with pq.ParquetFile(path) as file:
            columns = [field.name for field in file.schema_arrow if not _is_binary(field.type)]
            first = pl.DataFrame(pl.from_arrow(file.schema_arrow.empty_table().select(columns)))
    except (pa.ArrowException, OSError) as error:
        why = str(error).splitlines()[0][:120]
        raise BadInputError("damaged_file", f"{name} cannot be read as Parquet: {why}", "export it again") from None
    header = name_columns(_as_text(first).columns, name)

    def parts() -> Iterator[Part]:
        line = 1
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(PART_ROWS, columns=columns):
                text = _as_text(pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch]))))
                yield Part(_placed(text.rename(dict(zip(text.columns, header, strict=True))), line), 0)
                line += text.height
        if line == 1:
            yield Part(pl.DataFrame(schema=schema(header)), 0)

    return Table(member, header, next(parts()).rows.head(HEAD_ROWS), parts, {"format": "Parquet"})


def _is_binary(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)


def _placed(text: pl.DataFrame, line: int) -> pl.DataFrame:
    none = pl.lit(None, pl.Int64)
    numbers = pl.int_range(line, line + pl.len(), dtype=pl.Int64).alias(LINE)
    return text.with_columns(numbers, none.alias(FROM), none.alias(TO), pl.lit(None, pl.String).alias(RAGGED))


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Structs flattened with dots, lists joined by "; ", times in ISO form and UTC, all else as it is written."""
    while structs := [name for name, kind in frame.schema.items() if isinstance(kind, pl.Struct)]:
        for name in structs:
            frame = frame.with_columns(pl.col(name).name.prefix_fields(f"{name}.")).unnest(name)
    return frame.select(_text(name, kind) for name, kind in frame.schema.items())


def _text(name: str, kind: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if isinstance(kind, pl.Datetime):
        stamp = value.dt.convert_time_zone("UTC") if kind.time_zone else value
        return stamp.dt.to_string("%Y-%m-%dT%H:%M:%S%.f" + ("Z" if kind.time_zone else ""))
    if isinstance(kind, pl.List | pl.Array):
        inner = kind.inner
        if isinstance(inner, pl.Struct | pl.List):
            return pl.struct(value).struct.json_encode()
        return (value.arr.to_list() if isinstance(kind, pl.Array) else value).cast(pl.List(pl.String)).list.join("; ")
    if isinstance(kind, pl.Boolean):
        return pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false")).alias(name)
    return value.cast(pl.String)
