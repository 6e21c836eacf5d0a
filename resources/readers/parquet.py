"""Parquet: columns of any type, as text.

Not here: our own frames (`resources.parts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

from identity.errors import BadInputError
from resources.readers.header import MOST_COLUMNS, name_columns
from resources.readers.objects import Number, text_of
from resources.readers.table import HEAD_ROWS, LINE, MOST_CELLS, MOST_TEXT, PART_ROWS, Part, Table, schema

MOST_CELL = 16 * 2**20  # bytes
BATCH_ROWS = 8192
BATCH_BYTES = 32 * 2**20
SHARED_ROWS = 64  # at a time, where cells may be written as parts of each other: a KB then stands for a MB
NO_FRACTION = r"\.0+(Z?)$"  # of a second
EXACT = 2**53  # up to which floats hold every whole number
BYTES = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary, types.is_binary_view)
TEXTS = (types.is_string, types.is_large_string)
SIMPLE = (types.is_integer, types.is_boolean, types.is_decimal, types.is_date, types.is_time, types.is_string_view)


def read_parquet(path: Path, name: str, member: str = "") -> Table:
    """The table of a file; what holds bytes is left out. `_line`: the number of the row.

    Refuses `damaged_file`, `too_many_columns`, `cell_too_large` and what `name_columns` refuses.
    """
    with _damage_said(name), pq.ParquetFile(path) as file:
        if file.metadata.num_columns > MOST_COLUMNS:
            name_columns([""] * file.metadata.num_columns, name)
        columns = file.schema_arrow
        empty = [pa.nulls(0, field.type) for field in columns]
        header = name_columns([title for title, _ in _texts(columns, empty)], name)
    if not header:
        raise BadInputError("empty_file", f"{name} has no columns of text or numbers", "export it again")

    def parts() -> Iterator[Part]:
        line = 1
        for rows in _frames(path, name, header):
            yield Part(_placed(rows, line), 0)
            line += rows.height

    head = next(_frames(path, name, header, HEAD_ROWS))
    return Table(member, header, _placed(head, 1).head(HEAD_ROWS), parts, {"format": "Parquet"})


@contextmanager
def _damage_said(name: str) -> Iterator[None]:
    """Refuses `damaged_file`; a disk that fails stays what it is."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BadInputError("damaged_file", f"{name} cannot be read as Parquet", "export it again") from None


