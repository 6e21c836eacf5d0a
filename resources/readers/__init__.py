"""Reading files: a path in, tables of text with lines and bytes out.

Not here: what the columns mean (`identity.mapping`), and which rows are good (`quality_checks.validation`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from identity.errors import BadInputError
from resources.readers.delimited import read_delimited
from resources.readers.table import Part, Table

__all__ = ["Part", "Table", "open_table", "open_tables"]


@contextmanager
def open_tables(path: Path, name: str) -> Iterator[list[Table]]:
    """The tables of a file; they can be read while the block lasts."""
    yield [read_delimited(path, name)]


@contextmanager
def open_table(path: Path, name: str, member: str) -> Iterator[Table]:
    """One table of a file."""
    with open_tables(path, name) as tables:
        for table in tables:
            if table.member == member:
                yield table
                return
    raise BadInputError("unknown_table", f"{name} has no table {member}", "see what `velocity import` says of it")