def _frames(path: Path, name: str, header: tuple[str, ...], most: int = PART_ROWS) -> Iterator[pl.DataFrame]:
    """The rows as text, in as many as fit memory; at least once."""
    most = max(1, min(most, MOST_CELLS // max(len(header), 1)))
    some: list[pl.DataFrame] = []
    rows = size = 0
    for frame in _pieces(path, name, header):
        some.append(frame)
        rows += frame.height
        size += int(frame.estimated_size())
        if rows >= most or size > MOST_TEXT:
            yield pl.concat(some)
            some, rows, size = [], 0, 0
    yield pl.concat([pl.DataFrame(schema=dict.fromkeys(header, pl.String())), *some])


def _pieces(path: Path, name: str, header: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    for batch in _batches(path, name):
        with _damage_said(name):
            batch.validate(full=True)
            for few in _cut(batch, name):
                columns = [text for _, text in _texts(few.schema, few.columns)]
                yield pl.DataFrame([text.alias(title) for title, text in zip(header, columns, strict=True)])


def _batches(path: Path, name: str) -> Iterator[pa.RecordBatch]:
    """The rows in batches; text that stands once in the file stays once in memory where it can.

    Nothing is asked of single column chunks: where their description is damaged, the library ends the process.
    """
    with _damage_said(name), pq.ParquetFile(path) as file:
        texts = [field.name for field in file.schema_arrow if any(is_a(field.type) for is_a in TEXTS)]
        groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
    largest = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
    done = 0
    try:
        with pq.ParquetFile(path, read_dictionary=texts, page_checksum_verification=True) as file:
            for batch in file.iter_batches(max(1, min(BATCH_ROWS, BATCH_BYTES // max(largest, 1)))):
                yield batch
                done += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        if "Not yet implemented" not in str(error):
            with _damage_said(name):
                raise
    else:
        return
    with _damage_said(name), pq.ParquetFile(path, page_checksum_verification=True) as file:
        for batch in file.iter_batches(SHARED_ROWS):
            if done < batch.num_rows:
                yield batch.slice(done)
            done = max(0, done - batch.num_rows)


def _cut(batch: pa.RecordBatch, name: str) -> Iterator[pa.RecordBatch]:
    """A batch in as few pieces as fit memory when each row has its text to itself."""
    longest = 0
    column: Any
    for column in batch.columns:
        texts = column.dictionary if types.is_dictionary(column.type) else column
        if any(is_a(texts.type) for is_a in TEXTS) and len(texts):
            lengths = pl.Series(pl.from_arrow(texts)).str.len_bytes()
            longest = max(longest, int(lengths.max() or 0))  # type: ignore[arg-type]
    if longest > MOST_CELL:
        message = f"{name} has a cell of more than {MOST_CELL // 2**20} MB"
        raise BadInputError("cell_too_large", message, "leave it out, and export again")
    step = max(1, BATCH_BYTES // max(longest, 1))
    yield from (batch.slice(at, step) for at in range(0, batch.num_rows, step))


def _placed(rows: pl.DataFrame, line: int) -> pl.DataFrame:
    numbers = pl.int_range(line, line + pl.len(), dtype=pl.Int64).alias(LINE)
    whole = schema(tuple(rows.columns))
    others = [pl.lit(None, whole[column]).alias(column) for column in whole if column not in (*rows.columns, LINE)]
    return rows.with_columns(numbers, *others).select(list(whole))


def _texts(columns: pa.Schema, arrays: Sequence[Any], prefix: str = "") -> Iterator[tuple[str, pl.Series]]:
    """Columns as text, by name: structs flattened with dots, what holds bytes left out."""
    for field, array in zip(columns, arrays, strict=True):
        title = f"{prefix}{field.name}"
        if types.is_struct(field.type):
            yield from _texts(pa.schema(list(field.type)), array.flatten(), f"{title}.")
        elif not _holds_bytes(field.type):
            yield title, _text(array)


def _holds_bytes(kind: pa.DataType) -> bool:
    inner = [kind.field(i).type for i in range(kind.num_fields)]
    return any(is_a(kind) for is_a in BYTES) or any(map(_holds_bytes, inner))


def _text(array: Any) -> pl.Series:
    kind = array.type
    if types.is_dictionary(kind):
        return _text(array.dictionary_decode())
    if any(is_a(kind) for is_a in TEXTS):
        return pl.Series(pl.from_arrow(array), dtype=pl.String())
    if any(is_a(kind) for is_a in SIMPLE):
        text = pl.Series(pl.from_arrow(array.cast(pa.string())), dtype=pl.String())
        return text.str.replace(NO_FRACTION, "$1") if types.is_time(kind) else text
    if types.is_timestamp(kind):
        return _moments(array)
    return pl.Series([text_of(_plain(value)) for value in array.to_pylist()], dtype=pl.String())


def _moments(array: Any) -> pl.Series:
    """Times in ISO form, in UTC where their zone is known."""
    zone = "UTC" if array.type.tz else None
    text = pl.Series(pl.from_arrow(array.cast(pa.timestamp(array.type.unit, zone))))
    written = text.dt.to_string("%Y-%m-%dT%H:%M:%S%.f" + ("Z" if zone else ""))
    return written.str.replace(NO_FRACTION, "$1")


def _plain(value: Any) -> Any:
    """A value of any type as JSON has it."""
    match value:
        case None | bool() | str():
            return value
        case int() | float() | Decimal():
            return _number(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _number(value: float | Decimal) -> Number | None:
    """Never in scientific form; a whole number that a table without empty integers keeps as a float is whole."""
    if isinstance(value, float) and abs(value) < EXACT and value.is_integer():
        value = int(value)
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return Number(format(exact, "f")) if exact.is_finite() else None
